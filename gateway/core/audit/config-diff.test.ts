import { describe, expect, it } from "vitest";
import { configChanges } from "./config-diff.ts";

describe("what changed of a configuration", () => {
  it.each([
    ["nothing", { a: 1 }, { a: 1 }, {}],
    ["a value", { a: { b: 1 } }, { a: { b: 2 } }, { "a.b": { from: 1, to: 2 } }],
    ["what came", {}, { a: "x" }, { a: { from: null, to: "x" } }],
    ["what went", { a: { b: true } }, {}, { "a.b": { from: true, to: null } }],
    ["a list as one value", { a: [1, 2] }, { a: [1, 3] }, { a: { from: "[1,2]", to: "[1,3]" } }],
    [
      "a value that became a group",
      { a: 1 },
      { a: { b: 1 } },
      { a: { from: 1, to: null }, "a.b": { from: null, to: 1 } },
    ],
    ["null that was always there", { a: null }, { a: null }, {}],
  ])("is told by its path: %s", (_what, before, after, changes) => {
    expect(configChanges(before, after, 9)).toEqual({ changes, total: Object.keys(changes).length });
  });

  it("is told up to a limit and counted whole; long texts are cut", () => {
    const { changes, total } = configChanges({}, { a: "x".repeat(600), b: 1, c: 2 }, 2);
    expect([Object.keys(changes), total]).toEqual([["a", "b"], 3]);
    expect(String(changes["a"]?.to)).toHaveLength(502);
  });
});
