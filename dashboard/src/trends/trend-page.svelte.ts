import type { Comparison } from "./compare.ts";
import { formatTrendState, mostTags, parseTrendState } from "./hash-state.ts";
import { between, firstView, panned, type TrendView, type TrendWindow, windowOf, zoomed } from "./trend-window.ts";

/** What was last looked at, for coming back by the page's bare address. */
let remembered = "";

const closer = 0.5;
const panShare = 0.25;

/** What one trend page shows: tags, window, cursor. All of it stands in the address. */
export class TrendPage {
  tags = $state.raw<readonly string[]>([]);
  view = $state.raw<TrendView>(firstView);
  comparison = $state<Comparison | undefined>(undefined);
  /** Where the cursor was put; it stays there. */
  pinnedMs = $state<number | undefined>(undefined);
  /** Where the pointer is. */
  hoverMs = $state<number | undefined>(undefined);
  /** What Reset goes back to: the last range that was chosen and not zoomed into. */
  #home = $state.raw<TrendView>(firstView);
  #written = "";

  get cursorMs(): number | undefined {
    return this.hoverMs ?? this.pinnedMs;
  }

  get isZoomed(): boolean {
    return this.view !== this.#home;
  }

  get query(): string {
    return this.#format(this.view);
  }

  /** What a link to this very window carries: a live one stands still there. */
  fixedQuery(nowMs: number): string {
    return this.#format({ kind: "fixed", ...windowOf(this.view, nowMs) });
  }

  #format(view: TrendView): string {
    return formatTrendState({ tags: this.tags, view, cursorMs: this.pinnedMs, comparison: this.comparison });
  }

  /** From the address, unless it is what stands there by our own hand. */
  adopt(query: string): void {
    if (query === this.#written && query !== "") return;
    const state = parseTrendState(query === "" ? remembered : query);
    this.tags = state.tags;
    this.view = state.view;
    this.pinnedMs = state.cursorMs;
    this.comparison = state.comparison;
    this.#home = state.view;
    this.#written = query;
  }

  /** To be written into the address; undefined: it stands there already. */
  changed(): string | undefined {
    const query = this.query;
    remembered = query;
    if (query === this.#written) return undefined;
    this.#written = query;
    return query;
  }

  choose(view: TrendView): void {
    this.view = view;
    this.#home = view;
  }

  reset(): void {
    this.view = this.#home;
  }

  zoom(direction: "closer" | "wider", nowMs: number, atMs?: number): void {
    this.scale(direction === "closer" ? closer : 1 / closer, nowMs, atMs);
  }

  scale(factor: number, nowMs: number, atMs?: number): void {
    const { fromMs, toMs } = windowOf(this.view, nowMs);
    this.view = zoomed(this.view, factor, atMs ?? this.cursorIn({ fromMs, toMs }) ?? (fromMs + toMs) / 2, nowMs);
  }

  select(oneMs: number, otherMs: number, nowMs: number): void {
    this.view = between(oneMs, otherMs, nowMs);
  }

  pan(direction: "earlier" | "later", nowMs: number): void {
    this.panBy(direction === "earlier" ? -panShare : panShare, nowMs);
  }

  panBy(share: number, nowMs: number): void {
    this.view = panned(this.view, share, nowMs);
  }

  follow(nowMs: number): void {
    const { fromMs, toMs } = windowOf(this.view, nowMs);
    this.choose({ kind: "live", spanMs: toMs - fromMs });
  }

  toggle(tag: string): void {
    if (this.tags.includes(tag)) this.tags = this.tags.filter((one) => one !== tag);
    else if (this.tags.length < mostTags) this.tags = [...this.tags, tag];
  }

  cursorIn({ fromMs, toMs }: TrendWindow): number | undefined {
    const atMs = this.cursorMs;
    return atMs !== undefined && atMs >= fromMs && atMs <= toMs ? atMs : undefined;
  }
}
