import { type Caller, matches, visibleHistory } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import { unitOf } from "../core/history/aggregate-names.ts";
import { type CalendarUnit, calendarBeginMs, calendarEdges, isZone } from "../core/history/calendar.ts";
import type { BucketAggregate, HistoryPoint, RecordedRow } from "../core/history-port.ts";
import type { Plant, Tag } from "../core/plant.ts";
import { auditEntry } from "./audit.ts";
import type { HistoryReading } from "./use-cases.ts";

export interface ExportInput {
  /** Full tag names, `*` for any text. */
  readonly patterns: readonly string[];
  /** Half-open [startMs, endMs), UTC. */
  readonly startMs: number;
  readonly endMs: number;
  /** Instead of every sample. */
  readonly buckets?: ExportBuckets | undefined;
}

export interface ExportBuckets {
  readonly aggregates: readonly BucketAggregate[];
  /** Buckets begin at startMs + k × intervalMs, or as a calendar has them; as many as there are. */
  readonly every: number | { readonly unit: CalendarUnit; readonly zone?: string | undefined };
  /** For durationInState: the value as JSON writes it; undefined: any that is not zero. */
  readonly state?: string | undefined;
}

export interface HistoryExportSettings {
  readonly plant: Plant;
  readonly history: HistoryReading;
  readonly audit: AuditWriter;
  readonly clock: Clock;
}

/** Rows of one page: what is in memory at a time, however much is exported. */
const pageRows = 5_000;
const bucketsAtOnce = 5_000;
/** Calendar buckets of one export: eleven years of hours. */
const mostEdges = 100_000;

/** Recorded samples by the million, or aggregates of them, page by page. */
export class HistoryExport {
  readonly #with: HistoryExportSettings;

  constructor(settings: HistoryExportSettings) {
    this.#with = settings;
  }

  /**
   * Tag after tag, each by time. What is wrong with the question is said before the first row, and
   * the export is on the audit's record by then. @throws PlanciaError request/not-found,
   * history/range, store/unavailable; history/unavailable while the rows are read.
   */
  async rows(caller: Caller, input: ExportInput): Promise<AsyncIterable<readonly RecordedRow[]>> {
    const { startMs, endMs, patterns, buckets } = input;
    if (!(startMs < endMs)) throw new PlanciaError("history/range", "the end must be later than the start");
    assertBuckets(input.buckets);
    const edges = edgesOf(input, this.#with.plant.site.timezone);
    const tags = this.#tags(caller, input);
    const { audit, clock } = this.#with;
    const aggregates = buckets && { aggregates: buckets.aggregates };
    const detail = { patterns, tags: tags.length, ...aggregates };
    await audit.append(exportEntry(caller, clock, { startMs, endMs }, detail));
    return this.#pages(caller, tags, input, edges);
  }

  #tags(caller: Caller, { patterns, startMs, endMs }: ExportInput): readonly Tag[] {
    const visible = this.#with.plant.tags.filter(
      (tag) => tag.record && visibleHistory(caller, tag.equipment, startMs, endMs).length > 0,
    );
    const unmatched = patterns.find((pattern) => !visible.some((tag) => matches(pattern, tag.name)));
    if (unmatched !== undefined || patterns.length === 0)
      throw new PlanciaError("request/not-found", `no recorded tag matches ${unmatched ?? "nothing"}`);
    return visible.filter((tag) => patterns.some((pattern) => matches(pattern, tag.name)));
  }

  async *#pages(caller: Caller, tags: readonly Tag[], input: ExportInput, edges: readonly number[]) {
    for (const { name, unit } of tags) {
      for (const stretch of stretches(input, edges)) {
        let next: string | undefined;
        do {
          const answer = await this.#with.history.query(caller, { tags: [name], ...stretch, limit: pageRows, next });
          for (const { aggregate, points } of answer.series) yield rowsOf({ name, unit, aggregate }, points);
          next = answer.next;
        } while (next !== undefined);
      }
    }
  }
}

interface Named {
  readonly name: string;
  readonly unit: string | undefined;
  readonly aggregate: BucketAggregate | undefined;
}

function rowsOf({ name: tag, unit: own, aggregate }: Named, points: readonly HistoryPoint[]): readonly RecordedRow[] {
  const unit = aggregate === undefined ? own : unitOf(aggregate, own);
  return points.map(([timeMs, value, status]) => ({ tag, aggregate, timeMs, value, status, unit }));
}

/** What is asked at a time: one question has a limit of buckets, an export has none. */
function* stretches({ startMs, endMs, buckets }: ExportInput, edges: readonly number[]) {
  if (!buckets) {
    yield { startMs, endMs, aggregate: "raw" } as const;
    return;
  }
  const { aggregates: aggregate, every, state } = buckets;
  if (typeof every === "number") {
    const spanMs = every * bucketsAtOnce;
    for (let fromMs = startMs; fromMs < endMs; fromMs += spanMs) {
      yield { startMs: fromMs, endMs: Math.min(endMs, fromMs + spanMs), aggregate, intervalMs: every, state };
    }
    return;
  }
  for (let n = 0; n + 1 < edges.length; n += bucketsAtOnce) {
    const [fromMs = startMs, toMs = endMs] = [edges[n], edges[Math.min(n + bucketsAtOnce, edges.length - 1)]];
    yield { startMs: fromMs, endMs: toMs, aggregate, calendar: every, state };
  }
}

/** Of calendar buckets; else none. @throws PlanciaError history/range. */
function edgesOf({ startMs, endMs, buckets }: ExportInput, siteZone: string): readonly number[] {
  if (!buckets || typeof buckets.every === "number") return [];
  const { unit, zone = siteZone } = buckets.every;
  if (!isZone(zone)) throw new PlanciaError("history/range", `there is no zone ${zone}: take one such as Europe/Rome`);
  const edges = startMs < calendarBeginMs ? undefined : calendarEdges({ unit, zone }, { startMs, endMs }, mostEdges);
  if (edges) return edges;
  throw new PlanciaError("history/range", `more than ${mostEdges} intervals, or before 1900: shorten the range`);
}

function assertBuckets(buckets: ExportBuckets | undefined): void {
  if (!buckets) return;
  const { aggregates, every, state } = buckets;
  if (typeof every === "number" && !(every >= 1 && Number.isInteger(every)))
    throw new PlanciaError("history/range", "aggregates need an interval of whole milliseconds, 1 or more");
  if (aggregates.length === 0) throw new PlanciaError("history/range", "at least one aggregate is needed");
  if (state !== undefined && !aggregates.includes("durationInState"))
    throw new PlanciaError("history/range", "a state is for durationInState only");
}

function exportEntry(
  { name: who, address }: Caller,
  clock: Clock,
  { startMs, endMs }: { startMs: number; endMs: number },
  detail: Readonly<Record<string, unknown>>,
) {
  const entry = { at: clock.wallMs(), class: "administration", action: "history.exported", who, address } as const;
  const range = { from: isoTime(startMs), to: isoTime(endMs) };
  return auditEntry({ ...entry, result: "done", detail: { ...detail, ...range } });
}

/** For `UseCases.historyExported`: a download in a browser is an export as well. */
export function exportNotes(audit: Pick<AuditWriter, "append">, clock: Clock) {
  return async (caller: Caller, what: { tags: readonly string[]; startMs: number; endMs: number }): Promise<void> => {
    await audit.append(exportEntry(caller, clock, what, { patterns: what.tags, tags: what.tags.length }));
  };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
