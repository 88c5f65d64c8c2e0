import { expect, test } from "vitest";
import type { HistoryAnswer, TagView } from "../api/wire.ts";
import { type Ask, askFigures, askFirst, askNumbers, askState } from "./ask.ts";
import { rowsOf } from "./history-pages.svelte.ts";

const tag = (name: string) => ({ tag: name }) as TagView;
const window = { fromMs: 0, toMs: 400 };
const stretch = { window, intervalMs: 100 };

/** A history of the given answers by aggregate; notes what it was asked. */
function history(answers: Readonly<Record<string, HistoryAnswer["series"][number]["points"]>>, more?: "more") {
  const asked: Readonly<Record<string, string>>[] = [];
  const ask: Ask = async (query) => {
    asked.push(query);
    const aggregates = (query["aggregate"] ?? "").split(",");
    const series = (query["tags"] ?? "").split(",").flatMap((name) =>
      aggregates.map((aggregate) => {
        const points = answers[aggregate] ?? [];
        return aggregate === "raw" ? { tag: name, points } : { tag: name, aggregate, points };
      }),
    ) as HistoryAnswer["series"];
    return more && query["aggregate"] === "raw" ? { series, next: "more" } : { series };
  };
  return { ask, asked };
}

test("asks for both extremes, both ends and the mean of the same buckets at once", async () => {
  const { ask, asked } = history({
    minimum: [[0, 1, 0]],
    maximum: [[0, 9, 0]],
    first: [[0, 2, 0]],
    last: [[0, 5, 0]],
    timeAverage: [[0, 4, 0]],
  });
  const found = await askNumbers(ask, [tag("a/b")], stretch);
  expect(asked.map((query) => [query["aggregate"], query["interval"]])).toEqual([
    ["minimum,maximum,first,last,timeAverage", "100ms"],
  ]);
  expect(found.get("a/b")?.at(50)).toMatchObject({ low: 1, high: 9, first: 2, last: 5, mean: 4 });
});

test("asks for the figures of exactly the window, in one bucket", async () => {
  const { ask, asked } = history({ minimum: [[3, 1, 0]], timeAverage: [[3, 4.5, 0]], maximum: [[3, 9, 0]] });
  const found = await askFigures(ask, [tag("a/b")], { fromMs: 3, toMs: 397 });
  const [start, end] = [new Date(3).toISOString(), new Date(397).toISOString()];
  expect(asked).toEqual([{ tags: "a/b", start, end, points: "1", aggregate: "minimum,timeAverage,maximum" }]);
  expect(found.get("a/b")).toEqual({ low: 1, mean: 4.5, high: 9 });
  expect((await askFigures(history({}).ask, [tag("a/b")], window)).size).toBe(0);
});

test("asks for twelve tags at once at most", async () => {
  const { ask, asked } = history({});
  await askNumbers(
    ask,
    Array.from({ length: 30 }, (_, n) => tag(`a/t${n}`)),
    stretch,
  );
  expect(asked).toHaveLength(3);
  expect(Math.max(...asked.map((query) => (query["tags"] ?? "").split(",").length))).toBe(12);
});

test("a state has every change, and what was in force before the window", async () => {
  const { ask } = history({ last: [[-1, 4, 0]], raw: [[200, 6, 0]] });
  const series = await askState(ask, tag("a/s"), stretch);
  expect(series.detail).toBe("every-change");
  expect(series.runs(window, 400).map((run) => [run.fromMs, run.value])).toEqual([
    [0, 4],
    [200, 6],
  ]);
});

test("a state with too many changes is said to be coarse", async () => {
  const { ask } = history({ last: [[0, 4, 0]], raw: [[200, 6, 0]] }, "more");
  expect((await askState(ask, tag("a/s"), stretch)).detail).toBe("one-a-bucket");
});

test("knows when the record of a tag began, or that it never did", async () => {
  expect(await askFirst(history({ raw: [[123, null, 0x8000_0000]] }).ask, tag("a/b"), 400)).toBe(123);
  expect(await askFirst(history({}).ask, tag("a/b"), 400)).toBeUndefined();
});

test("history rows come tag after tag as they were answered", () => {
  const series = [
    { tag: "a/b", points: [[1, 2, 0] as [number, number, number]] },
    { tag: "a/c", points: [[0, 3, 0] as [number, number, number]] },
  ];
  expect(rowsOf({ series }).map((row) => [row.tag, row.timeMs])).toEqual([
    ["a/b", 1],
    ["a/c", 0],
  ]);
});
