import { Status } from "../../core/status.ts";
import type { HistoryFile } from "./history-file.ts";
import { isoTime, type ReportDamage, reason } from "./recovery.ts";
import {
  type ChunkRow,
  chunkSamples,
  chunkStatistics,
  type GoneRow,
  type NewChunk,
  newChunk,
  type SeriesRow,
} from "./rows.ts";
import { newSeries, type Series } from "./series.ts";

const pageRows = 500;

/** Of a chunk; `n` 0: one that is gone, and neither of its checksums vouches for its place. */
interface Place {
  readonly n: number;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

interface Inventory {
  readonly whole: Place[];
  readonly dropped: Place[];
}

/**
 * Takes out every chunk that cannot be read, writes statistics anew where only they are damaged, and
 * leaves `null, Bad_DataLost` under the number of each chunk that is gone. Numbers are whole
 * afterwards and the series' rows count what is there. To be called in a transaction.
 */
export function repairChunks(
  file: HistoryFile,
  all: Map<number, Series>,
  unsound: ReadonlySet<number>,
  report: ReportDamage,
): void {
  const found = new Map<string, Inventory>();
  for (const row of everyChunk(file)) {
    const { series, late } = row;
    const name = all.get(series)?.row.name;
    const key = `${series}/${late}`;
    const inventory = found.get(key) ?? { whole: [], dropped: [] };
    const place = { n: row.n, start: row.start, end: row.start + row.span, count: row.count };
    if (!isKept(file, row, name ?? `series ${series}`, report)) {
      inventory.dropped.push(hasStatistics(row) ? place : { ...place, n: 0 });
      if (!name) continue;
    } else {
      if (!name) all.set(series, lostSeries(series, report));
      inventory.whole.push(place);
    }
    found.set(key, inventory);
  }
  for (const series of all.values()) {
    const [inOrder, late] = [0, 1].map(
      (each) => found.get(`${series.row.id}/${each}`) ?? { whole: [], dropped: [] },
    ) as [Inventory, Inventory];
    settleSeries(file, series, inOrder, late, unsound.has(series.row.id), report);
  }
}

function* everyChunk(file: HistoryFile): Generator<ChunkRow> {
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = file.chunksById(after, pageRows);
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

function isKept(file: HistoryFile, row: ChunkRow, name: string, report: ReportDamage): boolean {
  const where = `chunk ${row.n} of ${name} (${row.count} samples from ${isoTime(row.start)})`;
  try {
    const samples = chunkSamples(row, file.readChunkData(row.id));
    if (hasStatistics(row)) return true;
    file.replaceStatistics(row.id, newChunk(row.series, row.late, row.n, samples).statistics);
    report(`the statistics of ${where} are written anew, its samples hold`);
    return true;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    file.deleteChunk(row.id);
    report(`${where} is dropped: ${reason(cause)}`);
    return false;
  }
}

function hasStatistics(row: ChunkRow): boolean {
  try {
    chunkStatistics(row);
    return true;
  } catch {
    return false;
  }
}

function lostSeries(id: number, report: ReportDamage): Series {
  const name = `lost-series-${id}`;
  report(`series ${id} has lost its row; its history is kept under the name ${name}`);
  return newSeries({ id, name, type: "double", chunks: 0, lates: 0, points: 0, sealed: null });
}

function settleSeries(
  file: HistoryFile,
  series: Series,
  inOrder: Inventory,
  late: Inventory,
  unsound: boolean,
  report: ReportDamage,
): void {
  const { row: before, gone } = series;
  inOrder.whole.sort((a, b) => a.n - b.n);
  // A row whose checksum does not hold says nothing of how many there were.
  const known = unsound || before.name === `lost-series-${before.id}` ? { ...before, chunks: 0, lates: 0 } : before;
  const chunks = Math.max(known.chunks, gone.chunks, inOrder.whole.at(-1)?.n ?? 0);
  const lates = late.whole.reduce((most, { n }) => Math.max(most, n), Math.max(known.lates, gone.lates));
  const newest = inOrder.whole.at(-1)?.end ?? Number.NEGATIVE_INFINITY;
  const sealed = chunks === 0 ? null : Math.max(newest, known === before ? (before.sealed ?? newest) : newest);
  const gaps = [...gapsInOrder(gone, inOrder, chunks, sealed ?? 0), ...gapsOfLate(gone, late, lates, sealed ?? 0)];
  for (const gap of gaps) file.writeChunk(gap);
  const points = [...inOrder.whole, ...late.whole].reduce((sum, { count }) => sum + count, gaps.length + gone.points);
  const row: SeriesRow = { ...before, chunks, lates, points, sealed: Number.isFinite(sealed) ? sealed : null };
  const missing = gaps.length - inOrder.dropped.length - late.dropped.length;
  if (missing > 0) report(`${missing} chunks of ${before.name} were missing; Bad_DataLost stands in their place`);
  series.row = row;
  if (unsound || gaps.length > 0 || JSON.stringify(row) !== JSON.stringify(before)) file.writeSeries(row);
}

/** Between their neighbours, so that chunks in order of time still never overlap. */
function* gapsInOrder(
  gone: GoneRow,
  { whole, dropped }: Inventory,
  chunks: number,
  sealed: number,
): Generator<NewChunk> {
  const byNumber = new Map(whole.map((place) => [place.n, place]));
  const starts = new Map(dropped.map(({ n, start }) => [n, start]));
  let next = 0;
  let floor = Number.NEGATIVE_INFINITY;
  for (let n = gone.chunks + 1; n <= chunks; n++) {
    const here = byNumber.get(n);
    if (here) {
      floor = here.end;
      next++;
      continue;
    }
    const ceiling = whole[next]?.start ?? sealed;
    const wanted = starts.get(n) ?? (Number.isFinite(floor) ? floor + 1 : ceiling - 1);
    const at = Math.max(floor, Math.min(wanted, ceiling));
    floor = at;
    yield gapAt(gone.series, 0, n, at);
  }
}

function* gapsOfLate(gone: GoneRow, { whole, dropped }: Inventory, lates: number, sealed: number): Generator<NewChunk> {
  const numbers = new Set(whole.map(({ n }) => n));
  const starts = new Map(dropped.map(({ n, start }) => [n, start]));
  for (let n = gone.lates + 1; n <= lates; n++)
    if (!numbers.has(n)) yield gapAt(gone.series, 1, n, Math.min(starts.get(n) ?? sealed, sealed));
}

function gapAt(series: number, late: number, n: number, timeMs: number): NewChunk {
  return newChunk(series, late, n, { times: [timeMs], values: [null], statuses: [Status.Bad_DataLost] });
}
