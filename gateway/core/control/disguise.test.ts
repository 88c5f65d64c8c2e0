import { describe, expect, it } from "vitest";
import { compile } from "../../expressions/compile.ts";
import type { DataType } from "../value.ts";
import { leadsIntoExecute } from "./disguise.ts";

const types = new Map<string, DataType>([
  ["m/state", "int32"],
  ["m/door", "boolean"],
  ["m/recipe", "string"],
  ["m/runs", "boolean"],
  ["m/ready", "boolean"],
]);
/** What the derived tags of these cases stand on. */
const stands = new Map<string, { readonly roots: readonly string[]; readonly text: string }>([
  ["m/runs", { roots: ["m/state", "m/door"], text: "state == 6 && door" }],
  ["m/ready", { roots: ["m/state", "m/recipe"], text: 'state == 4 && recipe != ""' }],
]);

function expressionOf(text: string) {
  const compiled = compile(text, { equipment: "m", types });
  if (!compiled.ok) throw new Error(text);
  return compiled.expression;
}

function leads(effect: string): boolean {
  return leadsIntoExecute({
    state: { tag: "state", model: "packml" },
    equipment: "m",
    states: undefined,
    effect: expressionOf(effect),
    caseOf: () => undefined,
    typeOf: (name) => types.get(name),
    // As a derived tag is computed: Bad as soon as one of what it reads is not known.
    through: (lookup) => (name) => {
      const made = stands.get(name);
      if (!made) return lookup(name);
      if (made.roots.some((root) => lookup(root) === undefined)) return undefined;
      const truth = expressionOf(made.text).evaluate(lookup);
      return truth === "unknown" ? undefined : { value: truth, status: 0 };
    },
    madeOf: (name) => {
      const made = stands.get(name);
      return made ? { roots: made.roots, texts: [made.text] } : { roots: [name], texts: [] };
    },
  });
}

describe("what starts a machine under another name (R14)", () => {
  it.each([
    ["its running state", "state == 6", true],
    ["another state", "state == 4", false],
    ["its running state and more", "state == 6 && door", true],
    ["a derived tag that says the same, and reads more than the state", "runs", true],
    ["the same the other way round", "!runs", false],
    ["a derived tag over something that cannot be tried", "ready", true],
    ["nothing of the state", "door", false],
  ])("%s: %s", (_what, effect, isStart) => {
    expect(leads(effect)).toBe(isStart);
  });
});
