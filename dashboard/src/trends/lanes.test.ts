import { expect, test } from "vitest";
import type { Command, EquipmentView, TagView } from "../api/wire.ts";
import { eventMarks, mergeCommands } from "./events.ts";
import { isSameGap, placeLabels } from "./gaps.ts";
import { aligned, intervalFor } from "./intervals.ts";
import { isRunning, lanesOf, packmlWord, proposal, searched } from "./lane.ts";
import { heightOf, insetPx, laneScale } from "./lane-scale.ts";
import { gapsOfRuns, StateSeries } from "./state-runs.ts";
import { statusWords } from "./status-words.ts";

function tag(id: string, more: Partial<TagView> = {}): TagView {
  const names = { en: `Name ${id}`, it: `Nome ${id}` };
  const fixed = {
    handle: id.length,
    equipment: "press",
    name: names,
    device: "plc",
    staleAfterMs: 1_500,
    recorded: true,
  };
  return { tag: `press/${id}`, id, type: "double", ...fixed, ...more };
}

const speed = tag("speed");
const door = tag("door", { type: "boolean", texts: { true: { en: "closed", it: "chiusa" } } });
const state = tag("state", { type: "int32" });
const counter = tag("counter", { type: "uint64" });
const press = {
  id: "press",
  name: { en: "Press 4", it: "Pressa 4" },
  state: { name: "Execute", tag: "press/state" },
  highlights: ["press/speed", "press/gone"],
  tags: [speed, door, state, counter],
} as unknown as EquipmentView;

test("numbers get a pen, texts and booleans words, the machine's state its own words", () => {
  const lanes = lanesOf(["press/door", "press/state", "press/counter", "press/speed", "press/none"], [press]);
  expect(lanes.map(({ tag, kind }) => [tag.id, kind])).toEqual([
    ["counter", "number"],
    ["speed", "number"],
    ["door", "state"],
    ["state", "machine"],
  ]);
});

test("proposes the highlights that are there, and the state", () => {
  expect(proposal(press)).toEqual(["press/speed", "press/state"]);
});

test.each([
  ["speed press", ["press/speed"]],
  ["NAME d", ["press/speed", "press/door"]],
  ["", ["press/speed", "press/door", "press/state", "press/counter"]],
  ["nothing", []],
])("finds by every word: %j", (typed, expected) => {
  expect(searched([press], typed, "en").map((lane) => lane.tag.tag)).toEqual(expected);
});

test("what is not recorded is neither offered nor proposed", () => {
  const machine = { ...press, tags: press.tags.map((each) => ({ ...each, recorded: each !== speed })) };
  expect(searched([machine], "name", "en").map((lane) => lane.tag.id)).toEqual(["door", "state", "counter"]);
  expect(proposal(machine)).toEqual(["press/state"]);
});

