import type {
  Channel,
  ChannelContext,
  ChannelStatistics,
  DeviceSpec,
  Point,
  Reading,
  ReadLane,
  WriteRequest,
  WriteResult,
} from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { Status } from "../../core/status.ts";
import { exceptionMeaning, exceptionText, isUnitUnreachable } from "../../protocols/modbus/exceptions.ts";
import type { Answer } from "../../protocols/modbus/pdu.ts";
import { type ModbusAddress, resolveAddress } from "./address.ts";
import { Bus, type JobEnd } from "./bus.ts";
import type { Lane } from "./lanes.ts";
import type { Line } from "./line.ts";
import { type Overtaking, overtakingAt } from "./overtaking.ts";
import { bad, ReadCycle } from "./read-cycle.ts";
import type { ModbusSettings } from "./settings.ts";
import { openLine, serialCare } from "./transport.ts";

import { Unit } from "./unit.ts";
import { writeRequest } from "./write-request.ts";

const laneOf: Readonly<Record<ReadLane, Lane>> = { poll: "poll", verify: "urgent", stop: "stop" };

/** All devices given share one connection: host and port, or the serial port, of the first are those of all. */
export function createChannel(devices: readonly DeviceSpec[], context: ChannelContext): Channel {
  return new ModbusChannel(devices as readonly DeviceSpec<ModbusSettings>[], context);
}

class ModbusChannel implements Channel {
  readonly #context: ChannelContext;
  readonly #units: ReadonlyMap<string, Unit>;
  readonly #bus: Bus;
  readonly #overtaking: Overtaking | undefined;
  readonly #opening = new AbortController();
  #line: Line | undefined;
  #lines = 0;
  #state: "new" | "open" | "closed" = "new";

