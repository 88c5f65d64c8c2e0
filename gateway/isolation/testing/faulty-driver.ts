import type { Channel, ChannelContext, DeviceSpec, WriteRequest, WriteResult } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { Status } from "../../core/status.ts";
import { Wire } from "./wire.ts";

/** What a write makes the driver do, by its value; anything else is written. */
export const faults = {
  neverAnswers: 900,
  throwsInTimer: 901,
  loops: 902,
  leaksRejection: 903,
  ends: 904,
  throws: 905,
  losesConnection: 906,
  eatsMemory: 907,
  waitsForGate: 908,
} as const;

/** A driver whose device is a piece of shared memory, and which does what it is told, however wrong. */
export function createChannel([device]: readonly DeviceSpec[], context: ChannelContext): Channel {
  const wire = new Wire((device as DeviceSpec<{ readonly wire: SharedArrayBuffer }>).settings.wire);
  let cancel = (): void => undefined;
  return {
    async connect() {
      if (wire.refuses) throw new PlanciaError("device/untrusted", "nobody trusts it");
      context.log.info({ password: "secret", nested: { token: "t" } }, "connected to the wire");
    },
    close: async () => cancel(),
    read: async (_device, points, signal) => {
      if (wire.refuses) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      wire.read();
      return points.map(({ handle }) => ({ value: handle + 0.5, status: Status.Good, sourceTime: 12 }));
    },
    async subscribe(name, points, sink, signal) {
      const handles = points.map(({ handle }) => handle);
      cancel = context.timers.every(5, () => {
        sink.readings(
          name,
          handles,
          points.map(() => ({ value: wire.told++, status: Status.Good })),
        );
        sink.alive(name);
      });
      signal.addEventListener("abort", () => {
        wire.ended();
        cancel();
      });
    },
    write: (request) => writeOn(wire, context, request),
    statistics: () => ({ requests: wire.writes.length, failures: 0, bytesIn: 0, bytesOut: 0 }),
  };
}

async function writeOn(wire: Wire, context: ChannelContext, request: WriteRequest): Promise<WriteResult> {
  const { value, notAfterMs, withdrawn, lane } = request;
  const sentAtMs = context.clock.monotonicMs();
  if (value === faults.waitsForGate) wire.waitForGate();
  if (withdrawn?.aborted) {
    wire.ended();
    return { outcome: "not-sent", reason: "withdrawn", detail: "taken back" };
  }
  if (sentAtMs > notAfterMs) return { outcome: "not-sent", reason: "expired", detail: "too late" };
  wire.put(lane === "stop" ? -Number(value) : Number(value));
  switch (value) {
    case faults.neverAnswers:
      return new Promise(() => undefined);
    case faults.throwsInTimer:
      setTimeout(() => {
        throw new Error("a callback of a library failed");
      }, 1);
      return new Promise(() => undefined);
    case faults.leaksRejection:
      void Promise.reject(new Error("nobody waits for this"));
      return new Promise(() => undefined);
    case faults.loops:
      for (;;) wire.spin();
    case faults.ends:
      process.exit(3);
      break;
    case faults.throws:
      throw new Error("a fault of the driver");
    case faults.losesConnection:
      context.lost(new PlanciaError("device/connection-lost", "the wire broke"));
      break;
    case faults.eatsMemory:
      eat();
  }
  return { outcome: "written", sentAtMs };
}

function eat(): void {
  const kept: object[] = [];
  for (;;) kept.push({ n: kept.length, more: { n: String(kept.length) } });
}
