import { beforeEach, expect, test } from "vitest";
import type { ArgumentView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { argumentWords, checkedArgument, checkedArguments, firstText } from "./argument-input.ts";

const argument = (more: Partial<ArgumentView>): ArgumentView => ({
  id: "speed",
  name: { en: "Speed", it: "Velocità" },
  type: "double",
  ...more,
});
const speed = argument({ unit: "1/min", decimals: 0, limits: [60, 200] });
const recipe = argument({ id: "recipe", type: "byte", values: [3, 5] });

beforeEach(() => say.choose("en"));

test.each<[string, ArgumentView, unknown]>([
  ["", speed, { kind: "empty" }],
  ["90", speed, { kind: "value", value: 90 }],
  ["90,5", speed, { kind: "value", value: 90.5 }],
  ["fast", speed, { kind: "wrong", why: "Not a number" }],
  ["59", speed, { kind: "wrong", why: "From 60 to 200\u00a01/min" }],
  ["2.5", argument({ type: "int16", limits: [0, 9] }), { kind: "wrong", why: "Whole numbers only" }],
  ["1", recipe, { kind: "value", value: 5 }],
  ["0", argument({ type: "boolean" }), { kind: "value", value: true }],
  ["PET 0.5 l", argument({ type: "string" }), { kind: "value", value: "PET 0.5 l" }],
  ["9007199254740993", argument({ type: "int64" }), { kind: "value", value: "9007199254740993" }],
  ["9.5", argument({ type: "uint64" }), { kind: "wrong", why: "Whole numbers only" }],
])("takes %j for %o as %o", (text, view, checked) => {
  expect(checkedArgument(text, view)).toEqual(checked);
});

test("all of them are needed", () => {
  expect(checkedArguments({ speed: "90" }, [speed, recipe])).toBeUndefined();
  expect(checkedArguments({ speed: "9", recipe: "0" }, [speed, recipe])).toBeUndefined();
  expect(checkedArguments({ speed: "90", recipe: "0" }, [speed, recipe])).toEqual({ speed: 90, recipe: 3 });
  expect(checkedArguments({}, [])).toEqual({});
});

test("a suggestion stands in the field in the reader's way", () => {
  say.choose("it");
  expect(firstText({ ...speed, decimals: 1, suggested: 90.5 })).toBe("90,5");
  expect(firstText({ ...recipe, suggested: 5 })).toBe("1");
  expect(firstText(speed)).toBe("");
});

test("a value is told with its unit", () => {
  expect(argumentWords(90, speed)).toBe("90\u00a01/min");
});
