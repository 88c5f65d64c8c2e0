import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OverTime, Tag } from "../plant.ts";
import type { Shape } from "../testing/control-changes.ts";
import { compile, first, later, rows, sheet, tagsOf } from "../testing/control-changes.ts";
import { testPlant, testTag, testWritable } from "../testing/plant.ts";
import { textOf } from "../text.ts";
import { controlSheets } from "./describe.ts";
import { type ControlSheet, parseSheet, sheetText } from "./sheet.ts";
import { compareSheets, narrowed, waitingOf, widening } from "./widening.ts";

const said = ({ target, key, whole }: { target: string; key: string; whole: boolean }) =>
  `${target} ${key}${whole ? " whole" : ""}`;

describe("what widens control (R9)", () => {
  it.each(rows)("%s", (_what, now, waits) => {
    expect(widening(first, later(now)).map(said)).toEqual(waits);
  });

  it.each(rows.filter(([, , waits]) => waits.length > 0))("says from what to what: %s", (_what, now) => {
    for (const { label, from, to } of widening(first, later(now))) {
      expect(label.en).not.toBe("");
      expect(label.it).not.toBe("");
      expect(from.en).not.toBe(to.en);
      expect(from.it).not.toBe(to.it);
    }
  });

  it("has no interest in the grace of a machine that goes on anyway", () => {
    const goesOn = (graceMs: number) =>
      later({ press: { onLossOfControl: { policy: "continue", graceMs, command: undefined } } });
    expect(widening(goesOn(30_000), goesOn(60_000))).toEqual([]);
  });

  it("shows where two long texts differ", () => {
    const long = (end: string) => later({ settings: { ca: `${"A".repeat(5000)}${end}`, host: "10.0.0.5" } });
    const [change] = widening(long("before"), long("after"));
    expect(change?.from.en).toMatch(/^…A{40}before/);
    expect(change?.to.it).toMatch(/^…A{40}after/);
  });

  it("takes a machine that nobody accepted as new, with all that it can do", () => {
    expect(widening(undefined, first).map(said)).toEqual([
      "press machine whole",
      "press/speed writable",
      "press/stop_request writable",
      "press/recipe writable",
      "press/alive writable",
      "press/operator writable",
      "press:start command",
    ]);
  });

  it("has nothing against a new machine that can only be looked at", () => {
    const watched = testPlant({}, { local: undefined, stop: undefined, tags: [testTag(0, "speed")] });
    const found = controlSheets(watched, { compile, connectionOf: () => ({}) }).get("press");
    expect(found && compareSheets(undefined, found)).toEqual([]);
  });

  describe("through a derived tag", () => {
    const derived = (expression: string, inputs: readonly string[], over?: OverTime) => ({
      ...{ device: "", address: undefined },
      derived: { expression, over, inputs: inputs.map((id) => `press/${id}`), roots: ["press/running"] },
    });
    /** A machine that is interlocked by `safe`, which is computed from `calm`, which is computed from a contact. */
    const interlocked = (safe = "!calm", calm = "running", running: Partial<Tag> = {}, over?: OverTime) => {
      const tags = [
        testTag(0, "speed", { writable: testWritable({ interlocks: [{ id: "i", name: textOf("i"), when: "safe" }] }) }),
        testTag(1, "running", { type: "boolean", ...running }),
        testTag(2, "key", { type: "boolean" }),
        testTag(3, "stop_request", { type: "boolean", writable: testWritable({ only: "commands" }) }),
        testTag(4, "calm", { type: "boolean", ...derived(calm, ["running"], over) }),
        testTag(5, "safe", { type: "boolean", ...derived(safe, ["calm"]) }),
      ];
      const plant = testPlant({}, { tags });
      return controlSheets(plant, { compile, connectionOf: () => ({}) }).get("press");
    };
    const before = interlocked();
    const over: OverTime = { function: "maximum", each: "day", timeUnitMs: 1, rollOver: undefined, percentGood: 99 };
    it.each<[string, ControlSheet | undefined, readonly string[]]>([
      ["nothing changed", interlocked(), []],
      ["its expression", interlocked("calm || !calm"), ["press/safe source whole"]],
      ["an expression that it reads", interlocked("!calm", "!running"), ["press/calm source whole"]],
      ["where that reads", interlocked("!calm", "running", { address: 99 }), ["press/running source whole"]],
      ["what is made of it over time", interlocked("!calm", "running", {}, over), ["press/calm source whole"]],
    ])("waits for %s", (_what, now, waits) => {
      if (!before || !now) throw new Error("no sheet");
      expect(widening(before, now).map(said)).toEqual(waits);
      for (const { from, to } of widening(before, now)) expect(from.en).not.toBe(to.en);
    });
  });

  it("takes what it does not know for a widening", () => {
    const future = { ...first, machine: { ...first.machine, teleport: "off" } };
    expect(widening(future, first).map(said)).toEqual(["press teleport whole"]);
  });
});

