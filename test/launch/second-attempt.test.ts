import { describe, expect, it } from "vitest";
import { afterSecondAttempt, filesToRunAgain, mostFilesAgain, summed } from "./second-attempt.mjs";

const green = (passed: number) => ({ passed, failures: [], skipped: [] });
const red = (name: string, passed = 1) => ({ passed, failures: [{ name, text: "expected 1 to be 2" }], skipped: [] });
const ended = { name: "outside of any test", text: "[vitest-pool]: Worker forks emitted error.\n  because: SIGTRAP" };

describe("second attempt of a red test file", () => {
  it("is made for the red files only", () => {
    expect(filesToRunAgain({ files: { a: green(3), b: red("b > x") }, outside: [] })).toEqual(["b"]);
  });

  it("is not made where more files are red than chance explains", () => {
    const files = Object.fromEntries(Array.from({ length: mostFilesAgain + 1 }, (_, k) => [`f${k}`, red(`f${k} > x`)]));
    expect(filesToRunAgain({ files, outside: [] })).toEqual([]);
  });

  it("counts each test once and says what failed at first", () => {
    const first = { files: { a: green(3), b: red("b > x", 4) }, outside: [] };
    const both = afterSecondAttempt(first, { files: { b: green(5) }, outside: [] }, ["b"]);
    expect(summed(both)).toEqual({ passed: 8, failures: [], skipped: [] });
    expect(both.again.map(({ name }) => name)).toEqual(["b > x"]);
  });

  it.each([
    ["red again", { files: { b: red("b > y") }, outside: [] }],
    ["not run again", { files: {}, outside: [] }],
    ["without a test that passed", { files: { b: green(0) }, outside: [] }],
  ])("leaves a file red that is %s", (_, second) => {
    const both = afterSecondAttempt({ files: { b: red("b > x") }, outside: [] }, second, ["b"]);
    expect(summed(both).failures.map(({ name }) => name)).toEqual(["b > x"]);
    expect(both.again).toEqual([]);
  });

  it("excuses a process that ended only where its file passed then, and says so", () => {
    const first = { files: { a: green(3), b: red("b") }, outside: [ended] };
    const both = afterSecondAttempt(first, { files: { b: green(5) }, outside: [] }, ["b"]);
    expect(summed(both).failures).toEqual([]);
    expect(both.again).toEqual([...red("b").failures, ended]);
    const still = afterSecondAttempt(first, { files: { b: red("b") }, outside: [] }, ["b"]);
    expect(summed(still).failures).toHaveLength(2);
  });

  it("never excuses another error outside of any test, nor one that nobody answers for", () => {
    const stray = { name: "outside of any test", text: "Unhandled rejection" };
    const first = { files: { b: red("b > x") }, outside: [stray] };
    expect(summed(afterSecondAttempt(first, { files: { b: green(2) }, outside: [] }, ["b"])).failures).toEqual([stray]);
    const alone = { files: { a: green(2) }, outside: [ended] };
    expect(summed(afterSecondAttempt(alone, { files: {}, outside: [] }, [])).failures).toEqual([ended]);
  });
});
