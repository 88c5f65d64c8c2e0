import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Truth } from "../core/expression-port.ts";
import { reservedWords } from "../core/reserved-words.ts";
import { Status } from "../core/status.ts";
import type { DataType, Value } from "../core/value.ts";
import { compile } from "./compile.ts";

const types = new Map<string, DataType>([
  ["press/a", "boolean"],
  ["press/b", "boolean"],
  ["press/speed", "double"],
  ["press/load", "float"],
  ["press/state", "int32"],
  ["press/count", "uint64"],
  ["press/recipe", "string"],
  ["press/stamp", "dateTime"],
  ["press/constructor", "int16"],
  ["furnace/door", "boolean"],
  ["furnace/temperature", "double"],
]);
const scope = { equipment: "press", types };

function expression(text: string) {
  const compiled = compile(text, scope);
  if (!compiled.ok) throw new Error(compiled.problem);
  return compiled.expression;
}

function judge(text: string, values: Readonly<Record<string, Value>>, status: number = Status.Good): Truth {
  const samples = new Map(Object.entries(values).map(([name, value]) => [name, { value, status }]));
  return expression(text).evaluate((name) => samples.get(name));
}

const U = undefined;

describe("three-valued logic", () => {
  const table: [string, boolean | undefined, boolean | undefined, Truth][] = [
    ["a && b", true, true, true],
    ["a && b", true, false, false],
    ["a && b", false, U, false],
    ["a && b", U, false, false],
    ["a && b", true, U, "unknown"],
    ["a && b", U, true, "unknown"],
    ["a && b", U, U, "unknown"],
    ["a || b", false, false, false],
    ["a || b", true, U, true],
    ["a || b", U, true, true],
    ["a || b", false, U, "unknown"],
    ["a || b", U, false, "unknown"],
    ["!a", U, U, "unknown"],
    ["!a", false, U, true],
    ["a == b", true, U, "unknown"],
    ["a != b", U, U, "unknown"],
    ["a ? b : !b", U, true, "unknown"],
    ["a ? b : true", false, U, true],
    ["!(a && b)", false, U, true],
  ];
  it.each(table)("%s with a=%s and b=%s is %s", (text, a, b, expected) => {
    const values: Record<string, Value> = {};
    if (a !== undefined) values["press/a"] = a;
    if (b !== undefined) values["press/b"] = b;
    expect(judge(text, values)).toBe(expected);
  });

  it("never depends on a tag that is not Good", () => {
    for (const status of [Status.Uncertain_LastUsableValue, Status.Bad_NoCommunication, Status.Bad]) {
      expect(judge("a", { "press/a": true }, status)).toBe("unknown");
      expect(judge("!a", { "press/a": true }, status)).toBe("unknown");
    }
  });

  it("takes Good with info bits for Good", () => {
    expect(judge("a", { "press/a": true }, Status.Good_LocalOverride)).toBe(true);
  });
});