describe("what takes effect at once", () => {
  it.each(rows)("leaves exactly what waits: %s", (_what, shape, waits) => {
    const now = later(shape);
    const merged = narrowed(first, now);
    expect(merged).toBeDefined();
    // All that still differs is what waits, and nothing narrower is left over.
    expect(merged && compareSheets(merged, now).map(said)).toEqual(waits);
    if (waits.length === 0) expect(merged && sheetText(merged)).toBe(sheetText(now));
  });

  it.each(rows)("makes the way back a widening again wherever it narrowed: %s", (_what, shape) => {
    const now = later(shape);
    const merged = narrowed(first, now);
    const narrower = compareSheets(first, now).filter((each) => !each.widens);
    const back = merged ? widening(merged, first).map(said) : [];
    for (const each of narrower) expect(back).toContain(said(each));
  });

  it("accepts nothing of a new machine by itself", () => {
    expect(narrowed(undefined, first)).toBeUndefined();
  });
});

describe("what must not be commanded meanwhile", () => {
  const waiting = (now: Shape) => waitingOf(compareSheets(first, later(now)), later(now));

  it("is the tag, and every command that writes it", () => {
    expect(waiting({ speed: { limits: [0, 600] } })).toEqual({ whole: false, targets: new Set(["press/speed"]) });
    expect(waiting({ addresses: { recipe: 9 } })).toEqual({
      whole: false,
      targets: new Set(["press/recipe", "press:start"]),
    });
  });

  it("is the whole machine where the change concerns all that it does", () => {
    expect(waiting({ press: { lease: "off" } }).whole).toBe(true);
    expect(waiting({ settings: { host: "10.0.0.6" } }).whole).toBe(true);
  });

  it("is nothing where control was only narrowed", () => {
    expect(waiting({ speed: { limits: [10, 400] } })).toEqual({ whole: false, targets: new Set() });
  });
});

describe("a control sheet as text", () => {
  it("says the same when it is read again, also with 64-bit values and without NaN", () => {
    const odd = later({
      speed: { values: [Number.NaN, 9_007_199_254_740_993n] },
      addresses: { speed: { register: 5n, words: [1, undefined], of: new Map([["a", 1]]) } },
    });
    const text = sheetText(odd);
    const read = parseSheet(text);
    expect(read && sheetText(read)).toBe(text);
    expect(read && compareSheets(read, odd)).toEqual([]);
    expect(text).not.toMatch(/:(NaN|-?Infinity)/);
  });

  it("does not change with the order in which tags and settings are written down", () => {
    const digest = (of: ControlSheet) => createHash("sha256").update(sheetText(of)).digest("hex");
    const turned = later({
      press: { tags: [...tagsOf()].reverse() },
      settings: { port: 1, host: "10.0.0.5" },
    });
    expect(digest(turned)).toBe(digest(later({ settings: { host: "10.0.0.5", port: 1 } })));
  });

  it("holds nothing that is no business of control", () => {
    const other = later({ press: { name: textOf("Old press"), highlights: ["speed"], phone: "1", bookable: true } });
    expect(sheetText(other)).toBe(sheetText(first));
  });

  it.each(["", "null", "[]", "{}", '{"version":2}', '{"version":1,"equipment":"press","machine":{},"tags":{}}'])(
    "that is %j is none",
    (text) => {
      expect(parseSheet(text)).toBeUndefined();
    },
  );
});

describe("whatever the limits", () => {
  const span = fc.option(
    fc
      .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 9 }))
      .map(([low, size]) => [low, low + size] as [number, number]),
    { nil: undefined },
  );

  it("a widening is exactly a value that was refused before and would be taken now", () => {
    fc.assert(
      fc.property(span, span, (before, now) => {
        const takes = (limits: readonly [number, number] | undefined, value: number) =>
          limits === undefined || (value >= limits[0] && value <= limits[1]);
        const values = Array.from({ length: 61 }, (_, i) => i - 30);
        const more = values.some((value) => takes(now, value) && !takes(before, value));
        expect(widening(sheet({ speed: { limits: before } }), sheet({ speed: { limits: now } })).length > 0).toBe(more);
      }),
      { seed: 5 },
    );
  });
});
