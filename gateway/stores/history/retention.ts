import {
  daysUntilFull,
  type KeepLimits,
  type KeepSettings,
  mayGoByAge,
  mayGoBySize,
  type OldestChunk,
} from "../../core/history/retention.ts";
import type { DiskSpace, RetentionState } from "../../core/history-port.ts";
import { ChunkInventory, type GroupStock } from "./chunk-inventory.ts";
import type { Feeds } from "./feed.ts";
import type { HistoryFile, SizedChunk } from "./history-file.ts";
import type { GoneRow } from "./rows.ts";
import type { Series } from "./series.ts";

/** Of one slice, a few milliseconds between two commits. */
const slice = { series: 64, chunks: 128, vacuumPages: 512 } as const;
const passMs = 60_000;
/** With less nothing can be said of what the file needs around the samples. */
const leastPacked = 1e6;
/** Free pages that stay in the file for what comes, of which the rest goes back to the file system. */
const slack = { pages: 32, part: 0.02 } as const;

export type RetireReason = "age" | "size" | "disk";

export interface RetentionSources {
  readonly file: HistoryFile;
  readonly all: ReadonlyMap<number, Series>;
  /** Ids of series whose tags are in the configuration. */
  readonly configured: ReadonlySet<number>;
  readonly feeds: Feeds | undefined;
  readonly space: () => DiskSpace | undefined;
  readonly warn: (message: string) => void;
}

interface Oldest {
  /** undefined: all are gone. */
  readonly chunk: SizedChunk | undefined;
  /** Start of the next chunk in order of time; undefined: there was none. */
  readonly nextChunkMs: number | undefined;
  readonly chunks: number;
  readonly lates: number;
}

interface Retired {
  readonly chunk: SizedChunk;
  readonly nextMs: number | undefined;
  readonly reason: RetireReason;
  readonly unsent: boolean;
}

/** Samples taken out since the start of the gateway; it outlives an opening of the file. */
export class RetiredCounts {
  readonly samples: Record<RetireReason, number> = { age: 0, size: 0, disk: 0 };
  unsent = 0;
}

/**
 * Takes the oldest chunks out, as the rules have it: by age, by the size of a group, and by what the disk allows. Each
 * slice is one transaction that deletes chunks and writes down which numbers are gone, so that a kill leaves a whole file.
 */
export class Retention {
  readonly #settings: KeepSettings;
  readonly #sources: RetentionSources;
  readonly #counts: RetiredCounts;
  readonly #inventory: ChunkInventory;
  readonly #oldest = new Map<number, Oldest | undefined>();
  readonly #turns: readonly Series[];
  /** False: there is no rule, and chunks are only counted. */
  readonly #hasRules: boolean;
  #turn = 0;
  #isPassing = false;
  #passBeganMs = Number.NEGATIVE_INFINITY;
  /** All series have been looked at once, so that the oldest of all is known. */
  #isKnown = false;
  #overLimit = false;
  #fullInDays: number | undefined;
  #outlookMs = Number.NEGATIVE_INFINITY;
  #warnedUnsent = false;

  constructor(settings: KeepSettings, sources: RetentionSources, counts: RetiredCounts) {
    this.#settings = settings;
    this.#sources = sources;
    this.#counts = counts;
    this.#inventory = new ChunkInventory(sources.file, sources.all, settings.groups);
    this.#turns = [...sources.all.values()];
    const { groups, disk } = settings;
    this.#hasRules = groups.length > 0 || disk.sizeBytes !== undefined || disk.freeBytes !== undefined;
  }

