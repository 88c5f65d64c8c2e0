import { expect, test } from "vitest";
import type { ControlView, LeaseChange } from "../api/wire.ts";
import { ControlNewsDesk, concerns } from "./control-news.svelte.ts";

const request = (mine: boolean): ControlView["request"] => ({ user: "L. Conti", mine, answerBefore: "" });
const holder = { mine: true, request: request(false) };
const asker = { mine: false, request: request(true) };
const watcher = { mine: false };

test.each<[LeaseChange, typeof holder | typeof asker | typeof watcher, boolean]>([
  ["forced", watcher, true],
  ["forced", holder, true],
  ["declined", asker, true],
  ["declined", watcher, false],
  ["handed-over", holder, true],
  ["handed-over", asker, true],
  ["handed-over", watcher, false],
  ["expired", holder, true],
  ["ended", holder, true],
  ["ended", watcher, false],
  ["taken", watcher, false],
  ["released", holder, false],
  ["requested", holder, false],
  ["withdrawn", holder, false],
])("R41: %s is told to those it concerns (%#)", (change, before, told) => {
  expect(concerns({ change }, before)).toBe(told);
});

test("R41: silence is told to who asked, and only there", () => {
  expect(concerns({ change: "withdrawn", reason: "unanswered" }, asker)).toBe(true);
  expect(concerns({ change: "withdrawn", reason: "unanswered" }, holder)).toBe(false);
});

test("keeps the newest of a machine until it is put away", () => {
  const news = new ControlNewsDesk();
  const event = {
    kind: "lease",
    equipment: "press",
    change: "forced",
    holder: "G. Bianchi",
    reason: "Fire drill",
  } as const;
  news.take(event, holder, 5);
  expect(news.of("press")).toMatchObject({ change: "forced", holder: "G. Bianchi", reason: "Fire drill", atMs: 5 });
  news.take({ ...event, change: "released", holder: null }, watcher, 6);
  expect(news.of("press")?.change).toBe("forced");
  news.take({ ...event, change: "taken" }, watcher, 7);
  expect(news.of("press")).toBeUndefined();
  news.take(event, holder, 8);
  news.putAway("press");
  expect(news.of("press")).toBeUndefined();
});

test("R40: is told to who had it, though the machine was asked for before the event was heard", () => {
  const news = new ControlNewsDesk();
  const event = { kind: "lease", equipment: "press", change: "expired", holder: null } as const;
  news.saw([{ id: "press", control: holder }]);
  news.saw([{ id: "press", control: watcher }]);
  news.take(event, watcher, 5_000);
  expect(news.of("press")).toMatchObject({ change: "expired", atMs: 5_000 });
  // Once: the next one's end is not his.
  news.putAway("press");
  news.take(event, watcher, 6_000);
  expect(news.of("press")).toBeUndefined();
});

test("what was missed makes nobody's control end here", () => {
  const news = new ControlNewsDesk();
  news.saw([{ id: "press", control: holder }]);
  news.missed();
  news.take({ kind: "lease", equipment: "press", change: "expired", holder: null }, watcher, 5_000);
  expect(news.of("press")).toBeUndefined();
});