describe("numbers", () => {
  const table: [string, Record<string, Value>, Truth][] = [
    ["speed > 850", { "press/speed": 851 }, true],
    ["speed == 850", { "press/speed": 850 }, true],
    ["850 != speed", { "press/speed": 850 }, false],
    ["speed + 5 > load", { "press/speed": 1, "press/load": 5.5 }, true],
    ["state == 6", { "press/state": 6 }, true],
    ["state in [2, 6]", { "press/state": 4 }, false],
    ["state * 2 >= 12", { "press/state": 6 }, true],
    ["count > 9007199254740993", { "press/count": 9007199254740994n }, true],
    ["constructor == 1", { "press/constructor": 1 }, true],
    ["constructor == 1", {}, "unknown"],
    ["furnace.temperature > 60.0 && furnace.door", { "furnace/temperature": 61, "furnace/door": true }, true],
    ["furnace.temperature > 60.0 && furnace.door", { "furnace/door": false }, false],
    ["furnace.temperature > 60.0", {}, "unknown"],
    ["press.speed == 1.0", { "press/speed": 1 }, true],
    ['recipe.startsWith("A") && size(recipe) == 2', { "press/recipe": "A1" }, true],
  ];
  it.each(table)("%s with %o is %s", (text, values, expected) => {
    expect(judge(text, values)).toBe(expected);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", null, true])(
    "leaves out a double that is %s",
    (value) => {
      expect(judge("speed >= 60.0", { "press/speed": value })).toBe("unknown");
      expect(judge("!(speed >= 60.0)", { "press/speed": value })).toBe("unknown");
    },
  );

  it("does not let 0/0, 1/0 or a whole-number division by zero decide anything", () => {
    expect(judge("!(load / speed > 2.0)", { "press/load": 0, "press/speed": 0 })).toBe("unknown");
    expect(judge("load / speed > 2.0", { "press/load": 1, "press/speed": 0 })).toBe("unknown");
    expect(judge("10 / state > 2", { "press/state": 0 })).toBe("unknown");
    expect(judge("a || load / speed > 2.0", { "press/a": true, "press/load": 1, "press/speed": 0 })).toBe(true);
  });
});

describe("checked when the configuration is loaded", () => {
  it.each([
    ["spede > 1.0", '"press" has no tag "spede" – did you mean "speed"?', 0],
    ["a && furnce.door", 'there is no machine "furnce" with tags – did you mean "furnace"?', 5],
    ["furnace.dor", '"furnace" has no tag "dor" – did you mean "door"?', 0],
    ["speed.value > 1.0", '"speed" is a tag of this machine and cannot have a dot', 0],
    [
      'recipe.matches("(a+)+$")',
      "matches() cannot be used here; contains(), startsWith() and endsWith() can be used",
      0,
    ],
    ["has(furnace.door)", "has() cannot be used here", 0],
    ["[1, 2].exists(x, x == state)", "exists() cannot be used here", undefined],
    ["state = 2", 'equality is written "=="', 6],
    ["speed > 1.0 and a", 'and, or, not are written "&&", "||", "!"', undefined],
    ["a &&", "ends too early", 4],
    ["", "ends too early", 0],
    ["state + 1", "gives a value of type int, not true or false", undefined],
    ['state == "6"', "no such overload: int == string", 0],
    ["stamp == stamp", "a tag of type dateTime (press/stamp) cannot be used in an expression", 0],
    ["__proto__", "reserved identifier: __proto__", 0],
    ["toString == 1", '"press" has no tag "toString"', 0],
    ["finite(speed) > 1.0", "finite() cannot be used here", 0],
    ["a.b.c", undefined, undefined],
    [`${"!".repeat(3000)}a`, "is longer than 2000 characters", undefined],
    [`${"(".repeat(900)}a${")".repeat(900)}`, undefined, undefined],
  ])("refuses %j", (text, problem, position) => {
    const compiled = compile(text, scope);
    expect(compiled.ok).toBe(false);
    if (compiled.ok) return;
    if (problem !== undefined) expect(compiled.problem).toBe(problem);
    if (position !== undefined) expect(compiled.position).toBe(position);
  });

  it("names the tags that it reads, in full", () => {
    expect(expression("a && furnace.door && a && press.a").tags).toEqual(["press/a", "furnace/door"]);
  });
});

describe("the rewriting for finite numbers", () => {
  const leaf = fc.constantFrom("speed", "load", "2.5", "3", "(speed)", "double(state)", "furnace.temperature");
  const tree: fc.Arbitrary<string> = fc.letrec<{ n: string }>((tie) => ({
    n: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(tie("n"), fc.constantFrom("+", "-", "*"), tie("n")).map(([l, o, r]) => `(${l}) ${o} (${r})`),
      fc.tuple(tie("n"), fc.constantFrom("+", "-", "*"), leaf).map(([l, o, r]) => `${l} ${o} ${r}`),
      tie("n").map((n) => `-(${n})`),
    ),
  })).n;

  it("keeps the meaning of every sum and product", () => {
    const number = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(tree, number, number, number, (text, speed, load, temperature) => {
        const scripted = text.replaceAll("furnace.", "").replaceAll("double", "Number");
        const names = ["speed", "load", "temperature", "state"];
        const plain = new Function(...names, `return ${scripted} > 0`)(speed, load, temperature, 7);
        const values = {
          "press/speed": speed,
          "press/load": load,
          "furnace/temperature": temperature,
          "press/state": 7,
        };
        expect(judge(`double(${text}) > 0.0`, values)).toBe(plain);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe("reserved words", () => {
  it("are exactly the ids that the library does not take as a name", () => {
    const candidates = [
      ...reservedWords,
      "speed",
      "constructor",
      "size",
      "timestamp",
      "duration",
      "has",
      "matches",
      "finite",
    ];
    const refused = candidates.filter((word) => {
      try {
        return new Environment().registerVariable(word, "double").parse(`${word} == 2.5`)({ [word]: 2.5 }) !== true;
      } catch {
        return true;
      }
    });
    expect(refused.sort()).toEqual([...reservedWords].sort());
  });
});
