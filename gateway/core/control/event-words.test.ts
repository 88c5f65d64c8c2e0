import { describe, expect, it } from "vitest";
import { type EventData, type EventStep, told, toldPartly } from "./event-words.ts";

describe("what happened to a command", () => {
  it.each<[EventStep, EventData | undefined, string]>([
    ["received", undefined, "received"],
    ["approved", { user: "Bianchi" }, "approved by Bianchi"],
    ["written", undefined, "written"],
    ["written", { at: "2", of: "3" }, "written (2 of 3)"],
    [
      "unanswered",
      { at: "1", of: "2", detail: "no answer in time" },
      "no answer to the write (1 of 2): no answer in time",
    ],
    ["reads-other", { value: "{user}" }, "reads back {user}"],
    ["approved", undefined, "approved by –"],
  ])("%s with %o is said as %s", (step, data, text) => {
    expect(told(step, data)).toEqual({ step, text, ...(data ? { data } : {}) });
  });

  it.each([
    [1, "Expired: too old; 1 step was already done"],
    [2, "Expired: too old; 2 steps were already done"],
  ])("says that %i writes were done before it", (done, text) => {
    expect(toldPartly(told("too-old"), done)).toEqual({ step: "too-old", text, data: { done: String(done) } });
  });
});
