import { expect, test } from "vitest";
import { mostTags } from "./hash-state.ts";
import { trendKey } from "./trend-keys.ts";
import { TrendPage } from "./trend-page.svelte.ts";
import { windowOf } from "./trend-window.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const hour = 3_600_000;
const key = (page: TrendPage, name: string, more: KeyboardEventInit = {}) =>
  trendKey(page, new KeyboardEvent("keydown", { key: name, ...more }), windowOf(page.view, nowMs), nowMs);

function opened(query: string): TrendPage {
  const page = new TrendPage();
  page.adopt(query);
  return page;
}

test("reset goes back to the range that was chosen, not to the zoom before", () => {
  const page = opened("tags=a/b&span=8h");
  page.zoom("closer", nowMs);
  page.zoom("closer", nowMs);
  expect(page.view).toEqual({ kind: "live", spanMs: 2 * hour });
  expect(page.isZoomed).toBe(true);
  page.reset();
  expect(page.view).toEqual({ kind: "live", spanMs: 8 * hour });
  expect(page.isZoomed).toBe(false);
});

test("writes the address once for each change and does not take its own writing for another's", () => {
  const page = opened("tags=a/b&span=8h");
  expect(page.changed()).toBeUndefined();
  page.toggle("a/c");
  const query = page.changed() ?? "";
  expect(query).toBe("tags=a/b,a/c&span=8h");
  expect(page.changed()).toBeUndefined();
  page.zoom("closer", nowMs);
  page.adopt(query);
  expect(page.view).toEqual({ kind: "live", spanMs: 4 * hour });
});

test("comes back with what was looked at last", () => {
  const before = opened("tags=a/b&span=24h");
  before.changed();
  expect(opened("").tags).toEqual(["a/b"]);
});

test("takes no more tags than the gateway answers", () => {
  const page = opened("tags=a/b");
  for (let n = 0; n < 100; n++) page.toggle(`a/t${n}`);
  expect(page.tags).toHaveLength(mostTags);
  page.toggle("a/b");
  expect(page.tags).not.toContain("a/b");
});

test("arrows move the cursor over the window and not out of it", () => {
  const page = opened("tags=a/b&span=1h");
  expect(key(page, "ArrowLeft")).toBe(true);
  expect(page.pinnedMs).toBe(nowMs - hour / 200);
  key(page, "ArrowLeft", { shiftKey: true });
  expect(page.pinnedMs).toBe(nowMs - (11 * hour) / 200);
  key(page, "Home");
  key(page, "ArrowLeft");
  expect(page.pinnedMs).toBe(nowMs - hour);
  key(page, "End");
  key(page, "ArrowRight");
  expect(page.pinnedMs).toBe(nowMs);
});

test("zoom, pan, follow and Esc have their keys; the rest belongs to others", () => {
  const page = opened("tags=a/b&span=1h");
  key(page, "+");
  expect(page.view).toEqual({ kind: "live", spanMs: hour / 2 });
  key(page, "PageUp");
  expect(page.view.kind).toBe("fixed");
  key(page, "L");
  expect(page.view).toEqual({ kind: "live", spanMs: hour / 2 });
  key(page, "Home");
  expect(key(page, "Escape")).toBe(true);
  expect(key(page, "Escape")).toBe(false);
  expect(key(page, "g")).toBe(false);
  expect(key(page, "+", { ctrlKey: true })).toBe(false);
});

test("a link to a live window leads to what is seen now, with the comparison", () => {
  const page = opened("tags=a/b&span=8h&compare=day");
  expect(page.comparison).toBe("day");
  const shared = opened(page.fixedQuery(nowMs));
  expect(shared.view).toEqual({ kind: "fixed", fromMs: nowMs - 8 * hour, toMs: nowMs });
  expect(shared.comparison).toBe("day");
});
