import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookupWith, withArguments } from "../core/control/arguments.ts";
import type { ConditionTree, ExpressionScope, TagLookup, Truth } from "../core/expression-port.ts";
import type { CommandArgument } from "../core/plant.ts";
import { Status } from "../core/status.ts";
import { textOf } from "../core/text.ts";
import type { DataType, Value } from "../core/value.ts";
import { compile } from "./compile.ts";

const types = new Map<string, DataType>([
  ["press/a", "boolean"],
  ["press/b", "boolean"],
  ["press/speed", "double"],
  ["press/state", "int32"],
  ["press/recipe", "string"],
  ["furnace/door", "boolean"],
]);
const scope: ExpressionScope = { equipment: "press", types };

interface Sampled {
  readonly value: Value;
  readonly status: number;
}

function expression(text: string, of = scope) {
  const compiled = compile(text, of);
  if (!compiled.ok) throw new Error(`${text}: ${compiled.problem}`);
  return compiled.expression;
}

function lookup(samples: Readonly<Record<string, Value | Sampled>>): TagLookup {
  const all = new Map(Object.entries(samples));
  return (name) => {
    const sample = all.get(name);
    if (sample === undefined) return undefined;
    return typeof sample === "object" && sample !== null && "status" in sample
      ? sample
      : { value: sample, status: Status.Good };
  };
}

/** One line a part, indented by depth: what a person would read. */
function lines(tree: ConditionTree, depth = 0): string[] {
  const here = `${"  ".repeat(depth)}${tree.kind} ${tree.truth}: ${tree.text}`;
  return [here, ...tree.children.flatMap((child) => lines(child, depth + 1))];
}

describe("a condition taken apart", () => {
  it("shows each part as it was written, with its truth", () => {
    const text = 'a && !(speed > 60.0) && (b || furnace.door) && recipe == "A)"';
    const tree = expression(text).explain(
      lookup({ "press/a": true, "press/speed": 70, "press/b": false, "press/recipe": "A)" }),
    );
    expect(lines(tree)).toEqual([
      `and false: ${text}`,
      "  leaf true: a",
      "  not false: !(speed > 60.0)",
      "    leaf true: speed > 60.0",
      "  or unknown: b || furnace.door",
      "    leaf false: b",
      "    leaf unknown: furnace.door",
      '  leaf true: recipe == "A)"',
    ]);
  });

  it("names the tags of a leaf in full, with value and status", () => {
    const tree = expression("speed > 1.0 || furnace.door").explain(
      lookup({ "press/speed": { value: 3, status: Status.Uncertain_LastUsableValue } }),
    );
    expect(tree.children.map(({ truth, tags }) => ({ truth, tags }))).toEqual([
      { truth: "unknown", tags: [{ tag: "press/speed", value: 3, status: Status.Uncertain_LastUsableValue }] },
      { truth: "unknown", tags: [{ tag: "furnace/door", value: null, status: Status.Bad_WaitingForInitialData }] },
    ]);
  });

  it.each([
    ["(a)", ["leaf true: (a)"]],
    ["!a", ["not false: !a", "  leaf true: a"]],
    ["!!a", ["not true: !!a", "  not false: !a", "    leaf true: a"]],
    ["((a)) && (b)", ["and true: ((a)) && (b)", "  leaf true: a", "  leaf true: b"]],
    ["!((a) && (b))", ["not false: !((a) && (b))", "  and true: (a) && (b)", "    leaf true: a", "    leaf true: b"]],
    ["a // not (this\n && b", ["and true: a // not (this\n && b", "  leaf true: a", "  leaf true: b"]],
    ["a ? b : a && b", ["leaf true: a ? b : a && b"]],
    [
      "size(recipe) == 2 && a",
      ["and true: size(recipe) == 2 && a", "  leaf true: size(recipe) == 2", "  leaf true: a"],
    ],
    [
      "(speed + 1) * 2 > 3 && a",
      ["and true: (speed + 1) * 2 > 3 && a", "  leaf true: (speed + 1) * 2 > 3", "  leaf true: a"],
    ],
    [
      'recipe in ["(", "A\\")"] || a',
      ['or true: recipe in ["(", "A\\")"] || a', '  leaf false: recipe in ["(", "A\\")"]', "  leaf true: a"],
    ],
    [
      'recipe != \'(\\\'\' && !(recipe == """a"(""")',
      [
        'and true: recipe != \'(\\\'\' && !(recipe == """a"(""")',
        "  leaf true: recipe != '(\\''",
        '  not true: !(recipe == """a"(""")',
        '    leaf false: recipe == """a"("""',
      ],
    ],
  ])("takes %j apart at && || ! alone", (text, expected) => {
    const all = { "press/a": true, "press/b": true, "press/speed": 1, "press/recipe": "A1" };
    expect(lines(expression(text).explain(lookup(all)))).toEqual(expected);
  });
});

