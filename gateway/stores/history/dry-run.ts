import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  groupOf,
  type KeepGroup,
  type KeepLimits,
  type KeepSettings,
  mayGoByAge,
  mayGoBySize,
} from "../../core/history/retention.ts";
import { fileName, HistoryFile, type SizedChunk } from "./history-file.ts";

/** What the rules of one group keep and would take out; `id` undefined: tags in no group. */
export interface DryGroup {
  readonly id: string | undefined;
  readonly series: number;
  /** Samples in chunks, and the bytes of these. */
  readonly samples: number;
  readonly bytes: number;
  /** UTC ms. */
  readonly oldestMs: number | undefined;
  readonly byAge: { readonly samples: number; readonly bytes: number };
  /** Beside what goes by age. */
  readonly bySize: { readonly samples: number; readonly bytes: number };
}

interface Queue {
  /** Oldest first, each with the start of what follows it. */
  readonly chunks: { readonly chunk: SizedChunk; readonly nextMs: number | undefined }[];
  readonly configured: boolean;
  at: number;
}

interface Tally {
  series: number;
  samples: number;
  bytes: number;
  oldestMs: number;
  readonly queues: Queue[];
}

const pageRows = 2000;

/**
 * What the rules would take out of a history as it lies there, in one reading transaction; a gateway may be writing on
 * it. What a forwarder has not sent, which stays longer, is not looked at. @param names of the configuration's tags.
 * @throws an SQLite error where the file cannot be read.
 */
export function dryRun(folder: string, settings: KeepSettings, names: ReadonlySet<string>, nowMs: number): DryGroup[] {
  const path = join(folder, fileName);
  if (!existsSync(path)) return [];
  const file = new HistoryFile(path);
  try {
    file.db.exec("BEGIN");
    const tallies = tallied(file, settings.groups, names);
    const limits = { newestId: file.newestChunkId(), sentThrough: Number.POSITIVE_INFINITY };
    file.db.exec("ROLLBACK");
    return [...settings.groups, undefined].flatMap((group) => {
      const tally = tallies.get(group);
      return tally ? [judged(group, tally, limits, nowMs)] : group ? [judged(group, empty(), limits, nowMs)] : [];
    });
  } finally {
    file.close();
  }
}

const empty = (): Tally => ({ series: 0, samples: 0, bytes: 0, oldestMs: Number.POSITIVE_INFINITY, queues: [] });

function tallied(file: HistoryFile, groups: readonly KeepGroup[], names: ReadonlySet<string>) {
  const heads = new Map(file.readHeads().flatMap(({ id, start }) => (id % 2 === 0 ? [[id / 2, start]] : [])));
  const bySeries = new Map<number, SizedChunk[]>();
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = file.chunkSizes(after, pageRows);
    for (const row of rows) {
      const chunks = bySeries.get(row.series);
      if (chunks) chunks.push(row);
      else bySeries.set(row.series, [row]);
    }
    if (rows.length < pageRows) break;
    after = rows.at(-1)?.id ?? after;
  }
  const tallies = new Map<KeepGroup | undefined, Tally>();
  for (const row of file.readSeries()) {
    const group = groupOf(groups, row.name);
    const tally = tallies.get(group) ?? empty();
    tallies.set(group, tally);
    add(tally, bySeries.get(row.id) ?? [], heads.get(row.id), names.has(row.name));
  }
  return tallies;
}

function add(tally: Tally, chunks: SizedChunk[], headMs: number | undefined, configured: boolean): void {
  const inOrder = chunks.filter(({ late }) => late === 0).sort((a, b) => a.start - b.start || a.n - b.n);
  const late = chunks.filter(({ late: isLate }) => isLate === 1).sort((a, b) => a.n - b.n);
  const queue: Queue["chunks"] = [];
  for (const [i, chunk] of inOrder.entries()) {
    // As they come to be the oldest ones: late ones that end before it go first.
    while (late[0] && late[0].start + late[0].span < chunk.start) {
      queue.push({ chunk: late[0], nextMs: chunk.start });
      late.shift();
    }
    queue.push({ chunk, nextMs: inOrder[i + 1]?.start ?? headMs });
  }
  for (const chunk of late) queue.push({ chunk, nextMs: headMs });
  tally.queues.push({ chunks: queue, configured, at: 0 });
  tally.series++;
  for (const { count, bytes, start } of chunks) {
    tally.samples += count;
    tally.bytes += bytes;
    tally.oldestMs = Math.min(tally.oldestMs, start);
  }
}

function judged(group: KeepGroup | undefined, tally: Tally, limits: KeepLimits, nowMs: number): DryGroup {
  const byAge = { samples: 0, bytes: 0 };
  const bySize = { samples: 0, bytes: 0 };
  for (const queue of tally.queues) {
    for (let oldest = oldestOf(queue); oldest && group?.ageMs !== undefined; oldest = oldestOf(queue)) {
      if (!mayGoByAge(oldest, nowMs - group.ageMs, limits)) break;
      count(byAge, queue);
    }
  }
  let excess = group?.sizeBytes === undefined ? 0 : tally.bytes - byAge.bytes - group.sizeBytes;
  while (excess > 0) {
    const queue = oldestQueue(tally.queues, limits);
    if (!queue) break;
    excess -= count(bySize, queue);
  }
  const { series, samples, bytes, oldestMs } = tally;
  return {
    id: group?.id,
    series,
    samples,
    bytes,
    oldestMs: Number.isFinite(oldestMs) ? oldestMs : undefined,
    byAge,
    bySize,
  };
}

function oldestOf({ chunks, at, configured }: Queue) {
  const found = chunks[at];
  return found && { id: found.chunk.id, endMs: found.chunk.start + found.chunk.span, nextMs: found.nextMs, configured };
}

function oldestQueue(queues: readonly Queue[], limits: KeepLimits): Queue | undefined {
  let best: Queue | undefined;
  let bestMs = Number.POSITIVE_INFINITY;
  for (const queue of queues) {
    const oldest = oldestOf(queue);
    if (!oldest || oldest.endMs >= bestMs || !mayGoBySize(oldest, limits)) continue;
    best = queue;
    bestMs = oldest.endMs;
  }
  return best;
}

function count(into: { samples: number; bytes: number }, queue: Queue): number {
  const chunk = queue.chunks[queue.at++]?.chunk;
  into.samples += chunk?.count ?? 0;
  into.bytes += chunk?.bytes ?? 0;
  return chunk?.bytes ?? Number.POSITIVE_INFINITY;
}
