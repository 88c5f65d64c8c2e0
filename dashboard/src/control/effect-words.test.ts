import { beforeEach, expect, test } from "vitest";
import { machine, text } from "../gallery/machine.ts";
import { tag } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import { effectWords } from "./effect-words.ts";

const line = machine({
  tags: [
    { ...tag, id: "state", name: text("State"), texts: { "6": text("Execute") } },
    { ...tag, id: "recipe", name: text("Recipe") },
  ],
});

beforeEach(() => say.choose("en"));

test("R7: the effect is told in the names of the machine, with how long it is looked for", () => {
  expect(effectWords({ when: "state == 6", withinMs: 10_000 }, line, {})).toBe("State = Execute, within 10 s");
});

test("an argument stands with its value, and open while it is not filled in", () => {
  const effect = { when: "recipe == args.recipe", withinMs: 500 };
  expect(effectWords(effect, line, { recipe: 7 })).toBe("Recipe = 7, within 0.5 s");
  expect(effectWords(effect, line, {})).toBe("Recipe = …, within 0.5 s");
});

test("without a condition the value itself has to read back", () => {
  expect(effectWords({ withinMs: 3_000 }, line, {})).toBe("the value reads back within 3 s");
});
