import type { TrendPage } from "./trend-page.svelte.ts";
import { momentAt, type TrendWindow } from "./trend-window.ts";

/** Presses of an arrow from one side of the window to the other. */
const stepsAcross = 200;

/** What a key does while the trend has the focus; false: nothing, the key is somebody else's. */
export function trendKey(page: TrendPage, event: KeyboardEvent, window: TrendWindow, nowMs: number): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowRight":
      moveCursor(page, (event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1), window, nowMs);
      return true;
    case "Home":
      page.pinnedMs = Math.round(window.fromMs);
      return true;
    case "End":
      page.pinnedMs = Math.round(Math.min(window.toMs, nowMs));
      return true;
    case "+":
    case "=":
      page.zoom("closer", nowMs);
      return true;
    case "-":
      page.zoom("wider", nowMs);
      return true;
    case "0":
      page.reset();
      return true;
    case "PageUp":
      page.pan("earlier", nowMs);
      return true;
    case "PageDown":
      page.pan("later", nowMs);
      return true;
    case "l":
    case "L":
      page.follow(nowMs);
      return true;
    case "Escape":
      if (page.pinnedMs === undefined) return false;
      page.pinnedMs = undefined;
      return true;
    default:
      return false;
  }
}

function moveCursor(page: TrendPage, by: number, window: TrendWindow, nowMs: number): void {
  const stepMs = (window.toMs - window.fromMs) / stepsAcross;
  const startMs = page.cursorIn(window) ?? momentAt(by < 0 ? 1 : 0, window);
  page.hoverMs = undefined;
  const lastMs = Math.min(window.toMs, nowMs);
  page.pinnedMs = Math.round(Math.min(lastMs, Math.max(window.fromMs, startMs + by * stepMs)));
}
