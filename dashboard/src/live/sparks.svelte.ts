import type { HistoryAnswer, TagView } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";
import { link } from "./link.svelte.ts";
import { SparkSeries } from "./spark.ts";
import { isGood } from "./value-state.ts";
import { values } from "./values.svelte.ts";

const numeric = new Set(["sbyte", "byte", "int16", "uint16", "int32", "uint32", "float", "double"]);
const holdMs = 2_000;

export function hasSpark(tag: TagView): boolean {
  return numeric.has(tag.type) && tag.texts === undefined;
}

/** The last hour of every tag that a page shows. */
class Sparks {
  readonly #series = new Map<number, SparkSeries>();
  /** Rises when a series has a new point, at most every two seconds. */
  #revision = $state(0);
  #ends: (() => void)[] = [];

  start(): void {
    const timer = setInterval(() => this.#hold(), holdMs);
    this.#ends = [
      () => clearInterval(timer),
      values.onSample((handle, seen) => {
        if (typeof seen.value === "number" && isGood(seen.status)) {
          this.#series.get(handle)?.push(seen.timeMs, seen.value);
        } else this.#series.get(handle)?.push(seen.timeMs, null);
      }),
    ];
  }

  stop(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#series.clear();
  }

  of(handle: number): SparkSeries | undefined {
    void this.#revision;
    return this.#series.get(handle);
  }

  /** Fetches the last hour of those tags that are not known yet. */
  async want(tags: readonly TagView[]): Promise<void> {
    const missing = tags.filter((tag) => hasSpark(tag) && !this.#series.has(tag.handle));
    if (missing.length === 0 || !session.may("history:read")) return;
    for (const tag of missing) this.#series.set(tag.handle, new SparkSeries());
    await this.#fill(missing);
  }

  /** After a loss: what happened meanwhile is fetched, not guessed. */
  async refill(tags: readonly TagView[]): Promise<void> {
    for (const tag of tags) this.#series.delete(tag.handle);
    await this.want(tags);
  }

  async #fill(tags: readonly TagView[]): Promise<void> {
    const { stepMs, spanMs } = new SparkSeries();
    const endMs = Math.floor(link.nowMs / stepMs) * stepMs;
    const query = new URLSearchParams({
      tags: tags.map((tag) => tag.tag).join(","),
      start: new Date(endMs - spanMs).toISOString(),
      end: new Date(endMs).toISOString(),
      aggregate: "minimum,maximum,last",
      points: String(spanMs / stepMs),
    });
    try {
      const answer = await session.call<HistoryAnswer>(`/history?${query}`);
      for (const tag of tags) {
        const own = answer.series.filter((series) => series.tag === tag.tag);
        const points = (name: string) => own.find(({ aggregate }) => aggregate === name)?.points ?? [];
        this.#series.get(tag.handle)?.seed(points("minimum"), points("maximum"), points("last"));
      }
      this.#revision += 1;
    } catch {
      // Without history the line grows from now on; the page shows no less than it knows.
      this.#revision += 1;
    }
  }

  /** An unchanged value on a living channel is as good as a new one (R16): it draws on. */
  #hold(): void {
    if (link.live) {
      for (const [handle, series] of this.#series) {
        const value = values.of(handle);
        if (value.current && value.seen && isGood(value.seen.status) && typeof value.seen.value === "number") {
          series.push(link.nowMs, value.seen.value);
        }
      }
    }
    this.#revision += 1;
  }
}

export const sparks = new Sparks();
