import { type Caller, visibleHistory } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import type {
  HistoryAnswer,
  HistoryPoint,
  HistorySeries,
  HistoryStatistics,
  HistoryStore,
} from "../core/history-port.ts";
import type { Plant, Tag } from "../core/plant.ts";
import type { HistoryInput, HistoryReading } from "./use-cases.ts";

/** Limits of one request. */
export const historyLimits = { tags: 50, buckets: 10_000, rows: 100_000 } as const;

/** History as a caller may see it: a guest's is cut to its slots, another's tag does not exist. */
export class HistoryDesk implements HistoryReading {
  readonly #store: HistoryStore;
  readonly #tags: ReadonlyMap<string, Tag>;

  constructor(plant: Plant, store: HistoryStore) {
    this.#store = store;
    this.#tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  }

  statistics(): HistoryStatistics {
    return this.#store.statistics();
  }

  async query(caller: Caller, input: HistoryInput, signal?: AbortSignal): Promise<HistoryAnswer> {
    const { startMs, endMs } = input;
    if (!(startMs < endMs)) throw new PlanciaError("history/range", "start must be before end");
    if (input.tags.length > historyLimits.tags)
      throw new PlanciaError("history/range", `at most ${historyLimits.tags} tags at once`);
    const intervalMs = this.#interval(input);
    const windows = this.#windows(caller, input);
    if (caller.role !== "guest") return this.#store.query({ ...input, intervalMs }, signal);
    return this.#clipped(input, intervalMs, windows, signal);
  }

  #interval(input: HistoryInput): number | undefined {
    if (input.aggregate === "raw") return undefined;
    const span = input.endMs - input.startMs;
    const intervalMs = input.intervalMs ?? Math.max(1, Math.ceil(span / (input.points ?? 500)));
    if (span / intervalMs > historyLimits.buckets) {
      throw new PlanciaError(
        "history/range",
        `at most ${historyLimits.buckets} intervals at once: take a longer interval`,
      );
    }
    return intervalMs;
  }

  #windows(caller: Caller, input: HistoryInput): Windows {
    const windows = new Map<string, readonly (readonly [number, number])[]>();
    for (const name of input.tags) {
      const tag = this.#tags.get(name);
      const seen = tag ? visibleHistory(caller, tag.equipment, input.startMs, input.endMs) : [];
      // A guest with no slot in this range is told the same as for a tag that does not exist.
      if (seen.length === 0) throw new PlanciaError("request/not-found", `no tag ${name}`);
      windows.set(name, seen);
    }
    return windows;
  }

  /**
   * A guest's answer is asked window by window: what lies outside its slots never enters the engine,
   * neither as rows nor inside a bucket, nor as the value that held before the slot began. `next` is
   * the number of the window to go on with and the engine's own cursor in it.
   */
  async #clipped(
    input: HistoryInput,
    intervalMs: number | undefined,
    windows: Windows,
    signal: AbortSignal | undefined,
  ): Promise<HistoryAnswer> {
    const pieces = [...windows].flatMap(([tag, spans]) => spans.map(([startMs, endMs]) => ({ tag, startMs, endMs })));
    const series = new Map<string, HistoryPoint[]>(input.tags.map((tag) => [tag, []]));
    const [from, ...cursor] = (input.next ?? "0:").split(":");
    let inner: string | undefined = cursor.join(":") || undefined;
    let left = input.limit;
    for (let n = pieceNumber(from, pieces.length); n < pieces.length; n++) {
      if (left <= 0) return { series: asSeries(series), next: `${n}:` };
      const piece = pieces[n] as (typeof pieces)[number];
      const query = { aggregate: input.aggregate, intervalMs, limit: left, isolated: true, next: inner };
      const { tag, startMs, endMs } = piece;
      const answer = await this.#store.query({ ...query, tags: [tag], startMs, endMs }, signal);
      const found = answer.series[0]?.points ?? [];
      series.get(piece.tag)?.push(...found);
      left -= found.length;
      inner = undefined;
      if (answer.next !== undefined) return { series: asSeries(series), next: `${n}:${answer.next}` };
    }
    return { series: asSeries(series) };
  }
}

type Windows = ReadonlyMap<string, readonly (readonly [number, number])[]>;

function pieceNumber(text: string | undefined, count: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > count)
    throw new PlanciaError("request/invalid", "next is not from an answer of ours");
  return number;
}

function asSeries(series: ReadonlyMap<string, HistoryPoint[]>): HistorySeries[] {
  return [...series].map(([tag, points]) => ({ tag, points }));
}
