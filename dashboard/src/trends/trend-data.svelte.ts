import { NoAnswer, Refusal } from "../api/client.ts";
import type { HistoryAnswer, TagView } from "../api/wire.ts";
import { link } from "../live/link.svelte.ts";
import { isGood, type Seen } from "../live/value-state.ts";
import { type LiveValue, values } from "../live/values.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { type Ask, askFirst, askNumbers, askState } from "./ask.ts";
import { aligned, intervalFor } from "./intervals.ts";
import type { Lane } from "./lane.ts";
import { type LaneSeries, toNumber } from "./lane-series.ts";
import { type LaneView, type Loaded, type MoreOfWindow, numberView, stateView } from "./lane-view.ts";
import type { StateSeries } from "./state-runs.ts";
import type { TrendWindow } from "./trend-window.ts";

const settleMs = 150;
const tickMs = 500;
/** Samples of the last seconds are kept, since the history has them a moment later. */
const recentMs = 10_000;
const mostRecent = 2_000;
const timeoutMs = 30_000;

export interface Wanted {
  readonly lanes: readonly Lane[];
  readonly window: TrendWindow;
  /** Buckets in the window: no more than pixels. */
  readonly points: number;
  /** Same as long as the same is wanted, while a live window moves. */
  readonly key: string;
}

interface Stretch {
  readonly window: TrendWindow;
  readonly intervalMs: number;
  /** It ends now. */
  readonly growing: boolean;
}

/** What the lanes of one page know: fetched when the window moves out of it, carried on by live samples. */
export class TrendData {
  error = $state.raw<Refusal | NoAnswer | undefined>(undefined);
  loading = $state(false);
  /** Rises when something new is to be drawn, twice a second at most. */
  revision = $state(0);
  #numbers = new Map<string, Loaded<LaneSeries>>();
  #states = new Map<string, Loaded<StateSeries>>();
  #firsts = new Map<string, number>();
  #recent: (readonly [handle: number, seen: Seen])[] = [];
  #byHandle = new Map<number, Lane>();
  #wanted: Wanted | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  /** The question under way, and the last one that failed: neither is asked again by itself. */
  #asking: string | undefined;
  #failed: string | undefined;
  /** Known from before a loss: shown until its fetch is done. */
  readonly #outdated = new Set<string>();

