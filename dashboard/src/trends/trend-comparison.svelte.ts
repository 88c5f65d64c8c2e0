import { NoAnswer, Refusal } from "../api/client.ts";
import type { HistoryAnswer, TagView } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";
import { type Ask, askNumbers } from "./ask.ts";
import { shifted } from "./compare.ts";
import { aligned, intervalFor } from "./intervals.ts";
import type { LaneSeries } from "./lane-series.ts";
import { type Figures, figuresOf, insideOf, type PenData, penOf } from "./pen.ts";
import type { TrendWindow } from "./trend-window.ts";
import { WindowFigures } from "./window-figures.ts";

/** A window, and how far back the one lies that it is compared with; undefined: it is compared with none. */
export interface Compared {
  readonly tags: readonly TagView[];
  readonly window: TrendWindow;
  /** Buckets in the window. */
  readonly points: number;
  readonly shiftMs: number | undefined;
  readonly nowMs: number;
}

/** The other window of a lane, laid over this one. */
export interface Ghost {
  readonly pen: PenData;
  readonly figures: Figures | undefined;
}

interface Fetched {
  readonly key: string;
  readonly covered: TrendWindow;
  readonly series: ReadonlyMap<string, LaneSeries>;
}

const settleMs = 200;
const timeoutMs = 30_000;
/** Fetched beyond the end of the window, as a share of it, so that a live one is not asked for with each step. */
const ahead = 0.1;
/** By then what was sampled in a window stands in the history. */
const writtenMs = 10_000;

/** Exact figures of a window that is over, and the window that it is compared with. */
export class TrendComparison {
  /** Rises when something came. */
  revision = $state(0);
  error = $state.raw<Refusal | NoAnswer | undefined>(undefined);
  readonly #own = new WindowFigures();
  readonly #other = new WindowFigures();
  #fetched: Fetched | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  #failed: string | undefined;
  #wanted: Compared | undefined;
  #running = false;

  /** Asks for what is missing, once the window has stood still for a moment. */
  want(wanted: Compared): void {
    this.#wanted = wanted;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(wanted), settleMs);
  }

  retry(): void {
    this.#failed = undefined;
    if (this.#wanted) this.want(this.#wanted);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  /** Of exactly this window, where it is over and they are here. */
  figures(tag: string, window: TrendWindow): Figures | undefined {
    void this.revision;
    return this.#own.of(tag, window);
  }

  ghost(tag: string, window: TrendWindow, shiftMs: number): Ghost | undefined {
    void this.revision;
    const series = this.#fetched?.series.get(tag);
    const other = shifted(window, shiftMs);
    if (!series || !this.#covers(other)) return undefined;
    const steps = series.within(other);
    const [x, y] = penOf(steps, series.intervalMs, other.toMs);
    const figures = this.#other.of(tag, other) ?? figuresOf(insideOf(steps, other));
    return { pen: [x.map((atMs) => atMs + shiftMs), y], figures };
  }

  #covers({ fromMs, toMs }: TrendWindow): boolean {
    const covered = this.#fetched?.covered;
    return covered !== undefined && covered.fromMs <= fromMs && covered.toMs >= toMs;
  }

  async #load(wanted: Compared): Promise<void> {
    if (this.#running || this.#failed === keyOf(wanted)) return;
    this.#running = true;
    const abort = new AbortController();
    this.#abort = abort;
    const ask: Ask = (query) =>
      session.call<HistoryAnswer>(`/history?${new URLSearchParams(query)}`, { signal: abort.signal, timeoutMs });
    try {
      if (await this.#ask(ask, wanted)) this.revision += 1;
      this.error = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.error = error;
      this.#failed = keyOf(wanted);
    } finally {
      this.#running = false;
    }
    // The page has gone on while this was asked.
    if (this.#wanted && keyOf(this.#wanted) !== keyOf(wanted)) this.want(this.#wanted);
  }

  /** True where something new came. */
  async #ask(ask: Ask, wanted: Compared): Promise<boolean> {
    const { tags, window, shiftMs, nowMs } = wanted;
    const isOver = window.toMs + writtenMs <= nowMs;
    let came = isOver && (await this.#own.want(ask, tags, window));
    if (shiftMs === undefined) return came;
    const other = shifted(window, shiftMs);
    if (isOver && (await this.#other.want(ask, tags, other))) came = true;
    return (await this.#fetch(ask, wanted, other)) || came;
  }

  async #fetch(ask: Ask, { tags, window, points, nowMs }: Compared, other: TrendWindow): Promise<boolean> {
    const spanMs = window.toMs - window.fromMs;
    const intervalMs = intervalFor(spanMs, points);
    const key = `${tags.map((tag) => tag.tag).join()} ${intervalMs}`;
    if (this.#fetched?.key === key && this.#covers(other)) return false;
    const wide = aligned({ fromMs: other.fromMs, toMs: other.toMs + ahead * spanMs }, intervalMs);
    const covered = { fromMs: wide.fromMs, toMs: Math.max(other.toMs, Math.min(wide.toMs, Math.ceil(nowMs))) };
    const series = await askNumbers(ask, tags, { window: covered, intervalMs });
    this.#fetched = { key, covered, series };
    return true;
  }
}

function keyOf({ tags, window, shiftMs, points }: Compared): string {
  return `${tags.map((tag) => tag.tag).join()} ${window.fromMs} ${window.toMs} ${shiftMs} ${points}`;
}
