import { expect, test } from "vitest";
import { between, momentAt, panned, shareOf, spanLimits, type TrendView, windowOf, zoomed } from "./trend-window.ts";

const now = 1_000_000_000;
const hour = 3_600_000;
const fixed: TrendView = { kind: "fixed", fromMs: now - 10 * hour, toMs: now - 6 * hour };

test("a live view ends now, whenever that is", () => {
  const view: TrendView = { kind: "live", spanMs: hour };
  expect(windowOf(view, now)).toEqual({ fromMs: now - hour, toMs: now });
  expect(windowOf(view, now + 5)).toEqual({ fromMs: now + 5 - hour, toMs: now + 5 });
});

test("zooming a live view goes on following", () => {
  expect(zoomed({ kind: "live", spanMs: hour }, 0.5, now - hour, now)).toEqual({ kind: "live", spanMs: hour / 2 });
});

test.each([0.5, 2, 0.1])("zooming by %d keeps what lies under the pointer in its place", (factor) => {
  const at = now - 9 * hour;
  const after = zoomed(fixed, factor, at, now);
  expect(shareOf(at, windowOf(after, now))).toBeCloseTo(0.25, 6);
});

test("does not zoom closer or wider than the limits", () => {
  const close = windowOf(zoomed(fixed, 1e-9, now - 8 * hour, now), now);
  expect(close.toMs - close.fromMs).toBe(spanLimits.leastMs);
  const wide = windowOf(zoomed(fixed, 1e9, now - 8 * hour, now), now);
  expect(wide.toMs - wide.fromMs).toBe(spanLimits.mostMs);
});

test("does not zoom into the future", () => {
  expect(windowOf(zoomed(fixed, 10, now - 6 * hour, now), now).toMs).toBeLessThanOrEqual(now);
});

test("moving a live view into the past stops it, and moving to the edge makes it follow again", () => {
  const past = panned({ kind: "live", spanMs: hour }, -0.25, now);
  expect(past).toEqual({ kind: "fixed", fromMs: now - 1.25 * hour, toMs: now - 0.25 * hour });
  expect(panned(past, 0.25, now)).toEqual({ kind: "live", spanMs: hour });
});

test("a live view cannot be moved later", () => {
  const view: TrendView = { kind: "live", spanMs: hour };
  expect(panned(view, 0.25, now)).toBe(view);
});

test.each([
  [now - 4 * hour, now - 3 * hour],
  [now - 3 * hour, now - 4 * hour],
])("a selection means the same in either direction", (one, other) => {
  expect(between(one, other, now)).toEqual({ kind: "fixed", fromMs: now - 4 * hour, toMs: now - 3 * hour });
});

test("a selection of nearly nothing is widened to the least span around it", () => {
  const { fromMs, toMs } = windowOf(between(now - hour, now - hour + 1, now), now);
  expect(toMs - fromMs).toBe(spanLimits.leastMs);
  expect((fromMs + toMs) / 2).toBeCloseTo(now - hour, -1);
});

test("shares and moments are each other's inverse", () => {
  const window = { fromMs: 100, toMs: 300 };
  expect(momentAt(shareOf(250, window), window)).toBe(250);
});
