import type { Clock, Timers } from "../../core/clock.ts";
import type { Point, Reading, ReadingSink } from "../../core/driver-port.ts";
import { isBad, Status } from "../../core/status.ts";
import { type OpcuaAddress, resolveAddress } from "./address.ts";
import { type Readable, readPoints } from "./reading.ts";

export interface PollingSettings extends Readable {
  readonly device: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly sink: ReadingSink;
  readonly clock: Clock;
  readonly timers: Timers;
  onLost(why: string): void;
}

interface Polled {
  readonly point: Point;
  readonly periodMs: number;
  readonly why: string;
  /** What was told last; undefined: nothing yet. */
  told: Reading | undefined;
  /** Monotonic; undefined: the last time that it was asked for, nobody answered. */
  answeredAtMs: number | undefined;
  isAsked: boolean;
}

/** What a server reads is fresh work for it each time: a tag that wants to be sampled faster is read this often. */
const shortestPeriodMs = 50;

/**
 * Points of one device that the server does not tell of by itself: read in groups at each one's sampling period.
 * A change and a first value are told; what is as it was is confirmed, as a subscription's keep-alive would do.
 */
export class Polling {
  readonly #settings: PollingSettings;
  readonly #polled = new Map<number, Polled>();
  /** How to end each period's timer. */
  readonly #periods = new Map<number, () => void>();
  #underWay = 0;
  #stopped = false;

  constructor(settings: PollingSettings) {
    this.#settings = settings;
  }

  /** Groups of reads whose answers are awaited. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Undefined where nothing is polled. `everyMs`: the shortest period. */
  get facts() {
    const [first] = this.#polled.values();
    if (!first) return undefined;
    const { why } = first;
    const everyMs = [...this.#polled.values()].reduce(
      (least, { periodMs }) => Math.min(least, periodMs),
      first.periodMs,
    );
    return { points: this.#polled.size, everyMs, why };
  }

  has(point: Point): boolean {
    return this.#polled.has(point.handle);
  }

  /** Reads them from now on, the first time at once. @param why the server does not tell of them by itself. */
  add(points: readonly Point[], why: string): void {
    const fresh = points.filter((point) => !this.has(point));
    for (const point of fresh) {
      const periodMs = periodOf(point, this.#settings.intervalMs);
      this.#polled.set(point.handle, {
        ...{ point, periodMs, why },
        ...{ told: undefined, answeredAtMs: undefined, isAsked: false },
      });
      if (!this.#stopped && !this.#periods.has(periodMs)) this.#begin(periodMs);
    }
    this.#ask(fresh.flatMap(({ handle }) => this.#polled.get(handle) ?? []));
  }

  /** The server tells of them now, or nobody can: an answer that is still under way is not told any more. */
  remove(points: readonly Point[]): void {
    for (const { handle } of points) this.#polled.delete(handle);
    const wanted = new Set([...this.#polled.values()].map(({ periodMs }) => periodMs));
    for (const [periodMs, end] of this.#periods) {
      if (wanted.has(periodMs)) continue;
      end();
      this.#periods.delete(periodMs);
    }
  }

  /** The server answered something: that counts for what was read within its own period. */
  confirm(): void {
    if (this.#stopped) return;
    const { clock, sink, device, timeoutMs } = this.#settings;
    const now = clock.monotonicMs();
    const handles: number[] = [];
    for (const [handle, { answeredAtMs, periodMs }] of this.#polled)
      if (answeredAtMs !== undefined && now - answeredAtMs <= periodMs + timeoutMs) handles.push(handle);
    if (handles.length > 0) sink.alive(device, handles);
  }

  /** Nothing is read or told any more. */
  stop(): void {
    this.#stopped = true;
    for (const end of this.#periods.values()) end();
    this.#periods.clear();
  }

  #begin(periodMs: number): void {
    const turn = () => this.#ask([...this.#polled.values()].filter((each) => each.periodMs === periodMs));
    this.#periods.set(periodMs, this.#settings.timers.every(periodMs, turn));
  }

  /** What is still asked for is left out: a slow server gets no second question beside the first. */
  #ask(wanted: readonly Polled[]): void {
    const asked = wanted.filter(({ isAsked }) => !isAsked);
    if (this.#stopped || asked.length === 0) return;
    for (const each of asked) each.isAsked = true;
    this.#underWay++;
    this.#read(asked).catch((error: Error) => {
      if (!this.#stopped) this.#settings.onLost(error.message);
    });
  }

  async #read(asked: readonly Polled[]): Promise<void> {
    const { timeoutMs, clock } = this.#settings;
    const signal = new AbortController().signal;
    const points = asked.map(({ point }) => point);
    try {
      const readings = await readPoints(this.#settings, points, { timeoutMs, signal, clock });
      if (!this.#stopped) this.#tell(asked, readings);
    } finally {
      this.#underWay--;
      for (const each of asked) each.isAsked = false;
    }
  }

  #tell(asked: readonly Polled[], readings: readonly Reading[]): void {
    const { clock, sink, device } = this.#settings;
    const now = clock.monotonicMs();
    const handles: number[] = [];
    const news: Reading[] = [];
    asked.forEach((each, i) => {
      const reading = readings[i];
      const { handle } = each.point;
      // Removed meanwhile, or added anew: the server's own words are newer than this answer.
      if (!reading || this.#polled.get(handle) !== each) return;
      const isSilent = reading.status === Status.Bad_Timeout;
      each.answeredAtMs = isSilent ? undefined : now;
      if (isSilent || isAsBefore(each, reading)) return;
      each.told = reading;
      handles.push(handle);
      news.push(reading);
    });
    if (handles.length > 0) sink.readings(device, handles, news);
    this.confirm();
  }
}

function periodOf({ address }: Point, intervalMs: number): number {
  return Math.max(shortestPeriodMs, resolveAddress(address as OpcuaAddress).samplingMs ?? intervalMs);
}

/** As the server would judge it (Part 4 §7.22.2): a change of the status is told whatever the value. */
function isAsBefore({ told, point }: Polled, reading: Reading): boolean {
  if (!told || told.status !== reading.status) return false;
  const { deadband } = resolveAddress(point.address as OpcuaAddress);
  if (deadband && "absolute" in deadband && !isBad(reading.status)) {
    const { value } = reading;
    const isNumber = typeof value === "number" || typeof value === "bigint";
    if (isNumber) return Math.abs(Number(value) - Number(told.value)) <= deadband.absolute;
  }
  return Object.is(told.value, reading.value) && told.sourceTime === reading.sourceTime;
}
