import type { Clock, Timers } from "../../core/clock.ts";
import type { Point, Reading } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { Status } from "../../core/status.ts";
import {
  busyException,
  exceptionMeaning,
  exceptionText,
  isAddressRefusal,
  isUnitUnreachable,
} from "../../protocols/modbus/exceptions.ts";
import type { Answer } from "../../protocols/modbus/pdu.ts";
import { decodeBit, decodeRegisters } from "../../protocols/modbus/values.ts";
import { addressText, type ModbusAddress } from "./address.ts";
import type { Bus } from "./bus.ts";
import type { Lane } from "./lanes.ts";
import type { PlannedBlock, ReadPlan } from "./read-plan.ts";
import type { Unit } from "./unit.ts";

/** Extra requests that one cycle may spend on finding the points that a device refuses. */
const splitBudget = 32;
/** REMOTE-OPERATION, Quality: Bad_NoCommunication after so many misses. */
const goneAfter = 3;
/** A busy device (exception 6) is read once more in the same cycle, after this. */
const busyPauseMs = 100;
/** The try of a silent unit waits so long for a moment in which nobody else needs the serial line. */
const spareMs = 10_000;

export interface ReadCycleContext {
  readonly bus: Bus;
  readonly unit: Unit;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly lane: Lane;
}

/** One read of one unit's points: asks block by block, at most `depth` at once, and fills in a reading per point. */
export class ReadCycle {
  readonly #context: ReadCycleContext;
  readonly #points: readonly Point[];
  readonly #plan: ReadPlan;
  readonly #readings: Reading[];
  readonly #work: PlannedBlock[];
  readonly #busy = new Set<PlannedBlock>();
  readonly #silent: PlannedBlock[] = [];
  readonly #asked = new Map<PlannedBlock, number>();
  #heard = false;
  #postponed = false;
  #budget = splitBudget;

  constructor(context: ReadCycleContext, points: readonly Point[]) {
    this.#context = context;
    this.#points = points;
    this.#plan = context.unit.planFor(points);
    this.#plan.forgetIfOld(this.#now());
    this.#work = [...this.#plan.blocks];
    this.#readings = points.map(() => bad(Status.Bad_Timeout));
  }

