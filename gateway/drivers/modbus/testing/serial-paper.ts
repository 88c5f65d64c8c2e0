import type { ManualTime } from "../../../kit/testing/manual-time.ts";
import { encodeRtuFrame, RtuSession } from "../../../protocols/modbus/rtu-session.ts";
import { Bus } from "../bus.ts";

export const drainMs = 50;

/** A serial line on paper: requests are heard, answers come when the test says them. */
export class SerialPaper {
  /** Unit id and request in hex. */
  readonly heard: string[] = [];
  readonly broken: string[] = [];
  renewals = 0;
  /** Called with each request: unit id and request in hex. */
  onRequest: (request: string) => void = () => {};
  readonly bus: Bus;

  constructor(time: ManualTime, more: { renews?: "renews"; gapMs?: number; quietUntilMs?: () => number } = {}) {
    this.bus = new Bus({
      clock: time,
      timers: time,
      depth: 1,
      depthOf: () => 1,
      pauseOf: () => 0,
      serial: {
        newSession: () => new RtuSession(),
        quietUntilMs: more.quietUntilMs ?? (() => Number.POSITIVE_INFINITY),
        drainMs,
        gapMs: more.gapMs ?? 0,
        renew: more.renews && (() => void this.renewals++),
      },
      onBroken: (why) => this.broken.push(why),
    });
    this.attach();
  }

  attach(): void {
    this.bus.attach({
      isFree: () => true,
      write: (bytes) => {
        const request = Buffer.from(bytes.subarray(0, -2)).toString("hex");
        this.heard.push(request);
        this.onRequest(request);
      },
    });
  }

  /** An answer with its checksum, as hex of unit, function and data. */
  say(...frames: string[]): void {
    const bytes = frames.flatMap((frame) => {
      const [unitId = 0, ...pdu] = Buffer.from(frame.replaceAll(" ", ""), "hex");
      return [...encodeRtuFrame(unitId, Uint8Array.from(pdu))];
    });
    this.bus.receive(Uint8Array.from(bytes));
  }
}