  /** One slice. @returns whether there is more to do at once. @throws SQLite errors; nothing has changed then. */
  step(nowMs: number, believedMs = nowMs): boolean {
    if (!this.#inventory.isWhole || this.#turn === 0) this.#inventory.scan();
    this.#lookAhead(nowMs);
    if (!this.#hasRules) return !this.#inventory.isWhole;
    const retired: Retired[] = [];
    const gone = new Map<number, GoneRow>();
    const { file } = this.#sources;
    file.transaction(() => {
      const take = (series: Series, reason: RetireReason, unsent: boolean) =>
        retired.push(this.#take(series, gone, reason, unsent));
      this.#byAge(nowMs, believedMs, retired, take);
      if (this.#isKnown && retired.length === 0) this.#bySize(retired, take);
      if (this.#isKnown && retired.length === 0) this.#byDisk(retired, take);
      for (const row of gone.values()) file.writeGone(row);
    });
    this.#confirm(retired, gone);
    const vacuumed = retired.length === 0 && this.#vacuum();
    return !this.#inventory.isWhole || this.#isPassing || retired.length > 0 || vacuumed;
  }

  #lookAhead(nowMs: number): void {
    if (!this.#inventory.isWhole || Math.abs(nowMs - this.#outlookMs) < passMs) return;
    this.#outlookMs = nowMs;
    const { groups, disk } = this.#settings;
    const space = this.#sources.space();
    if (!space) return;
    const { used, free } = this.#sources.file.pageBytes();
    const stocks = this.#inventory.stocks(nowMs);
    const packed = stocks.reduce((sum, { bytes }) => sum + bytes, 0);
    // What the file needs around the packed samples comes with them.
    const around = packed < leastPacked ? 1 : Math.max(1, used / packed);
    const room = Math.min(space.freeBytes + free - (disk.freeBytes ?? 0), (disk.sizeBytes ?? Infinity) - used);
    const growths = stocks.map((stock) => {
      const { ageMs, sizeBytes } = groups.find(({ id }) => id === stock.id) ?? {};
      return { ...stock, ageMs, sizeBytes };
    });
    this.#fullInDays = daysUntilFull(growths, room / around, nowMs);
  }

  #limits(): KeepLimits {
    const { feeds, file } = this.#sources;
    return { newestId: file.newestChunkId(), sentThrough: feeds?.sentThrough ?? Number.POSITIVE_INFINITY };
  }

  #byAge(
    nowMs: number,
    believedMs: number,
    retired: readonly Retired[],
    take: (series: Series, reason: RetireReason, unsent: boolean) => void,
  ): void {
    if (!this.#isPassing) {
      if (Math.abs(nowMs - this.#passBeganMs) < passMs) return;
      this.#passBeganMs = nowMs;
      this.#isPassing = true;
    }
    const limits = this.#limits();
    const end = Math.min(this.#turns.length, this.#turn + slice.series);
    for (; this.#turn < end && retired.length < slice.chunks; this.#turn++) {
      const series = this.#turns[this.#turn] as Series;
      const { ageMs } = this.#inventory.groupOf(series.row.id) ?? {};
      for (let oldest = this.#look(series); oldest && ageMs !== undefined; oldest = this.#look(series)) {
        if (!mayGoByAge(oldest, believedMs - ageMs, limits)) break;
        take(series, "age", false);
        // The rest of this series has its turn with the next slice.
        if (retired.length >= slice.chunks) return;
      }
    }
    if (this.#turn < this.#turns.length) return;
    this.#turn = 0;
    this.#isPassing = false;
    this.#isKnown = true;
  }

  #bySize(retired: readonly Retired[], take: (series: Series, reason: RetireReason, unsent: boolean) => void): void {
    if (!this.#inventory.isWhole) return;
    const limits = this.#limits();
    for (const group of this.#settings.groups) {
      if (group.sizeBytes === undefined) continue;
      const isMember = (series: Series) => this.#inventory.groupOf(series.row.id) === group;
      let excess = this.#inventory.bytesOf(group) - group.sizeBytes;
      while (excess > 0 && retired.length < slice.chunks) {
        const series = this.#victim(limits, isMember);
        if (!series) break;
        take(series, "size", false);
        excess -= retired.at(-1)?.chunk.bytes ?? 0;
      }
    }
  }

  #byDisk(retired: readonly Retired[], take: (series: Series, reason: RetireReason, unsent: boolean) => void): void {
    let excess = this.#diskExcess();
    const sent = this.#limits();
    const any = { ...sent, sentThrough: Number.POSITIVE_INFINITY };
    while (excess > 0 && retired.length < slice.chunks) {
      const series = this.#victim(sent) ?? this.#victim(any);
      if (!series) break;
      take(series, "disk", (this.#look(series)?.id ?? 0) > sent.sentThrough);
      excess -= retired.at(-1)?.chunk.bytes ?? 0;
    }
    this.#overLimit = excess > 0 && retired.length === 0;
  }

  /** Bytes by which the file or the disk is too full; 0 and less: it is not. */
  #diskExcess(): number {
    const { sizeBytes, freeBytes } = this.#settings.disk;
    const { used, free } = this.#sources.file.pageBytes();
    const bySize = sizeBytes === undefined ? 0 : used - sizeBytes;
    const space = freeBytes === undefined ? undefined : this.#sources.space();
    const byFree = space === undefined || freeBytes === undefined ? 0 : freeBytes - (space.freeBytes + free);
    return Math.max(bySize, byFree);
  }

  /** The series whose oldest chunk is the oldest of all that may go. */
  #victim(limits: KeepLimits, isMember: (series: Series) => boolean = () => true): Series | undefined {
    let best: Series | undefined;
    let bestMs = Number.POSITIVE_INFINITY;
    for (const series of this.#turns) {
      if (!isMember(series)) continue;
      const oldest = this.#look(series);
      if (!oldest || oldest.endMs >= bestMs || !mayGoBySize(oldest, limits)) continue;
      best = series;
      bestMs = oldest.endMs;
    }
    return best;
  }

  #look(series: Series): (OldestChunk & { readonly chunk: SizedChunk }) | undefined {
    const found = this.#find(series);
    const chunk = found?.chunk;
    if (!found || !chunk) return undefined;
    const nextMs = found.nextChunkMs ?? (series.head.length > 0 ? series.head.samples.times[0] : undefined);
    const configured = this.#sources.configured.has(series.row.id);
    return { chunk, id: chunk.id, endMs: chunk.start + chunk.span, nextMs, configured };
  }

  #find(series: Series): Oldest | undefined {
    const { id, chunks, lates } = series.row;
    const known = this.#oldest.get(id);
    const isFresh = known && (known.nextChunkMs !== undefined || known.chunks === chunks) && known.lates === lates;
    if (isFresh || (chunks === 0 && lates === 0)) return known;
    const { file } = this.#sources;
    const [first, second] = file.oldestChunks(id, 2);
    const late = lates > 0 ? file.firstLateChunk(id) : undefined;
    const lateFirst = late && (first === undefined || late.start + late.span < first.start);
    const chunk = lateFirst ? late : first;
    const nextChunkMs = lateFirst ? first?.start : second?.start;
    const found = { chunk, nextChunkMs, chunks, lates };
    this.#oldest.set(id, found);
    return found;
  }

  /** To be called in a transaction. */
  #take(series: Series, gone: Map<number, GoneRow>, reason: RetireReason, unsent: boolean): Retired {
    const oldest = this.#look(series);
    if (!oldest) throw new RangeError("there is nothing to take out");
    const { chunk, nextMs } = oldest;
    this.#sources.file.deleteChunk(chunk.id);
    const before = gone.get(chunk.series) ?? series.gone;
    const points = before.points + chunk.count;
    const numbers = chunk.late === 1 ? { lates: chunk.n } : { chunks: chunk.n };
    gone.set(chunk.series, { ...before, ...numbers, points });
    this.#oldest.delete(chunk.series);
    return { chunk, nextMs, reason, unsent };
  }

  #confirm(retired: readonly Retired[], gone: ReadonlyMap<number, GoneRow>): void {
    for (const [id, row] of gone) {
      const series = this.#sources.all.get(id);
      if (series) series.gone = row;
    }
    for (const { chunk, nextMs, reason, unsent } of retired) {
      this.#inventory.removed(chunk, nextMs);
      this.#counts.samples[reason] += chunk.count;
      if (unsent) this.#counts.unsent += chunk.count;
    }
    if (this.#warnedUnsent || !retired.some(({ unsent }) => unsent)) return;
    this.#warnedUnsent = true;
    this.#sources.warn("the disk's limit takes history that a server it is forwarded to does not have yet");
  }

  /** @returns whether there was something to give back. */
  #vacuum(): boolean {
    const { used, free, page } = this.#sources.file.pageBytes();
    const kept = Math.max(slack.pages * page, (used + free) * slack.part);
    if (free <= kept) return false;
    this.#sources.file.vacuum(Math.min(slice.vacuumPages, (free - kept) / page));
    return true;
  }

  state(): RetentionState {
    const { samples, unsent } = this.#counts;
    return {
      ...{ retired: { ...samples }, retiredUnsent: unsent, overLimit: this.#overLimit },
      ...{ disk: this.#sources.space(), fullInDays: this.#fullInDays },
    };
  }

  stocks(nowMs: number): { readonly groups: readonly GroupStock[]; readonly isWhole: boolean } {
    return { groups: this.#inventory.stocks(nowMs), isWhole: this.#inventory.isWhole };
  }
}
