import { createHash } from "node:crypto";
import { allows, type Caller, visibleHistory } from "../../core/access/policy.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { namedAggregates } from "../../core/history/aggregate-names.ts";
import type { HistoryAnswer, HistoryPoint, HistoryStatistics, StorageReport } from "../../core/history-port.ts";
import type { Plant } from "../../core/plant.ts";
import type { AuditEntry, StoredAuditEntry } from "../../core/records-port.ts";
import type { SampleBatch } from "../../core/sample.ts";
import type {
  AuditAnswer,
  AuditQuestion,
  AuditReading,
  HistoryInput,
  HistoryReading,
} from "../../services/use-cases.ts";

/** An audit in memory, newest first when read. */
export class MemoryAudit implements AuditReading, AuditWriter {
  readonly entries: StoredAuditEntry[] = [];
  /** While true, nothing can be written that waits for it. */
  broken = false;
  readonly #listeners = new Set<() => void>();

  async append(entry: AuditEntry): Promise<void> {
    if (this.broken) throw new PlanciaError("store/unavailable", "audit full");
    this.note(entry);
  }

  note(entry: AuditEntry): void {
    const hash = createHash("sha256").update(JSON.stringify(entry)).digest("hex");
    this.entries.push({ ...entry, n: this.entries.length + 1, hash });
  }

  available(): boolean {
    return !this.broken;
  }

  state() {
    return { available: !this.broken, waiting: 0, dropped: 0 };
  }

  /** What breaks or mends it; whoever follows hears of it. */
  turn(broken: boolean): void {
    this.broken = broken;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async list(caller: Caller, filter: AuditQuestion): Promise<AuditAnswer> {
    if (!allows(caller, "audit:read")) throw new PlanciaError("auth/forbidden", "Not in your role.");
    const { next = Number.POSITIVE_INFINITY, limit, action, equipment, who, fromMs, toMs } = filter;
    const entries = this.entries
      .filter((entry) => entry.n < next)
      .filter((entry) => action === undefined || entry.action === action)
      .filter((entry) => equipment === undefined || entry.equipment === equipment)
      .filter((entry) => who === undefined || entry.who === who)
      .filter((entry) => entry.at >= (fromMs ?? entry.at) && entry.at < (toMs ?? Number.POSITIVE_INFINITY))
      .reverse()
      .slice(0, limit);
    return { entries, next: entries.length < limit ? undefined : entries.at(-1)?.n };
  }

  async export(caller: Caller) {
    const { entries } = await this.list(caller, { limit: 1_000 });
    async function* lines() {
      for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
    }
    return lines();
  }

  async anchors(caller: Caller) {
    await this.list(caller, { limit: 1 });
    return { pem: "", anchors: [], next: undefined };
  }

  async verify(caller: Caller) {
    await this.list(caller, { limit: 1 });
    return { ok: true, count: this.entries.length, head: "", anchors: 0 } as const;
  }
}

/** Raw samples in memory, paged by position; aggregates give the last of each bucket. */
export class MemoryHistory implements HistoryReading {
  readonly points = new Map<string, HistoryPoint[]>();
  readonly #plant: Plant;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  record(batch: SampleBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const name = this.#plant.tags[batch.handles[row] as number]?.name ?? "";
      const point = [
        batch.sourceTimes[row] as number,
        batch.values[row] ?? null,
        batch.statuses[row] as number,
      ] as const;
      const known = this.points.get(name);
      if (known) known.push(point);
      else this.points.set(name, [point]);
    }
  }

  async query(caller: Caller, input: HistoryInput): Promise<HistoryAnswer> {
    const series = input.tags.map((name) => ({ tag: name, points: this.#pointsOf(caller, name, input) }));
    if (input.aggregate !== "raw") return { series: series.map((one) => buckets(one, input)) };
    const start = Number(input.next ?? 0);
    const rows = series.flatMap(({ tag, points }) => points.map((point) => ({ tag, point })));
    const page = rows.slice(start, start + input.limit);
    const end = start + page.length;
    return {
      series: input.tags.map((tag) => ({ tag, points: page.filter((row) => row.tag === tag).map((row) => row.point) })),
      next: end < rows.length ? String(end) : undefined,
    };
  }

  statistics(): HistoryStatistics {
    const points = [...this.points.values()].reduce((sum, one) => sum + one.length, 0);
    const none = {
      samplesDropped: 0,
      queued: 0,
      commits: 0,
      bytesOnDisk: 0,
      lastCommitMs: undefined,
      fault: undefined,
    };
    return { ...none, samplesCommitted: points, points, damage: [] };
  }

  async storage(): Promise<StorageReport> {
    const { points } = this.statistics();
    const group = { samples: points, bytes: 2 * points, bytesPerDay: 48 * points, oldestMs: Date.UTC(2026, 0, 1) };
    return {
      ...{ groups: [{ id: undefined, series: this.points.size, ...group }], counted: true, points },
      ...{ bytesOnDisk: 3 * points, reusableBytes: 0, fullInDays: Number.POSITIVE_INFINITY },
      disk: { freeBytes: 1e9, totalBytes: 2e9 },
    };
  }

  #pointsOf(caller: Caller, name: string, { startMs, endMs }: HistoryInput): HistoryPoint[] {
    const tag = this.#plant.tags.find((each) => each.name === name);
    const windows = tag ? visibleHistory(caller, tag.equipment, startMs, endMs) : [];
    if (windows.length === 0) throw new PlanciaError("request/not-found", "No such tag.");
    const points = this.points.get(name) ?? [];
    return points.filter(([at]) => windows.some(([from, to]) => from <= at && at < to));
  }
}

function buckets(
  series: { tag: string; points: HistoryPoint[] },
  { startMs, endMs, intervalMs, aggregate: asked }: HistoryInput,
) {
  const [aggregate] = typeof asked === "string" ? (namedAggregates(asked) ?? []) : asked;
  const width = intervalMs ?? endMs - startMs;
  const last = new Map<number, HistoryPoint>();
  for (const point of series.points) {
    const bucket = startMs + Math.floor((point[0] - startMs) / width) * width;
    last.set(bucket, [bucket, point[1], point[2]]);
  }
  return { tag: series.tag, aggregate, points: [...last.values()] };
}
