import { expect, test } from "vitest";
import { formatTrendState, mostTags, parseTrendState, trendHref } from "./hash-state.ts";
import { readRange } from "./range-input.ts";
import { timeTicks } from "./time-ticks.ts";
import { firstView } from "./trend-window.ts";

const hour = 3_600_000;
const noon = Date.UTC(2026, 10, 22, 12);

test.each([
  { tags: ["press/speed", "press/state"], view: { kind: "live", spanMs: 8 * hour }, cursorMs: undefined },
  { tags: ["press/speed"], view: { kind: "live", spanMs: 1_234_000 }, cursorMs: noon },
  { tags: [], view: { kind: "fixed", fromMs: noon, toMs: noon + hour }, cursorMs: noon + 5 },
  { tags: ["a/b"], view: { kind: "live", spanMs: 8 * hour }, cursorMs: undefined, comparison: "week" },
] as const)("what goes into the address comes out of it: %j", (state) => {
  expect(parseTrendState(formatTrendState(state))).toEqual(state);
});

test.each([
  ["", firstView],
  ["span=soon", firstView],
  ["span=1s", firstView],
  ["span=999999d", firstView],
  ["from=2026-11-22T12:00:00Z", firstView],
  ["from=2026-11-22T12:00:00Z&to=2026-11-22T11:00:00Z", firstView],
  ["from=1970-01-01T00:00:00Z&to=2026-11-22T11:00:00Z", firstView],
  ["from=x&to=y&span=8h", { kind: "live", spanMs: 8 * hour }],
])("a link from anywhere cannot break the page: %j", (query, view) => {
  expect(parseTrendState(query).view).toEqual(view);
});

test("compares with nothing that it does not know", () => {
  expect(parseTrendState("tags=a/b&compare=__proto__").comparison).toBeUndefined();
});

test("takes only what can be a tag, each once, and no more than the gateway answers", () => {
  expect(parseTrendState("tags=press/speed,<b>,press/speed,/x,press").tags).toEqual(["press/speed"]);
  const many = Array.from({ length: 80 }, (_, n) => `press/t${n}`).join();
  expect(parseTrendState(`tags=${many}`).tags).toHaveLength(mostTags);
});

test("a link from a machine opens its last hour", () => {
  expect(trendHref(["press/speed"])).toBe("#/trends?tags=press/speed&span=1h");
});

const zone = "Europe/Rome";
const nowMs = Date.UTC(2026, 10, 22, 20);

test.each([
  ["2026-11-22T10:00", "2026-11-22T09:00", "to", "trend.why-order"],
  ["2026-11-23T10:00", "2026-11-23T11:00", "from", "trend.why-future"],
  ["2024-11-22T10:00", "2026-11-22T11:00", "to", "trend.why-long"],
  ["2026-03-29T02:30", "2026-03-29T05:00", "from", "trend.why-time"],
  ["", "2026-03-29T05:00", "from", "trend.why-time"],
])("%s to %s is refused at its field", (from, to, field, why) => {
  expect(readRange(from, to, nowMs, zone)).toEqual({ field, why });
});

test("a range is read in the site's time, the hour that comes twice whole", () => {
  expect(readRange("2026-10-25T02:00", "2026-10-25T03:00", nowMs, zone)).toEqual({
    view: { kind: "fixed", fromMs: Date.UTC(2026, 9, 25, 0), toMs: Date.UTC(2026, 9, 25, 2) },
  });
});

test("ticks are round on the site's clock", () => {
  const day = { fromMs: Date.UTC(2026, 10, 21, 22, 30), toMs: Date.UTC(2026, 10, 22, 22, 30) };
  const ticks = timeTicks(day, 8, zone);
  expect(ticks[0]).toEqual({ atMs: Date.UTC(2026, 10, 21, 23), kind: "day" });
  expect(ticks.length).toBeLessThanOrEqual(9);
});

test("days begin at midnight on both sides of the change of clocks", () => {
  const week = { fromMs: Date.UTC(2026, 9, 22, 12), toMs: Date.UTC(2026, 9, 29, 12) };
  const ticks = timeTicks(week, 8, zone).map(({ atMs }) => new Date(atMs).toISOString().slice(5, 16));
  expect(ticks).toContain("10-24T22:00");
  expect(ticks).toContain("10-25T23:00");
});

test("a short window has ticks with seconds", () => {
  const ticks = timeTicks({ fromMs: noon, toMs: noon + 60_000 }, 8, zone);
  expect(ticks.every(({ kind }) => kind === "seconds")).toBe(true);
});
