import { describe, expect, it } from "vitest";
import { Status } from "../status.ts";
import type { Value } from "../value.ts";
import { type ChainMemory, type ChainReading, chainNow, remembered, says } from "./chain.ts";

/** Chain, reset and key at one moment; `-` where the machine has no such thing, `?` where it is not Good. */
type Moment = `${"closed" | "open" | "?"} ${"reset" | "tripped" | "?" | "-"} ${"REMOTE" | "LOCAL" | "?" | "-"}`;

function reading(moment: Moment): ChainReading {
  const [chain, reset, key] = moment.split(" ");
  return {
    closed: chain === "?" ? null : chain === "closed",
    reset: reset === "-" ? undefined : reset === "?" ? "unknown" : reset === "reset",
    remote: key === "-" ? undefined : key === "?" ? null : key === "REMOTE",
  };
}

/** What stands after a course of readings, a second apart, from a gateway that knew nothing. */
function course(moments: readonly Moment[], memory?: ChainMemory) {
  let now = memory;
  let last = reading("? ? ?");
  for (const [second, moment] of moments.entries()) {
    last = reading(moment);
    now = remembered(now, last, second * 1000);
  }
  return chainNow(now, last);
}

const both = "was open: reset at the machine, turn the key to LOCAL and back to REMOTE";

describe("the emergency-stop chain (R20)", () => {
  const cases: readonly [string, readonly Moment[], string | undefined][] = [
    ["is ready after a start with the chain closed", ["closed reset REMOTE"], undefined],
    ["is ready though no reset shows, where it was never seen open", ["closed tripped REMOTE"], undefined],
    ["is not ready while it is open", ["open tripped REMOTE"], "is open"],
    ["is not ready while it cannot be read", ["closed reset REMOTE", "? reset REMOTE"], "cannot be read"],
    [
      "is ready again after a gap in which nothing was seen open",
      ["closed reset REMOTE", "? ? ?", "closed reset REMOTE"],
      undefined,
    ],
    ["waits for reset and key once it is closed again", ["open tripped REMOTE", "closed tripped REMOTE"], both],
    [
      "waits for the key after the reset",
      ["open tripped REMOTE", "closed reset REMOTE"],
      "was open: turn the key to LOCAL and back to REMOTE",
    ],
    [
      "waits for the way back of the key",
      ["open tripped REMOTE", "closed reset LOCAL"],
      "was open: turn the key back to REMOTE",
    ],
    [
      "does not take a key that cannot be read for one that is back",
      ["open tripped LOCAL", "closed reset ?"],
      "was open: turn the key back to REMOTE",
    ],
    [
      "is ready after reset, LOCAL and REMOTE",
      ["open tripped REMOTE", "closed reset REMOTE", "closed reset LOCAL", "closed reset REMOTE"],
      undefined,
    ],
    [
      "counts a key turned while the chain is still open",
      ["open tripped REMOTE", "open tripped LOCAL", "closed reset REMOTE"],
      undefined,
    ],
    [
      "counts a key that was on LOCAL already when it opened",
      ["open tripped LOCAL", "closed reset LOCAL", "closed reset REMOTE"],
      undefined,
    ],
    [
      "does not count LOCAL before it opened",
      ["closed reset LOCAL", "open tripped REMOTE", "closed reset REMOTE"],
      "was open: turn the key to LOCAL and back to REMOTE",
    ],
    [
      "does not count a reset while it is open",
      ["open reset LOCAL", "closed tripped REMOTE"],
      "was open: reset at the machine",
    ],
    [
      "remembers a reset that was only a pulse",
      ["open tripped LOCAL", "closed reset LOCAL", "closed tripped LOCAL", "closed tripped REMOTE"],
      undefined,
    ],
    [
      "does not take an unknown reset for one",
      ["open tripped LOCAL", "closed ? REMOTE"],
      "was open: reset at the machine",
    ],
    [
      "waits for everything anew when it opens again",
      ["open tripped LOCAL", "closed reset LOCAL", "open tripped REMOTE", "closed reset REMOTE"],
      "was open: turn the key to LOCAL and back to REMOTE",
    ],
    [
      "waits for everything anew when it opens again before the reset",
      ["open tripped LOCAL", "closed tripped REMOTE", "open tripped REMOTE", "closed reset REMOTE"],
      "was open: turn the key to LOCAL and back to REMOTE",
    ],
    ["does not end its waiting in a gap", ["open tripped LOCAL", "? reset REMOTE"], "cannot be read"],
    [
      "waits for the key alone where no reset is declared",
      ["open - REMOTE", "closed - REMOTE"],
      "was open: turn the key to LOCAL and back to REMOTE",
    ],
    [
      "waits for the reset alone where there is no key",
      ["open tripped -", "closed tripped -"],
      "was open: reset at the machine",
    ],
    ["is ready with the reset where there is no key", ["open tripped -", "closed reset -"], undefined],
    ["is ready once closed where neither is declared", ["open - -", "closed - -"], undefined],
  ];
  it.each(cases)("%s", (_name, moments, why) => {
    const now = course(moments);
    expect([now.ready, now.why?.en]).toEqual([why === undefined, why]);
  });

  it("says in Italian too what is waited for", () => {
    expect(course(["open tripped REMOTE", "closed tripped REMOTE"]).why?.it).toBe(
      "è stata aperta: ripristina alla macchina, gira la chiave su LOCAL e poi su REMOTE",
    );
  });

  it("waits after a restart too, whatever happened while nobody looked", () => {
    const memory = { openedAt: 0, closed: false, reset: false, local: false };
    expect(course(["closed tripped REMOTE"], memory).why?.en).toBe(both);
  });

  it("keeps the same memory where nothing changed, so that nothing is written", () => {
    const memory = remembered(undefined, reading("open tripped REMOTE"), 5);
    expect(remembered(memory, reading("open tripped REMOTE"), 6)).toBe(memory);
    expect(memory).toEqual({ openedAt: 5, closed: false, reset: false, local: false });
  });
});

describe("what a tag says", () => {
  const cases: readonly [Value, number, Value, boolean | null][] = [
    [true, Status.Good, true, true],
    [false, Status.Good, true, false],
    [1, Status.Good, true, true],
    [0, Status.Good, true, false],
    [1n, Status.Good, 1, true],
    ["closed", Status.Good, "closed", true],
    ["", Status.Good, 0, false],
    ["1", Status.Good, 1, false],
    [Number.NaN, Status.Good, 0, false],
    [true, Status.Uncertain_LastUsableValue, true, null],
    [true, Status.Bad_NoCommunication, true, null],
    [null, Status.Good, true, null],
  ];
  it.each(cases)("%s with status %i, where %s is meant: %s", (value, status, wanted, answer) => {
    expect(says({ value, status }, wanted)).toBe(answer);
  });

  it("is not known where nothing was read", () => {
    expect(says(undefined, true)).toBeNull();
  });
});