test("PackML numbers are the states of the table", () => {
  expect([1, 2, 4, 6, 11, 17].map(packmlWord)).toEqual(["Clearing", "Stopped", "Idle", "Execute", "Held", "Complete"]);
  expect([0, 18, 1.5, "6", null].map(packmlWord)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  expect(isRunning(6, "machine")).toBe(true);
  expect(isRunning(6, "state")).toBe(false);
});

const good = (timeMs: number, value: number) => ({ timeMs, value, status: 0 });

test("a state holds until the next, and past the last proof of life nothing is believed", () => {
  const series = new StateSeries([good(0, 4), good(100, 6)], 1_000, "every-change");
  expect(series.runs({ fromMs: 50, toMs: 900 }, 10_000)).toEqual([
    { fromMs: 50, toMs: 100, value: 4, open: false },
    { fromMs: 100, toMs: 900, value: 6, open: false },
  ]);
  expect(series.runs({ fromMs: 0, toMs: 9_000 }, 9_000).at(-1)).toEqual({
    fromMs: 1_000,
    toMs: 9_000,
    value: null,
    open: true,
  });
  series.hold(8_990);
  expect(series.runs({ fromMs: 0, toMs: 9_000 }, 9_000).at(-1)).toMatchObject({ toMs: 9_000, value: 6 });
});

test("uncertain and bad stretches that touch are one gap", () => {
  const series = new StateSeries([good(0, 4), good(100, 6)], 100, "every-change");
  series.push({ timeMs: 200, value: 6, status: 0x4090_0000 });
  series.push({ timeMs: 300, value: null, status: 0x8005_0000 });
  series.push(good(400, 6));
  series.hold(1_000);
  expect(gapsOfRuns(series.runs({ fromMs: 0, toMs: 1_000 }, 1_000))).toEqual([
    { fromMs: 200, toMs: 400, open: false, partly: false },
  ]);
});

test("an older sample that comes late does not turn the lane back", () => {
  const series = new StateSeries([good(100, 6)], 200, "every-change");
  series.push(good(50, 4));
  expect(series.runs({ fromMs: 0, toMs: 200 }, 200)).toHaveLength(1);
});

test.each([
  [15 * 60_000, 1_000, 1_000],
  [3_600_000, 1_000, 5_000],
  [8 * 3_600_000, 1_000, 30_000],
  [7 * 86_400_000, 1_000, 900_000],
  [366 * 86_400_000, 100, 4 * 86_400_000],
  [5_000, 1_000, 50],
])("%d ms in at most %d buckets are buckets of %d ms", (spanMs, points, intervalMs) => {
  expect(intervalFor(spanMs, points)).toBe(intervalMs);
  expect(spanMs / intervalMs).toBeLessThanOrEqual(points);
});

test("buckets stay the same while the window moves", () => {
  expect(aligned({ fromMs: 1_234, toMs: 5_678 }, 1_000)).toEqual({ fromMs: 1_000, toMs: 6_000 });
});

test("a scale holds what is seen and the band that is near, in round numbers", () => {
  const instrument = { normal: [820, 880], decimals: 1 } as const;
  expect(laneScale({ low: 840, mean: 850, high: 860 }, instrument)).toEqual([800, 900]);
  const far = laneScale({ low: 20, mean: 20, high: 21 }, instrument);
  expect(far[1]).toBeLessThan(30);
});

test("a value that does not move stands in the middle of a scale that the instrument can read", () => {
  const [low, high] = laneScale({ low: 120, mean: 120, high: 120 }, { decimals: 0 });
  expect((low + high) / 2).toBe(120);
  expect(high - low).toBeGreaterThanOrEqual(4);
});

test("what is never negative gets no negative scale", () => {
  expect(laneScale({ low: 0, mean: 1, high: 70 }, {})[0]).toBe(0);
  expect(laneScale(undefined, { range: [0, 100] })).toEqual([0, 100]);
});

test("the ends of the scale lie inside of the lane", () => {
  expect(heightOf(100, [0, 100], 200)).toBe(insetPx);
  expect(heightOf(0, [0, 100], 200)).toBe(200 - insetPx);
  expect(heightOf(-50, [0, 100], 200)).toBe(200 - insetPx);
});

test("labels stand in the middle of their gap, inside the lane, the widest first, none over another", () => {
  const gap = (fromMs: number, toMs: number) => ({ fromMs, toMs, partly: false, open: false });
  const place = (gaps: ReturnType<typeof gap>[]) =>
    placeLabels(
      gaps,
      400,
      (atMs) => atMs,
      () => 100,
    );
  expect(place([gap(100, 300)])).toEqual([{ item: gap(100, 300), left: 150 }]);
  expect(place([gap(390, 400)])[0]?.left).toBe(300);
  expect(place([gap(0, 10), gap(20, 60)]).map(({ item }) => item)).toEqual([gap(20, 60)]);
  expect(isSameGap(gap(100, 200), gap(101, 195))).toBe(true);
  expect(isSameGap(gap(100, 200), gap(160, 300))).toBe(false);
});

function command(id: string, atMs: number, more: Partial<Command> = {}): Command {
  const text = new Date(atMs).toISOString();
  const what = { kind: "write" as const, equipment: "press", target: "press/speed", value: 1, user: "anna" };
  return { id, state: "VERIFIED", requestedAt: text, events: [], ...what, ...more };
}

test("commands that lie near each other are one mark, and a stop among them is seen", () => {
  const window = { fromMs: 0, toMs: 1_000 };
  const marks = eventMarks(
    [command("c", 900), command("a", 100), command("b", 105, { kind: "stop" }), command("d", 1_000)],
    window,
    1_000,
  );
  expect(marks.map((mark) => [mark.commands.map(({ id }) => id).join(""), mark.stop])).toEqual([
    ["ab", true],
    ["c", false],
  ]);
});

test("the last mark says its words to the left where the lane ends, and leaves half to the one before", () => {
  const marks = eventMarks([command("a", 500), command("b", 950)], { fromMs: 0, toMs: 1_000 }, 1_000);
  expect(marks.map((mark) => mark.words)).toEqual([
    { side: "right", room: 225 },
    { side: "left", room: 225 },
  ]);
});

test("of two reports on a command the final one stands", () => {
  const sent = command("a", 1, { state: "SENT" });
  const done = command("a", 1, { finishedAt: new Date(5).toISOString() });
  expect(mergeCommands([sent], [done])).toEqual([done]);
  expect(mergeCommands([done], [sent])).toEqual([done]);
});

test("a status is said in words, an unknown one with its figures", () => {
  expect(statusWords(0).en).toBe("Good");
  expect(statusWords(0x8031_0000).it).toBe("Nessuna comunicazione");
  expect(statusWords(0x8099_0000).en).toBe("Bad (0x80990000)");
  expect(statusWords(0x4001_0000).it).toBe("Incerto (0x40010000)");
});
