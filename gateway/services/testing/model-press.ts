import type { Equipment, Plant } from "../../core/plant.ts";
import { testCaller } from "../../core/testing/caller.ts";
import { testCommand, testPlant, testTag, testWritable } from "../../core/testing/plant.ts";
import { textOf } from "../../core/text.ts";

/** Two people, one of them in two browsers. Bruno may approve. */
export const people = {
  anna: testCaller({ userId: "u1", name: "Anna", signInId: "s1" }),
  annaElsewhere: testCaller({ userId: "u1", name: "Anna", signInId: "s2" }),
  bruno: testCaller({ userId: "u2", name: "Bruno", signInId: "s3", role: "supervisor" }),
} as const;
export type Who = keyof typeof people;

const argument = {
  id: "n",
  name: textOf("n"),
  type: "double",
  unit: undefined,
  decimals: undefined,
  limits: undefined,
  values: undefined,
  suggested: undefined,
} as const;
const condition = (id: string) => ({ id, name: textOf(id), when: id });

export const modelTags: Plant["tags"] = [
  testTag(0, "speed", { writable: testWritable() }),
  testTag(1, "key", { type: "boolean" }),
  testTag(2, "running", { type: "boolean" }),
  testTag(3, "stop_request", { type: "boolean", writable: testWritable({ only: "commands" }) }),
  testTag(4, "recipe", { writable: testWritable({ class: "C2" }) }),
  testTag(5, "batch", { writable: testWritable({ only: "commands" }) }),
  testTag(6, "guard", { type: "boolean" }),
  testTag(7, "fed", { type: "boolean" }),
  testTag(8, "zone", { type: "boolean" }),
  testTag(9, "loaded", { type: "boolean" }),
];

/** A press with one of everything: a set-point, a recipe that is selected, a load in two writes, a start that a second person approves. */
const press: Partial<Equipment> = {
  tags: modelTags,
  interlocks: [condition("guard")],
  commands: [
    testCommand("load", {
      arguments: [argument],
      do: [
        { write: "recipe", argument: "n" },
        { write: "batch", argument: "n" },
      ],
      states: ["Stopped"],
      permissives: [condition("fed")],
      feedback: { when: "loaded", withinMs: 2000 },
    }),
    testCommand("setup", {
      class: "C3",
      arguments: [argument],
      do: [{ write: "batch", argument: "n" }],
      permit: { kind: "signal", when: "zone" },
      feedback: { when: "loaded", withinMs: 2000 },
      approval: { required: true, preApproved: undefined },
    }),
  ],
};

/** @param lease whether one of them must have control before anybody writes. */
export function modelPlant(lease: "required" | "off"): Plant {
  return testPlant({}, { ...press, lease });
}
