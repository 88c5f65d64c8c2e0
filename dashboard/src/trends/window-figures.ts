import type { TagView } from "../api/wire.ts";
import { type Ask, askFigures } from "./ask.ts";
import type { Figures } from "./pen.ts";
import type { TrendWindow } from "./trend-window.ts";

/**
 * Exact figures of whole windows, asked once: a window that is over does not change. `wanted` is what the page
 * shows now; an answer to anything else comes too late.
 */
export class WindowFigures {
  #known: { readonly key: string; readonly figures: ReadonlyMap<string, Figures> } | undefined;
  #asking: string | undefined;

  /** Undefined: not known (yet). */
  of(tag: string, window: TrendWindow): Figures | undefined {
    return this.#known?.key.startsWith(`${keyOf(window)} `) ? this.#known.figures.get(tag) : undefined;
  }

  /** True where something new came. @throws Refusal, NoAnswer. */
  async want(ask: Ask, tags: readonly TagView[], window: TrendWindow): Promise<boolean> {
    const key = `${keyOf(window)} ${tags.map((tag) => tag.tag).join()}`;
    if (tags.length === 0 || this.#known?.key === key || this.#asking === key) return false;
    this.#asking = key;
    try {
      const figures = await askFigures(ask, tags, window);
      if (this.#asking !== key) return false;
      this.#known = { key, figures };
      return true;
    } finally {
      if (this.#asking === key) this.#asking = undefined;
    }
  }
}

function keyOf({ fromMs, toMs }: TrendWindow): string {
  return `${Math.round(fromMs)}-${Math.round(toMs)}`;
}
