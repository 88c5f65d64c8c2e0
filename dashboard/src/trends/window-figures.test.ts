import { expect, test } from "vitest";
import type { TagView } from "../api/wire.ts";
import type { Ask } from "./ask.ts";
import { WindowFigures } from "./window-figures.ts";

const tags = [{ tag: "a/b" } as TagView];
const window = { fromMs: 0, toMs: 400 };

/** Answers when it is told to. */
function slowHistory() {
  const waiting: (() => void)[] = [];
  const ask: Ask = async (query) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    const value = Date.parse(query["end"] ?? "");
    const series = ["minimum", "timeAverage", "maximum"].map((aggregate) => ({
      ...{ tag: "a/b", aggregate },
      points: [[0, value, 0]],
    }));
    return { series } as Awaited<ReturnType<Ask>>;
  };
  return { ask, waiting };
}

test("figures of a window are asked for once, and are of no other", async () => {
  const { ask, waiting } = slowHistory();
  const figures = new WindowFigures();
  const first = figures.want(ask, tags, window);
  expect(await figures.want(ask, tags, window)).toBe(false);
  waiting[0]?.();
  expect(await first).toBe(true);
  expect(await figures.want(ask, tags, window)).toBe(false);
  expect(figures.of("a/b", window)).toEqual({ low: 400, mean: 400, high: 400 });
  expect(figures.of("a/b", { fromMs: 0, toMs: 401 })).toBeUndefined();
  expect(figures.of("a/c", window)).toBeUndefined();
});

test("an answer to a window that is not looked at any more comes too late", async () => {
  const { ask, waiting } = slowHistory();
  const figures = new WindowFigures();
  const first = figures.want(ask, tags, window);
  const second = figures.want(ask, tags, { fromMs: 0, toMs: 500 });
  waiting[1]?.();
  expect(await second).toBe(true);
  waiting[0]?.();
  expect(await first).toBe(false);
  expect(figures.of("a/b", { fromMs: 0, toMs: 500 })?.high).toBe(500);
});
