import { describe, expect, it } from "vitest";
import { MuteWatch } from "./mute-watch.ts";

/** `a!` a time-out of a, `a` its answer; who waits then; and whether the connection is given up. */
const rows: [string, string[], number, "dead" | "kept"][] = [
  ["a! a!", [], 0, "kept"],
  ["a! a! a!", [], 0, "dead"],
  ["a! b! c!", ["a", "b"], 0, "dead"],
  ["a! b! c!", ["d"], 0, "kept"],
  ["d a! b! c!", [], 0, "kept"],
  ["d a! b! c! d!", [], 0, "dead"],
  ["d a! b! c! d a! b!", [], 0, "kept"],
  ["d a! b! c!", [], 29_999, "kept"],
  ["d a! b! c!", [], 30_000, "dead"],
  ["a! b! c!", ["d"], 30_000, "dead"],
];

describe("a connection without an answer", () => {
  it.each(rows)("after %s, with %j waiting and %i ms gone, is %s", (story, waiting, nowMs, outcome) => {
    const watch = new MuteWatch();
    for (const event of story.split(" ")) {
      const device = event.charAt(0);
      if (event.endsWith("!")) watch.timedOut(device, 0);
      else {
        watch.heard();
        watch.answered(device);
      }
    }
    expect(watch.verdict(nowMs, 1, waiting) === undefined ? "kept" : "dead").toBe(outcome);
  });

  it("is judged after as many more time-outs as requests are under way at once", () => {
    const watch = new MuteWatch();
    for (let n = 0; n < 11; n++) watch.timedOut("a", 0);
    expect(watch.verdict(0, 4, [])).toBeUndefined();
    watch.timedOut("a", 0);
    expect(watch.verdict(0, 4, [])).toBe("12 requests without an answer");
  });
});