  /** Listens from now on. Returns what ends it. */
  start(): () => void {
    const end = values.onSample((handle, seen) => this.#sample(handle, seen));
    const ticks = setInterval(() => this.#tick(), tickMs);
    return () => {
      end();
      clearInterval(ticks);
      clearTimeout(this.#timer);
      this.#abort?.abort();
    };
  }

  /** Fetches what is missing for it, once it has stood still for a moment. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#byHandle = new Map(wanted.lanes.map((lane) => [lane.tag.handle, lane]));
    if (!link.live || wanted.key === this.#asking || wanted.key === this.#failed) return;
    if (this.#missing(wanted).length === 0) return;
    this.#asking = wanted.key;
    this.#abort?.abort();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(wanted), settleMs);
  }

  /** What happened while nothing was heard is fetched, not guessed. */
  refetch(): void {
    for (const name of [...this.#numbers.keys(), ...this.#states.keys()]) this.#outdated.add(name);
    this.retry();
  }

  retry(): void {
    this.#failed = undefined;
    this.#asking = undefined;
    if (this.#wanted) this.want(this.#wanted);
  }

  view(lane: Lane, window: TrendWindow, nowMs: number, more?: MoreOfWindow): LaneView {
    void this.revision;
    if (lane.kind === "number") {
      const loaded = this.#numbers.get(lane.tag.tag);
      return loaded ? numberView(lane, loaded, { window, nowMs }, more) : { kind: "loading", lane };
    }
    const loaded = this.#states.get(lane.tag.tag);
    return loaded ? stateView(lane, loaded, window, nowMs) : { kind: "loading", lane };
  }

  #missing({ lanes, window, points }: Wanted): readonly Lane[] {
    const intervalMs = intervalFor(window.toMs - window.fromMs, points);
    const toMs = Math.min(window.toMs, link.exactMs());
    return lanes.filter(({ tag, kind }) => {
      const loaded = kind === "number" ? this.#numbers.get(tag.tag) : this.#states.get(tag.tag);
      if (!loaded || this.#outdated.has(tag.tag) || loaded.covered.fromMs > window.fromMs) return true;
      if (!loaded.growing && loaded.covered.toMs < toMs) return true;
      const whole = this.#states.get(tag.tag)?.series.detail === "every-change";
      return loaded.intervalMs !== intervalMs && !whole;
    });
  }

  async #load(wanted: Wanted): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.loading = true;
    try {
      await this.#fetch(wanted, abort.signal);
      if (!abort.signal.aborted) this.error = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.error = error;
      this.#failed = wanted.key;
    } finally {
      if (this.#abort === abort) {
        this.loading = false;
        this.#asking = undefined;
      }
      this.revision += 1;
    }
  }

  async #fetch(wanted: Wanted, signal: AbortSignal): Promise<void> {
    const ask: Ask = (query) =>
      session.call<HistoryAnswer>(`/history?${new URLSearchParams(query)}`, { signal, timeoutMs });
    const intervalMs = intervalFor(wanted.window.toMs - wanted.window.fromMs, wanted.points);
    const whole = aligned(wanted.window, intervalMs);
    const nowMs = Math.ceil(link.exactMs());
    const window = { fromMs: whole.fromMs, toMs: Math.max(whole.fromMs + 1, Math.min(whole.toMs, nowMs)) };
    const growing = whole.toMs >= nowMs;
    const missing = this.#missing(wanted);
    const stretch = { window, intervalMs, growing };
    const numbers = missing.filter((lane) => lane.kind === "number").map((lane) => lane.tag);
    const states = missing.filter((lane) => lane.kind !== "number").map((lane) => lane.tag);
    await Promise.all([
      this.#fetchNumbers(ask, numbers, stretch),
      ...states.map((tag) => this.#fetchState(ask, tag, stretch)),
    ]);
    if (growing) this.#replay(window.toMs - recentMs);
  }

  async #fetchNumbers(ask: Ask, tags: readonly TagView[], stretch: Stretch): Promise<void> {
    const { window, intervalMs, growing } = stretch;
    const found = await askNumbers(ask, tags, stretch);
    const bare = tags.filter((tag) => found.get(tag.tag)?.at(window.fromMs) === undefined);
    await this.#learnFirsts(ask, bare, window.toMs);
    for (const [name, series] of found) {
      // Asked and nothing found: nothing was ever recorded, so all of it lies before the record.
      const never = bare.some((tag) => tag.tag === name) ? window.toMs : undefined;
      const firstMs = this.#firsts.get(name) ?? never;
      this.#numbers.set(name, { series, covered: window, intervalMs, growing, firstMs });
      this.#outdated.delete(name);
    }
  }

  async #fetchState(ask: Ask, tag: TagView, stretch: Stretch): Promise<void> {
    const { window, intervalMs, growing } = stretch;
    const series = await askState(ask, tag, stretch);
    if ((series.firstMs ?? Number.POSITIVE_INFINITY) > window.fromMs) await this.#learnFirsts(ask, [tag], window.toMs);
    const firstMs = this.#firsts.get(tag.tag);
    this.#states.set(tag.tag, { series, covered: window, intervalMs, growing, firstMs });
    this.#outdated.delete(tag.tag);
  }

  async #learnFirsts(ask: Ask, tags: readonly TagView[], nowMs: number): Promise<void> {
    const unknown = tags.filter((tag) => !this.#firsts.has(tag.tag));
    await Promise.all(
      unknown.map(async (tag) => {
        const firstMs = await askFirst(ask, tag, nowMs);
        if (firstMs !== undefined) this.#firsts.set(tag.tag, firstMs);
      }),
    );
  }

  #replay(sinceMs: number): void {
    for (const [handle, seen] of this.#recent) if (seen.timeMs >= sinceMs) this.#take(handle, seen);
  }

  #sample(handle: number, seen: Seen): void {
    if (!this.#byHandle.has(handle)) return;
    this.#recent.push([handle, seen]);
    if (this.#recent.length > mostRecent) this.#recent.shift();
    this.#take(handle, seen);
  }

  #take(handle: number, seen: Seen): void {
    const tag = this.#byHandle.get(handle)?.tag;
    if (!tag) return;
    const numbers = this.#numbers.get(tag.tag);
    const states = this.#states.get(tag.tag);
    if (numbers?.growing) numbers.series.push(seen.timeMs, isGood(seen.status) ? (toNumber(seen.value) ?? null) : null);
    if (states?.growing) states.series.push(seen);
  }

  /** An unchanged value on a living channel is as good as a new one (R16): it draws on. */
  #tick(): void {
    const nowMs = link.exactMs();
    while ((this.#recent[0]?.[1].timeMs ?? nowMs) < nowMs - recentMs) this.#recent.shift();
    for (const [handle, { tag }] of this.#byHandle) this.#hold(tag, values.of(handle), nowMs);
    this.revision += 1;
  }

  #hold(tag: TagView, { seen, current }: LiveValue, nowMs: number): void {
    if (!seen) return;
    const numbers = this.#numbers.get(tag.tag);
    const states = this.#states.get(tag.tag);
    const believed = link.live && current && isGood(seen.status);
    const value = believed ? toNumber(seen.value) : undefined;
    if (numbers?.growing && value !== undefined) numbers.series.push(nowMs, value);
    else if (numbers?.growing) numbers.series.lose();
    if (states?.growing && believed) states.series.hold(nowMs);
  }
}
