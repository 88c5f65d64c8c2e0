import { describe, expect, it } from "vitest";
import { type Log, silentLog } from "../core/log.ts";
import { GuardedTimers } from "./guarded-timers.ts";
import { ManualTime } from "./testing/manual-time.ts";

function bench() {
  const time = new ManualTime();
  const logged: string[] = [];
  const log: Log = { ...silentLog, error: (_fields, message) => void logged.push(message) };
  const timers = new GuardedTimers(time, log, () => time.monotonicMs());
  return { time, timers, logged };
}

describe("a timer whose callback fails", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
    [
      "throws no error at all",
      () => {
        throw undefined;
      },
    ],
  ])("that %s is logged once a minute, counted each time, and comes again", async (_what, run) => {
    const { time, timers, logged } = bench();
    let beats = 0;
    const cancel = timers.every(1000, () => {
      beats++;
      return run();
    });
    await time.advance(59_000);
    expect([beats, timers.failures, logged.length]).toEqual([59, 59, 1]);
    await time.advance(10_000);
    expect([beats, timers.failures, logged.length]).toEqual([69, 69, 2]);
    cancel();
    await time.advance(10_000);
    expect(beats).toBe(69);
  });

  it("stops no other one", async () => {
    const { time, timers } = bench();
    const done: string[] = [];
    timers.after(10, () => {
      throw new Error("broken");
    });
    timers.after(10, () => done.push("other"));
    await time.advance(20);
    expect(done).toEqual(["other"]);
    expect(time.pending).toBe(0);
  });
});
