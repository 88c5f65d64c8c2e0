import { expect, test } from "vitest";
import { detailLines } from "./detail.ts";

test("a change is told with what was before", () => {
  expect(detailLines({ role: { from: "operator", to: "supervisor" } })).toEqual([
    { key: "role", value: { kind: "text", text: "supervisor" }, from: { kind: "text", text: "operator" } },
  ]);
});

test("instants are instants, nested ones too", () => {
  expect(detailLines({ start: "2026-11-24T08:00:00.000Z", before: { start: "2026-11-23T08:00:00Z" } })).toEqual([
    { key: "start", value: { kind: "instant", atMs: Date.UTC(2026, 10, 24, 8) } },
    { key: "before.start", value: { kind: "instant", atMs: Date.UTC(2026, 10, 23, 8) } },
  ]);
});

test.each([
  [["a", "b"], { kind: "text", text: "a, b" }],
  [[], { kind: "nothing" }],
  [null, { kind: "nothing" }],
  ["", { kind: "nothing" }],
  [0, { kind: "text", text: "0" }],
  [false, { kind: "truth", holds: false }],
  [[{ deep: 1 }], { kind: "text", text: '[{"deep":1}]' }],
  ["2026-11-24", { kind: "text", text: "2026-11-24" }],
])("%j is shown as it is", (value, expected) => {
  expect(detailLines({ it: value })).toEqual([{ key: "it", value: expected }]);
});
