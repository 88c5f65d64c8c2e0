import { beforeEach, expect, test } from "vitest";
import type { TagView, WhyNode } from "../api/wire.ts";
import { text, why } from "../gallery/machine.ts";
import { tag as sample } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import { conditionWords, plainLine } from "./why-words.ts";

const tags = new Map<string, TagView>([
  ["line/level", { ...sample, name: text("Tank level"), unit: "%" }],
  ["line/temperature", { ...sample, name: text("Product temperature") }],
  ["line/guard", { ...sample, name: text("Guard"), unit: undefined, texts: { true: text("closed") } }],
]);
const line = (node: WhyNode) => plainLine(node, (name) => tags.get(name));
const leaf = (words: string, tag: string, value: number | boolean | null, status = 0): WhyNode => ({
  kind: "leaf",
  text: text(words),
  truth: false,
  tags: [{ tag, value, status }],
});

beforeEach(() => say.choose("en"));

test("a leaf speaks in the machine's names and says what it is now", () => {
  expect(line(leaf("level >= 40.0", "line/level", 36.2))).toMatchObject({
    what: "Tank level ≥ 40",
    now: "36.2\u00a0%",
  });
  expect(line(leaf("line.level != 3", "line/level", 3))).toMatchObject({ what: "Tank level ≠ 3" });
  expect(line(leaf("guard", "line/guard", true))).toMatchObject({ what: "Guard", now: "closed" });
});

test("a value that has a name is called by it, and parts are joined by words", () => {
  const state = { ...sample, name: text("State"), texts: { "15": text("Resetting"), "4": text("Idle") } };
  const find = (name: string) => (name === "state" ? state : undefined);
  expect(conditionWords("state == 15 || state == 4.0", find)).toBe("State = Resetting or State = Idle");
  expect(conditionWords("state == 99 && recipe == args.recipe", find)).toBe("State = 99 and recipe = args.recipe");
});

test("a text in a condition is left as it is", () => {
  expect(line(leaf('guard == "level"', "line/guard", true)).what).toBe('Guard = "level"');
});

test("a value that is not Good is not shown as one", () => {
  expect(line(leaf("level >= 40.0", "line/level", 36.2, 0x80310000)).now).toBe("not known");
  expect(line(leaf("level >= 40.0", "line/level", null)).now).toBe("not known");
});

test("a condition of several parts shows its parts and no line for their being together", () => {
  const condition = why.find((node) => node.kind === "condition");
  if (!condition) throw new Error("no condition");
  const { what, children } = line(condition);
  expect(what).toBe("Line ready");
  expect(children.map((child) => child.kind)).toEqual(["leaf", "leaf"]);
});

test("a condition that is one part says it in one line", () => {
  const node: WhyNode = {
    kind: "condition",
    text: text("Guard closed"),
    truth: false,
    children: [leaf("guard", "line/guard", true)],
  };
  expect(line(node)).toMatchObject({ what: "Guard closed", now: "closed", children: [] });
});

test("what belongs together otherwise is told", () => {
  const parts = [leaf("guard", "line/guard", true), leaf("level > 3", "line/level", 2)];
  expect(line({ kind: "or", text: text("…"), truth: false, children: parts })).toMatchObject({
    what: "At least one of these",
    children: parts,
  });
  const not: WhyNode = {
    kind: "not",
    text: text("!guard"),
    truth: false,
    children: [leaf("guard", "line/guard", true)],
  };
  expect(line(not)).toMatchObject({ what: "not: Guard", now: "closed", children: [] });
});
