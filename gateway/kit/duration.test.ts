import { describe, expect, it } from "vitest";
import { Duration, duration, formatDuration, parseDuration } from "./duration.ts";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["1.5s", 1500],
    ["10 s", 10_000],
    ["2min", 120_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["0s", 0],
  ])("reads %s as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "5 minutes", "-1s", "1e3ms", "1s2ms", "s", "∞", "1m"])(
    "does not take %j for a duration",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [500, "500ms"],
    [90_000, "90s"],
    [120_000, "2min"],
    [0, "0ms"],
  ])("writes %i ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("refuses a bare number and says what would be right", () => {
    const result = Duration.safeParse(500);
    expect(result.error?.issues[0]?.message).toContain('"500ms"');
  });

  it("keeps its limits", () => {
    const between = duration(50, 60_000);
    expect(between.safeParse("50ms").success).toBe(true);
    expect(between.safeParse("49ms").error?.issues[0]?.message).toBe("a duration from 50ms to 1min");
    expect(between.safeParse("2min").success).toBe(false);
  });
});