/** What Kleene's tables say, written out without the product's own words. */
function kleene({ kind, children }: ConditionTree): Truth | undefined {
  const half = { true: 2, unknown: 1, false: 0 };
  const numbers = children.map(({ truth }) => half[`${truth}`]);
  const back = (number: number): Truth => (number === 1 ? "unknown" : number === 2);
  if (kind === "leaf") return undefined;
  if (kind === "not") return back(2 - Math.max(...numbers));
  return back(kind === "and" ? Math.min(...numbers) : Math.max(...numbers));
}

function everyPart(tree: ConditionTree): readonly ConditionTree[] {
  return [tree, ...tree.children.flatMap(everyPart)];
}

const leaf = fc.constantFrom(
  "a",
  "press.b",
  "furnace.door",
  "speed > 2.0",
  "speed / 0.0 > 1.0",
  "10 / state > 2",
  "state in [1, 2]",
  'recipe.startsWith("(")',
  "(a ? b : furnace.door)",
  "true",
  "a == b",
);
const condition = fc.letrec<{ c: string }>((tie) => ({
  c: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc
      .tuple(tie("c"), fc.constantFrom("&&", " || ", "\n&& // (\n"), tie("c"))
      .map(([left, op, right]) => `(${left})${op}(${right})`),
    fc.tuple(leaf, fc.constantFrom("&&", "||"), leaf, fc.constantFrom("&&", "||"), leaf).map((all) => all.join(" ")),
    tie("c").map((inner) => `!(${inner})`),
    tie("c").map((inner) => `( ${inner} )`),
  ),
})).c;

const status = fc.constantFrom(Status.Good, Status.Good, Status.Uncertain_LastUsableValue, Status.Bad);
const boolean = fc.option(fc.record({ value: fc.oneof(fc.boolean(), fc.constant(null)), status }));
const plantNow = fc.record({
  "press/a": boolean,
  "press/b": boolean,
  "furnace/door": boolean,
  "press/speed": fc.option(fc.record({ value: fc.constantFrom(1, 3, Number.NaN), status })),
  "press/state": fc.option(fc.record({ value: fc.constantFrom(0, 1, 7), status })),
  "press/recipe": fc.option(fc.record({ value: fc.constantFrom("(", "A"), status })),
});

describe("whatever the condition and whatever is known", () => {
  it("the tree's truth is the condition's, and each part follows from its own parts", () => {
    fc.assert(
      fc.property(condition, plantNow, (text, samples) => {
        const now = lookup(
          Object.fromEntries(Object.entries(samples).flatMap(([name, sample]) => (sample ? [[name, sample]] : []))),
        );
        const judged = expression(text);
        const tree = judged.explain(now);
        expect(tree.truth).toBe(judged.evaluate(now));
        for (const part of everyPart(tree)) {
          expect(part.kind === "leaf" ? undefined : part.truth).toBe(kleene(part));
          expect(text).toContain(part.text);
          // What is shown of a part is itself a condition that means the same.
          expect(expression(part.text).evaluate(now)).toBe(part.truth);
        }
      }),
      { numRuns: 400, seed: 11 },
    );
  });
});

describe("arguments of a command", () => {
  const given: readonly CommandArgument[] = [
    {
      id: "target",
      name: textOf("target"),
      type: "double",
      unit: undefined,
      decimals: undefined,
      limits: undefined,
      values: undefined,
      suggested: undefined,
    },
  ];
  const effect = { equipment: "press", types: withArguments(types, given) };

  it("are compiled with the tags, and judged by what was asked for", () => {
    const when = expression("speed > args.target - 5.0 && speed < args.target + 5.0", effect);
    expect(when.tags).toEqual(["press/speed", "args/target"]);
    const now = lookup({ "press/speed": 98 });
    const asked = (target: number) => lookupWith(now, new Map<string, Value>([["target", target]]));
    expect(when.evaluate(asked(100))).toBe(true);
    expect(when.evaluate(asked(200))).toBe(false);
    expect(when.evaluate(now)).toBe("unknown");
  });

  it("are named in the tree like tags", () => {
    const tree = expression("speed == args.target", effect).explain(
      lookupWith(lookup({ "press/speed": 98 }), new Map<string, Value>([["target", 98]])),
    );
    expect(tree).toMatchObject({
      truth: true,
      tags: [
        { tag: "press/speed", value: 98, status: Status.Good },
        { tag: "args/target", value: 98, status: Status.Good },
      ],
    });
  });

  it("that are not declared, or stand where there are none, are refused when the configuration is loaded", () => {
    expect(compile("speed == args.tarket", effect)).toMatchObject({
      ok: false,
      problem: 'the command has no argument "tarket" – did you mean "target"?',
    });
    expect(compile("speed == args.target", scope)).toMatchObject({
      ok: false,
      problem: "args.target can only stand in the feedback of a command that has arguments",
    });
  });
});