  constructor(devices: readonly DeviceSpec<ModbusSettings>[], context: ChannelContext) {
    this.#context = context;
    this.#units = new Map(devices.map((device) => [device.id, new Unit(device.id, device.settings)]));
    const all = devices.map((device) => device.settings);
    this.#overtaking = overtakingOf(all);
    this.#bus = new Bus({
      clock: context.clock,
      timers: context.timers,
      depth: Math.max(1, ...all.map((settings) => settings.depth)),
      depthOf: (device) => this.#units.get(device)?.settings.depth ?? 1,
      pauseOf: (device) => this.#units.get(device)?.settings.pause ?? 0,
      overtaking: this.#overtaking,
      serial:
        all[0] &&
        serialCare(
          all[0],
          () => this.#quietUntilMs(),
          () => void this.#renew(),
        ),
      onBroken: (why) => this.#lost(why),
    });
  }

  async connect(signal: AbortSignal): Promise<void> {
    const [first] = this.#units.values();
    if (!first) throw new PlanciaError("device/settings", "a Modbus channel without devices");
    await this.#open(first.settings, signal);
  }

  async #open(settings: ModbusSettings, signal: AbortSignal): Promise<void> {
    const number = ++this.#lines;
    const isCurrent = () => number === this.#lines;
    const late = new AbortController();
    const cancelTimer = this.#context.timers.after(settings.connectTimeout, () => late.abort());
    try {
      const giveUp = AbortSignal.any([signal, late.signal, this.#opening.signal]);
      this.#line = await openLine(settings, giveUp, this.#context.timers, {
        data: (chunk) => isCurrent() && this.#bus.receive(chunk),
        drained: () => isCurrent() && this.#bus.pump(),
        lost: (why) => isCurrent() && this.#left(why),
      });
    } finally {
      cancelTimer();
    }
    if (this.#opening.signal.aborted) {
      await this.#line.close();
      throw new PlanciaError("device/connection-lost", "the channel was closed while it connected");
    }
    this.#state = "open";
    this.#bus.attach(this.#line);
  }

  /** RTU over TCP: the old connection may still bring an answer that nobody can tell from the next one. */
  async #renew(): Promise<void> {
    const [first] = this.#units.values();
    if (this.#state !== "open" || !first) return;
    this.#lines++;
    try {
      await this.#line?.close();
      if (this.#opening.signal.aborted) return;
      await this.#open(first.settings, this.#opening.signal);
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#opening.abort();
    this.#bus.end("the channel is closed");
    await this.#line?.close();
  }

  async read(
    device: string,
    points: readonly Point[],
    signal: AbortSignal,
    lane: ReadLane,
  ): Promise<readonly Reading[]> {
    if (this.#state !== "open") throw new PlanciaError("device/connection-lost", "the channel is not connected");
    const unit = this.#units.get(device);
    if (!unit) return points.map(() => bad(Status.Bad_ConfigurationError));
    signal.throwIfAborted();
    const { clock, timers, log } = this.#context;
    if (lane === "poll" && this.#isSetAside(unit)) return points.map(() => bad(Status.Bad_NoCommunication));
    const cycle = new ReadCycle({ bus: this.#bus, unit, clock, timers, log, signal, lane: laneOf[lane] }, points);
    return cycle.run();
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    const unit = this.#units.get(request.device);
    if (this.#state !== "open" || !unit) return notSent("not-connected", "the channel is not connected");
    const resolved = resolveAddress(request.point.address as ModbusAddress);
    if (!resolved.ok) return notSent("not-supported", resolved.why);
    const { unitId, timeout, alwaysMultiple } = unit.settings;
    const built = writeRequest(resolved.address, request.value, alwaysMultiple);
    if (!built.ok) return notSent("not-supported", built.why);
    const end = await this.#bus.submit({
      device: unit.id,
      unitId,
      lane: request.lane === "stop" ? "stop" : "urgent",
      timeoutMs: timeout,
      request: built.request,
      notAfterMs: request.notAfterMs,
      withdrawn: request.withdrawn,
    });
    if (end.kind === "answer" && !isUnreachable(end.answer)) unit.silence.answered();
    return writeResult(end, timeout);
  }

  statistics(): ChannelStatistics {
    const { requests, failures, bytesIn, bytesOut, ...counts } = this.#bus.counts;
    const units = [...this.#units.values()];
    const plans = units.flatMap((unit) => unit.plans);
    const sum = (of: (plan: (typeof plans)[number]) => number) => plans.reduce((total, plan) => total + of(plan), 0);
    const setAside = units.filter((unit) => this.#isSetAside(unit)).map((unit) => unit.id);
    return {
      requests,
      failures,
      bytesIn,
      bytesOut,
      roundTripMs: this.#bus.roundTripMs,
      plan: { of: "blocks", count: sum((plan) => plan.blocks.length) },
      detail: {
        ...counts,
        blocks: sum((plan) => plan.blocks.length),
        connections: this.#lines,
        splits: sum((plan) => plan.splits),
        refusedPoints: sum((plan) => plan.refusedPoints),
        setAside: setAside.join(", "),
        ...(this.#overtaking && { overtaking: this.#overtaking.isAllowed(this.#context.clock.monotonicMs()) ? 1 : 0 }),
      },
    };
  }

  #quietUntilMs(): number {
    const now = this.#context.clock.monotonicMs();
    return Math.min(...[...this.#units.values()].map((unit) => unit.nextDueMs(now)));
  }

  /** Alone on its connection a unit delays nobody, so it is asked each time and found as soon as it is back. */
  #isSetAside(unit: Unit): boolean {
    return this.#units.size > 1 && unit.silence.isSetAside(this.#context.clock.monotonicMs());
  }

  #left(why: string): void {
    this.#bus.peerLeft();
    this.#lost(why);
  }

  #lost(why: string): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.#opening.abort();
    this.#bus.end(why);
    // The channel's own close(), called by acquisition, waits for the same socket.
    void this.#line?.close();
    this.#context.lost(new PlanciaError("device/connection-lost", why));
  }
}

/** Where several devices share a Modbus TCP connection and none of them forbids it. */
function overtakingOf(all: readonly ModbusSettings[]): Overtaking | undefined {
  const [first] = all;
  if (first?.transport !== "tcp" || all.length < 2 || !all.every(({ overtake }) => overtake)) return undefined;
  return overtakingAt(`${first.host}:${first.port}`);
}

function writeResult(end: JobEnd, timeoutMs: number): WriteResult {
  switch (end.kind) {
    case "answer":
      break;
    case "silent":
      return { outcome: "unknown", sentAtMs: end.sentAtMs, detail: `no answer within ${timeoutMs} ms` };
    case "lost":
      if (end.sentAtMs === undefined) return notSent("not-connected", end.why);
      return { outcome: "unknown", sentAtMs: end.sentAtMs, detail: `${end.why} before the answer came` };
    case "expired":
      return notSent("expired", "its time had passed before its turn came");
    case "withdrawn":
      return notSent("withdrawn", "it was taken back before its turn came");
    default:
      return notSent("not-connected", "too many writes wait for this device");
  }
  const { answer, sentAtMs } = end;
  switch (answer.kind) {
    case "done":
      return { outcome: "written", sentAtMs };
    case "exception": {
      const { effect, status } = exceptionMeaning(answer.code);
      const detail = exceptionText(answer.code);
      return effect === "refused"
        ? { outcome: "rejected", sentAtMs, status, detail }
        : { outcome: "unknown", sentAtMs, detail };
    }
    case "malformed":
      return { outcome: "unknown", sentAtMs, detail: `an answer that proves nothing: ${answer.why}` };
    case "data":
      return { outcome: "unknown", sentAtMs, detail: "an answer to a read" };
  }
}

function isUnreachable(answer: Answer): boolean {
  return answer.kind === "exception" && isUnitUnreachable(answer.code);
}

function notSent(reason: "expired" | "withdrawn" | "not-connected" | "not-supported", detail: string): WriteResult {
  return { outcome: "not-sent", reason, detail };
}
