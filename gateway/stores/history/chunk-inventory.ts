import { dayMs, groupOf, type KeepGroup } from "../../core/history/retention.ts";
import type { HistoryFile, SizedChunk } from "./history-file.ts";
import type { Series } from "./series.ts";

/** Chunks that are counted at a time. */
const scanRows = 500;
const hourMs = 3_600_000;
/** The pace is that of so many days. */
const paceDays = 7;

/** What one group of tags takes. */
export interface GroupStock {
  readonly id: string | undefined;
  /** Series, also of tags of earlier configurations. */
  readonly series: number;
  /** Samples in chunks. */
  readonly samples: number;
  readonly bytes: number;
  readonly bytesPerDay: number;
  /** UTC ms; undefined: nothing in chunks. */
  readonly oldestMs: number | undefined;
}

interface SeriesStock {
  readonly group: KeepGroup | undefined;
  samples: number;
  bytes: number;
  oldestMs: number;
}

/**
 * How many bytes the chunks of each series and group take, counted bit by bit beside the work, since in a file of many
 * gigabytes nobody can wait for it. What is written later is counted as it comes.
 */
export class ChunkInventory {
  readonly #file: HistoryFile;
  readonly #all: ReadonlyMap<number, Series>;
  readonly #groups: readonly KeepGroup[];
  readonly #stocks = new Map<number, SeriesStock>();
  readonly #bytes = new Map<KeepGroup | undefined, number>();
  /** Bytes by hour of the newest sample, of the last days, by group. */
  readonly #hours = new Map<KeepGroup | undefined, Map<number, number>>();
  #through = 0;
  #isWhole = false;

  constructor(file: HistoryFile, all: ReadonlyMap<number, Series>, groups: readonly KeepGroup[]) {
    this.#file = file;
    this.#all = all;
    this.#groups = groups;
  }

  /** Everything that was there at the beginning is counted. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** One page more. */
  scan(): void {
    const rows = this.#file.chunkSizes(this.#through, scanRows);
    for (const row of rows) this.#count(row);
    this.#through = rows.at(-1)?.id ?? this.#through;
    if (rows.length < scanRows) this.#isWhole = true;
  }

  #count(row: SizedChunk): void {
    const stock = this.#stockOf(row.series);
    stock.samples += row.count;
    stock.bytes += row.bytes;
    stock.oldestMs = Math.min(stock.oldestMs, row.start);
    this.#bytes.set(stock.group, (this.#bytes.get(stock.group) ?? 0) + row.bytes);
    const hours = this.#hours.get(stock.group) ?? new Map<number, number>();
    this.#hours.set(stock.group, hours);
    const hour = Math.floor((row.start + row.span) / hourMs);
    hours.set(hour, (hours.get(hour) ?? 0) + row.bytes);
    if (hours.size > 2 * paceDays * 24)
      for (const old of [...hours.keys()].sort(ascending).slice(0, paceDays * 24)) hours.delete(old);
  }

  #stockOf(series: number): SeriesStock {
    let stock = this.#stocks.get(series);
    if (!stock) {
      const name = this.#all.get(series)?.row.name;
      const group = name === undefined ? undefined : groupOf(this.#groups, name);
      stock = { group, samples: 0, bytes: 0, oldestMs: Number.POSITIVE_INFINITY };
      this.#stocks.set(series, stock);
    }
    return stock;
  }

  groupOf(series: number): KeepGroup | undefined {
    return this.#stockOf(series).group;
  }

  bytesOf(group: KeepGroup): number {
    return this.#bytes.get(group) ?? 0;
  }

  /** It has gone. @param nextMs where its series begins now. */
  removed(chunk: SizedChunk, nextMs: number | undefined): void {
    // What was not counted yet never will be.
    if (chunk.id > this.#through) return;
    const stock = this.#stockOf(chunk.series);
    stock.samples -= chunk.count;
    stock.bytes -= chunk.bytes;
    stock.oldestMs = nextMs ?? stock.oldestMs;
    this.#bytes.set(stock.group, (this.#bytes.get(stock.group) ?? 0) - chunk.bytes);
  }

  /** In the order of the configuration, last what is in no group, where there is anything. */
  stocks(nowMs: number): GroupStock[] {
    const found = [...this.#groups, undefined].map((group) => this.#groupStock(group, nowMs));
    return found.filter(({ id, series }) => id !== undefined || series > 0);
  }

  #groupStock(group: KeepGroup | undefined, nowMs: number): GroupStock {
    for (const id of this.#all.keys()) this.#stockOf(id);
    const stocks = [...this.#stocks.values()].filter((stock) => stock.group === group);
    const oldest = stocks.reduce(
      (least, { bytes, oldestMs }) => (bytes > 0 ? Math.min(least, oldestMs) : least),
      Infinity,
    );
    const oldestMs = Number.isFinite(oldest) ? oldest : undefined;
    return {
      id: group?.id,
      series: stocks.length,
      samples: stocks.reduce((sum, { samples }) => sum + samples, 0),
      bytes: stocks.reduce((sum, { bytes }) => sum + bytes, 0),
      bytesPerDay: pace(this.#hours.get(group) ?? new Map(), oldestMs, nowMs),
      oldestMs,
    };
  }
}

const ascending = (a: number, b: number): number => a - b;

/** Bytes a day, by what was packed in the last days; a day's worth is taken from an hour at least. */
function pace(hours: ReadonlyMap<number, number>, oldestMs: number | undefined, nowMs: number): number {
  if (oldestMs === undefined) return 0;
  const windowMs = Math.min(paceDays * dayMs, Math.max(hourMs, nowMs - oldestMs));
  const from = Math.floor((nowMs - windowMs) / hourMs);
  let bytes = 0;
  for (const [hour, each] of hours) if (hour >= from && hour * hourMs <= nowMs) bytes += each;
  return (bytes * dayMs) / windowMs;
}
