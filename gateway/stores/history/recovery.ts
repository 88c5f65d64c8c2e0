import type { HistoryFile } from "./history-file.ts";
import { type GoneRow, type HeadRow, headSamples, journalRows, type OutageRow, type StateRow } from "./rows.ts";
import { headFor, newSeries, type Series } from "./series.ts";

/** Receives one damaged place in words. */
export type ReportDamage = (text: string) => void;

export interface Recovered {
  readonly state: StateRow;
  readonly series: Map<number, Series>;
  readonly outages: OutageRow[];
  /** Outages found now, which the next commit writes. */
  readonly newOutages: OutageRow[];
}

const fresh: StateRow = { committed: 0, at: 0, sealed: 0 };

/** A gateway that starts every ten seconds for a month leaves more; the oldest are then not looked at. */
const maxOutages = 100_000;

/**
 * Builds the heads again from their rows and the journal. What a checksum or a sequence number shows
 * to be wrong is left out and named, the rest is kept.
 */
export function recover(file: HistoryFile, nowMs: number, report: ReportDamage): Recovered {
  const series = recoverSeries(file, report);
  for (const row of file.readHeads()) recoverHead(row, series, report);
  const state = recoverState(file, report);
  const newOutages: OutageRow[] = [];
  const last = replayJournal(file, state, series, newOutages, report);
  for (const one of series.values()) {
    checkNewestChunk(file, one, newOutages, report);
    one.head.cut();
    one.late.cut();
  }
  if (last.at > 0 && nowMs > last.at) newOutages.push({ start: last.at, end: nowMs });
  return { state: last, series, outages: [...recoverOutages(file, report), ...newOutages], newOutages };
}

function recoverSeries(file: HistoryFile, report: ReportDamage): Map<number, Series> {
  const series = new Map<number, Series>();
  for (const row of file.readSeries()) {
    if (!row.sound)
      report(`the row of series ${row.id} (${JSON.stringify(row.name)}) is damaged: its checksum does not hold`);
    series.set(row.id, newSeries(row));
  }
  for (const { sound, ...row } of file.readGone()) {
    const one = series.get(row.series);
    if (!one) continue;
    if (!sound) report(`what retention took out of ${one.row.name} is not known: its row is damaged`);
    one.gone = sound ? row : guessedGone(file, row.series);
  }
  return series;
}

/** Everything below the lowest number that is there. */
export function guessedGone(file: HistoryFile, series: number): GoneRow {
  const [chunks, lates] = [0, 1].map((late) => Math.max(0, (file.firstNumber(series, late) ?? 1) - 1)) as [
    number,
    number,
  ];
  return { series, chunks, lates, points: 0 };
}

function recoverHead(row: HeadRow, all: Map<number, Series>, report: ReportDamage): void {
  const id = Math.floor(row.id / 2);
  const series = all.get(id);
  const name = series?.row.name ?? `series ${id}, which has no row`;
  try {
    const samples = headSamples(row);
    if (!series) report(`the newest ${row.count} samples belong to ${name}`);
    else (row.id % 2 === 1 ? series.late : series.head).replace(samples);
  } catch (cause) {
    report(`the newest samples of ${name} (${row.count} from ${isoTime(row.start)}) are damaged: ${reason(cause)}`);
  }
}

/** Inside a series a missing chunk shows by its number; the newest ones only here. */
function checkNewestChunk(file: HistoryFile, series: Series, outages: OutageRow[], report: ReportDamage): void {
  const { id, name, chunks, sealed } = series.row;
  const range = { series: id, late: 0, endMs: Number.MAX_SAFE_INTEGER, maxId: Number.MAX_SAFE_INTEGER };
  const newest = file.chunksBefore(range, Number.MIN_SAFE_INTEGER, 1)[0];
  const n = newest?.n ?? series.gone.chunks;
  if (n >= chunks) return;
  report(`chunks ${n + 1} to ${chunks} of ${name} are missing, the newest ones`);
  if (newest && sealed !== null) outages.push({ start: newest.start + newest.span, end: sealed });
}

function recoverState(file: HistoryFile, report: ReportDamage): StateRow {
  const row = file.readState();
  if (row?.sound) return row;
  const journal = file.journalIndex();
  const first = journal[0];
  if (row) report("the row of the state is damaged: whether commits are missing at the end cannot be told");
  else if (first) report("the row of the state is missing: whether commits are missing at the end cannot be told");
  const last = journal.at(-1);
  if (!first || !last) return fresh;
  return { committed: last.n, at: last.at, sealed: first.n - 1 };
}

/** Adds the journal's samples to the heads; the state as it then is. */
function replayJournal(
  file: HistoryFile,
  state: StateRow,
  series: Map<number, Series>,
  outages: OutageRow[],
  report: ReportDamage,
): StateRow {
  let expected = state.sealed + 1;
  let lastAt = Math.min(state.at, newestTime(series.values()));
  for (const { n, at } of file.journalIndex()) {
    if (n > expected) reportMissing(expected, n - 1, report);
    const whole = n <= expected && replay(file, n, series, report);
    // What was in force before is not known to hold through the hole.
    if (!whole) outages.push({ start: lastAt, end: Math.max(at, lastAt) });
    expected = n + 1;
    lastAt = at;
  }
  if (expected <= state.committed) {
    reportMissing(expected, state.committed, report);
    outages.push({ start: lastAt, end: Math.max(state.at, lastAt) });
  }
  const committed = Math.max(state.committed, expected - 1);
  return { committed, at: Math.max(state.at, lastAt), sealed: state.sealed };
}

/** Of what stands in chunks and heads: when nobody wrote it down, the best guess at the time of the last fold. */
function newestTime(all: Iterable<Series>): number {
  let newest = 0;
  for (const { row, head } of all) newest = Math.max(newest, row.sealed ?? 0, head.samples.times.at(-1) ?? 0);
  return newest;
}

function reportMissing(from: number, to: number, report: ReportDamage): void {
  report(
    from === to
      ? `commit ${from} is missing from the journal`
      : `commits ${from} to ${to} are missing from the journal`,
  );
}

/** False where a record is damaged; its samples are then left out whole. */
function replay(file: HistoryFile, n: number, all: Map<number, Series>, report: ReportDamage): boolean {
  try {
    const row = file.readJournal(n);
    if (!row) throw new RangeError("the record is gone");
    const rows = journalRows(row);
    for (let i = 0; i < rows.values.length; i++) {
      const series = all.get(rows.series[i] as number);
      const time = rows.times[i] as number;
      if (series) headFor(series, time).add(time, rows.values[i] ?? null, rows.statuses[i] as number);
    }
    return true;
  } catch (cause) {
    report(`commit ${n} of the journal is damaged, its samples are lost: ${reason(cause)}`);
    return false;
  }
}

function recoverOutages(file: HistoryFile, report: ReportDamage): OutageRow[] {
  const rows = file.readOutages(maxOutages);
  const broken = rows.filter((row) => !row.sound).length;
  if (broken > 0) report(`${broken} rows of outages are damaged`);
  return rows.filter((row) => row.sound);
}

export function isoTime(timeMs: number): string {
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`;
}

export function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
