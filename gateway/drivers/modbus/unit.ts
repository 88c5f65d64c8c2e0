import type { Point } from "../../core/driver-port.ts";
import { ReadPlan } from "./read-plan.ts";
import type { ModbusSettings } from "./settings.ts";
import { Silence } from "./silence.ts";

/** Plans kept for a unit: its poll groups, and the single points that were verified lately. */
const planLimit = 64;
/** The try of a silent unit is put off for so long while others need the line, ms; then it takes its turn. */
const longestPostponementMs = 60_000;

/** One device of a bus: its settings, whether it answers, and the plans of what is read from it. */
export class Unit {
  readonly id: string;
  readonly settings: ModbusSettings;
  readonly silence: Silence;
  /** Whoever asks for the same points again, in whatever array, gets what was learnt. */
  readonly #plans = new Map<string, ReadPlan>();
  readonly #numbers = new WeakMap<Point, number>();
  #numbered = 0;
  #postponedSinceMs: number | undefined;

  constructor(id: string, settings: ModbusSettings) {
    this.id = id;
    this.settings = settings;
    this.silence = new Silence(5 * settings.timeout);
  }

  get plans(): readonly ReadPlan[] {
    return [...this.#plans.values()];
  }

  /** When one that answers is to be asked next; infinity: it does not answer. */
  nextDueMs(nowMs: number): number {
    if (this.silence.misses > 0) return Number.POSITIVE_INFINITY;
    return Math.min(...this.plans.map((plan) => plan.nextDueMs(nowMs)));
  }

  postponed(nowMs: number): void {
    this.#postponedSinceMs ??= nowMs;
  }

  asked(): void {
    this.#postponedSinceMs = undefined;
  }

  mayBePostponed(nowMs: number): boolean {
    return this.#postponedSinceMs === undefined || nowMs - this.#postponedSinceMs < longestPostponementMs;
  }

  planFor(points: readonly Point[]): ReadPlan {
    const key = points.map((point) => this.#numberOf(point)).join();
    const plan = this.#plans.get(key) ?? new ReadPlan(points, this.settings);
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > planLimit && oldest !== undefined) this.#plans.delete(oldest);
    return plan;
  }

  /** The port promises that a point keeps its identity; that, and nothing that merely looks alike, is the key. */
  #numberOf(point: Point): number {
    const known = this.#numbers.get(point);
    if (known !== undefined) return known;
    this.#numbers.set(point, ++this.#numbered);
    return this.#numbered;
  }
}
