import { describe, expect, it } from "vitest";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { LoginBackOffTables } from "./backoff.ts";
import { KioskBackOff } from "./kiosk-backoff.ts";

/** Tries once a second for so long; gives how many were let through. */
async function guesses(time: ManualTime, backOff: KioskBackOff, seconds: number): Promise<number> {
  let tried = 0;
  for (let second = 0; second < seconds; second++) {
    if (backOff.attempt("press") === undefined) tried++;
    await time.advance(1_000);
  }
  return tried;
}

describe("PINs at a kiosk", () => {
  it("are free for two slips, then each wrong one costs twice the wait, a minute at most", () => {
    const time = new ManualTime();
    const backOff = new KioskBackOff(time);
    expect([1, 2, 3, 4].map(() => backOff.attempt("press"))).toEqual([undefined, undefined, undefined, 1]);
  });

  it("let somebody who guesses have about one try a minute", async () => {
    const time = new ManualTime();
    expect(await guesses(time, new KioskBackOff(time), 1_200)).toBeLessThan(30);
  });

  it("slow the kiosk at which they were typed, and no other", () => {
    const backOff = new KioskBackOff(new ManualTime());
    for (let i = 0; i < 3; i++) backOff.attempt("press");
    expect(backOff.attempt("press")).toBe(1);
    expect(backOff.attempt("oven")).toBeUndefined();
  });

  it("are not held up by log-ins, however many fail", () => {
    const time = new ManualTime();
    const logins = new LoginBackOffTables(time);
    for (let i = 0; i < 500; i++) logins.attempt(`press${i % 7}`, "127.0.0.1");
    expect(new KioskBackOff(time).attempt("press")).toBeUndefined();
  });

  it("go on at once after the right one, but the wrong ones before it still count", async () => {
    const time = new ManualTime();
    const backOff = new KioskBackOff(time);
    for (let i = 0; i < 3; i++) backOff.attempt("press");
    await time.advance(1_000);
    expect(backOff.attempt("press")).toBeUndefined();
    backOff.succeeded("press");
    expect(backOff.attempt("press")).toBeUndefined();
    expect(backOff.attempt("press")).toBe(2);
  });

  it("are forgotten after a quiet quarter of an hour", async () => {
    const time = new ManualTime();
    const backOff = new KioskBackOff(time);
    for (let i = 0; i < 3; i++) backOff.attempt("press");
    await time.advance(15 * 60_000);
    expect([1, 2].map(() => backOff.attempt("press"))).toEqual([undefined, undefined]);
  });
});
