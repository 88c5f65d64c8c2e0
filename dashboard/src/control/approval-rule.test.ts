import { expect, test } from "vitest";
import type { ApprovalView, CommandOffer, JsonValue } from "../api/wire.ts";
import { tag } from "../gallery/samples.ts";
import { isSelectedFirst, needsApproval, needsSelect } from "./approval-rule.ts";

const band: ApprovalView = { required: true, preApproved: [4, 7] };

test.each<[string, ApprovalView | undefined, JsonValue | undefined, boolean]>([
  ["nothing is said", undefined, 5, false],
  ["none is required", { required: false }, 5, false],
  ["one is required", { required: true }, 5, true],
  ["everything is approved already", { required: true, preApproved: "any" }, 5, false],
  ["the value lies at the edge of what is approved", band, 7, false],
  ["the value lies outside of it", band, 7.1, true],
  ["the value is no number", band, "7", true],
  ["there is no value yet", band, undefined, true],
])("R42: where %s", (_, approval, value, asked) => {
  expect(needsApproval(approval, value)).toBe(asked);
});

test.each<[CommandOffer["class"], ApprovalView | undefined, boolean]>([
  ["C1", undefined, false],
  ["C1", { required: true }, true],
  ["C2", undefined, true],
  ["C3", { required: true }, true],
])("R6: class %s, approval %o is selected first: %s", (commandClass, approval, selected) => {
  expect(needsSelect(commandClass, approval, undefined)).toBe(selected);
});

test("a routine set-point is written at once, one that needs a second person is not", () => {
  expect(isSelectedFirst(tag, 8)).toBe(false);
  const writable = { class: "C1", allowed: true, causes: [], approval: band } as const;
  const watched = { ...tag, writable: { ...writable, causes: [] } };
  expect(isSelectedFirst(watched, 5)).toBe(false);
  expect(isSelectedFirst(watched, 8)).toBe(true);
});
