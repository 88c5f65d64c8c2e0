import { beforeEach, expect, test } from "vitest";
import { controlStates } from "../gallery/machine.ts";
import { nowMs } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import { type Around, type ControlAct, controlState } from "./control-state.ts";

const around: Around = { remote: true, live: true, locked: false, me: "M. Rossi", phone: false, nowMs };
const state = (name: string, more: Partial<Around> = {}) => {
  const control = controlStates[name];
  if (!control) throw new Error(`no sample of ${name}`);
  return controlState(control, { ...around, ...more });
};

beforeEach(() => {
  say.choose("en");
  say.zone = "UTC";
});

test.each<[string, string, string, readonly ControlAct[]]>([
  ["nobody", "Nobody has control", "you may take it", ["take"]],
  ["mine", "You have it", "since 13:58", ["release"]],
  ["asked", "You have it", "since 13:58", ["release"]],
  ["other", "L. Conti has it", "since 14:21, their page is not in front", ["request"]],
  ["asking", "L. Conti has it", "asked, answer in 22 s", ["withdraw"]],
  ["supervisor", "L. Conti has it", "since 14:21", ["request", "force"]],
  ["refused", "Nobody has control", "P. Sala has locked it out", []],
])("R40, R41: %s is told as %s, %s", (name, title, detail, acts) => {
  expect(state(name)).toMatchObject({ title, detail, acts });
});

test("the same person's other screen has it, not this one", () => {
  expect(state("other", { me: "L. Conti" })).toMatchObject({
    title: "You have it on another screen",
    acts: ["request"],
  });
});

test.each<[string, Partial<Around>, string]>([
  ["R39: the key is at LOCAL", { remote: false }, "The key is at LOCAL"],
  ["R39: the key is not known", { remote: null }, "The key cannot be read"],
  ["R4: there is no live connection", { live: false }, "no live connection"],
  ["the screen is locked", { locked: true }, "The screen is locked"],
  ["R40: a phone may only watch here", { phone: true }, "at a desk"],
])("nothing can be done about it where %s", (_, more, why) => {
  for (const name of ["nobody", "other", "supervisor"]) {
    expect(state(name, more).acts).toEqual([]);
    expect(state(name, more).lock).toContain(why);
  }
});

test("a locked screen says nowhere that control may be taken", () => {
  expect(state("nobody", { locked: true }).detail).toBe("The screen is locked");
  expect(state("mine", { locked: true })).toMatchObject({ title: "You have it", acts: [] });
});

test("without a connection it still says who had control", () => {
  expect(state("other", { live: false, remote: null }).title).toBe("L. Conti has it");
});

test("a phone that has control can release it, wherever phones may", () => {
  expect(state("mine", { phone: true }).acts).toEqual(["release"]);
});

test("a machine that is only watched has no control to take", () => {
  expect(state("nobody", { remote: undefined })).toMatchObject({ title: "No commands", acts: [], lock: undefined });
});