  /** @throws PlanciaError device/connection-lost; the signal's reason when it was given up. */
  async run(): Promise<readonly Reading[]> {
    for (const index of this.#plan.impossible) this.#readings[index] = bad(Status.Bad_ConfigurationError);
    const isPoll = this.#context.lane === "poll";
    if (isPoll) this.#plan.started(this.#now());
    try {
      await this.#askAll();
    } finally {
      if (isPoll) this.#plan.ended();
      // Whoever waits for a quiet moment.
      if (isPoll) this.#context.bus.pump();
    }
    return this.#readings;
  }

  async #askAll(): Promise<void> {
    const workers = Array.from({ length: this.#context.unit.settings.depth }, () => this.#drain());
    await Promise.all(workers);
    this.#judgeSilence();
  }

  async #drain(): Promise<void> {
    for (let planned = this.#work.shift(); planned; planned = this.#work.shift()) {
      const remembered = this.#remembered(planned);
      if (remembered !== undefined) this.#fill(planned, remembered);
      else if (this.#silent.length > 0 || this.#postponed) this.#fill(planned, Status.Bad_Timeout);
      else await this.#ask(planned);
    }
  }

  /** The status of a block that is left alone for now. A person's verify read always asks. */
  #remembered(planned: PlannedBlock): number | undefined {
    if (this.#context.lane !== "poll") return undefined;
    const now = this.#now();
    if (planned.refused && now < planned.refused.untilMs) return planned.refused.status;
    return planned.silence.isSetAside(now) ? Status.Bad_Timeout : undefined;
  }

  async #ask(planned: PlannedBlock): Promise<void> {
    const { bus, unit, signal, lane } = this.#context;
    const { table, start, count } = planned.block;
    const doubtful = lane === "poll" && (unit.silence.misses > 0 || planned.silence.misses > 0);
    const { timeout, tryTimeout = timeout } = unit.settings;
    const timeoutMs = doubtful ? Math.min(tryTimeout, timeout) : timeout;
    const end = await bus.submit(
      {
        device: unit.id,
        unitId: unit.settings.unitId,
        lane,
        timeoutMs,
        lateMs: 2 * timeout - timeoutMs,
        request: { kind: "read", table, start, count },
        notAfterMs: Number.POSITIVE_INFINITY,
        doubtful,
        ...(doubtful && unit.mayBePostponed(this.#now()) && { spareMs }),
      },
      signal,
    );
    if (end.kind === "postponed") return this.#postpone(planned);
    unit.asked();
    switch (end.kind) {
      case "answer":
        return this.#take(planned, end.answer);
      case "silent":
        if (this.#isLikelyBack() && this.#mayRepeat(planned)) return this.#ask(planned);
        this.#silent.push(planned);
        if (end.instead === undefined) return this.#fill(planned, Status.Bad_Timeout);
        this.#complain(planned, end.instead);
        return this.#fill(planned, Status.Bad_DecodingError);
      case "lost":
        throw new PlanciaError("device/connection-lost", end.why);
      case "cancelled":
        throw signal.reason;
      default:
        return this.#fill(planned, Status.Bad_ResourceUnavailable);
    }
  }

  #postpone(planned: PlannedBlock): void {
    this.#postponed = true;
    this.#context.unit.postponed(this.#now());
    this.#fill(planned, Status.Bad_Timeout);
  }

  /** Each silence costs the others on the line a time-out: only where the unit answered the last cycle, or a person waits. */
  #isLikelyBack(): boolean {
    const { unit, lane } = this.#context;
    return unit.silence.misses === 0 || lane !== "poll";
  }

  #mayRepeat(planned: PlannedBlock): boolean {
    const { unit, signal } = this.#context;
    const repeats = this.#asked.get(planned) ?? 0;
    this.#asked.set(planned, repeats + 1);
    return repeats < unit.settings.retries && !signal.aborted;
  }

  #take(planned: PlannedBlock, answer: Answer): Promise<void> | void {
    if (answer.kind === "exception" && isUnitUnreachable(answer.code)) {
      this.#silent.push(planned);
      return this.#fill(planned, Status.Bad_NoCommunication);
    }
    this.#heard = true;
    planned.silence.answered();
    if (answer.kind === "exception") return this.#refused(planned, answer.code);
    if (answer.kind === "data") return this.#decode(planned, answer.data);
    if (answer.kind === "malformed") {
      if (this.#mayRepeat(planned)) return this.#ask(planned);
      this.#complain(planned, answer.why);
    }
    return this.#fill(planned, Status.Bad_DecodingError);
  }

  #refused(planned: PlannedBlock, code: number): Promise<void> | void {
    if (code === busyException && !this.#busy.has(planned)) return this.#askLater(planned);
    const status = exceptionMeaning(code).status;
    this.#fill(planned, status);
    if (!isAddressRefusal(code)) return;
    if (planned.block.spans.length === 1) {
      if (!planned.refused) this.#complain(planned, exceptionText(code));
      return this.#plan.refuse(planned, status, this.#now());
    }
    if (this.#budget < 2) return;
    this.#budget -= 2;
    const halves = this.#plan.split(planned, this.#now()) ?? [];
    this.#sayLearnt(planned, exceptionText(code));
    this.#work.unshift(...halves);
  }

  async #askLater(planned: PlannedBlock): Promise<void> {
    this.#busy.add(planned);
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        this.#context.signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#context.timers.after(busyPauseMs, done);
      this.#context.signal.addEventListener("abort", done, { once: true });
    });
    await this.#ask(planned);
  }

  #decode(planned: PlannedBlock, data: Uint8Array): void {
    planned.spokenOf = false;
    if (planned.refused) this.#plan.healed(planned);
    for (const index of planned.block.spans) {
      const address = this.#plan.addresses[index];
      if (!address) continue;
      const offset = address.span.start - planned.block.start;
      const isBit = address.span.table === "coil" || address.span.table === "discrete";
      const value = isBit ? decodeBit(data, offset) : decodeRegisters(address.layout, data, offset * 2);
      this.#readings[index] = value === null ? bad(Status.Bad_DecodingError) : { value, status: Status.Good };
    }
  }

  #fill(planned: PlannedBlock, status: number): void {
    for (const index of planned.block.spans) this.#readings[index] = bad(status);
  }

  #judgeSilence(): void {
    const { unit } = this.#context;
    if (this.#heard) unit.silence.answered();
    else if (this.#silent.length > 0) unit.silence.missed(this.#now());
    if (unit.silence.misses >= goneAfter) this.#replace(Status.Bad_Timeout, Status.Bad_NoCommunication);
    for (const planned of this.#silent) {
      if (this.#heard) planned.silence.missed(this.#now());
      this.#plan.putLast(planned);
    }
  }

  #replace(status: number, by: number): void {
    for (const [index, reading] of this.#readings.entries()) {
      if (reading.status === status) this.#readings[index] = bad(by);
    }
  }

  #sayLearnt({ block }: PlannedBlock, why: string): void {
    const { unit, log } = this.#context;
    const { table, start, count } = block;
    const points = block.spans.length;
    log.info(
      { device: unit.id, table, start, count, points, why },
      "a refused block is read in two halves from now on",
    );
  }

  #complain(planned: PlannedBlock, why: string): void {
    if (planned.spokenOf) return;
    planned.spokenOf = true;
    const { unit, log } = this.#context;
    const point = this.#points[planned.block.spans[0] ?? 0];
    const address = point ? addressText(point.address as ModbusAddress) : undefined;
    log.warn(
      { device: unit.id, address, count: planned.block.count, why },
      "the device refuses a point or answers wrongly",
    );
  }

  #now(): number {
    return this.#context.clock.monotonicMs();
  }
}

export function bad(status: number): Reading {
  return { value: null, status };
}
