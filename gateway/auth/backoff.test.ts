import { describe, expect, it } from "vitest";
import { addressBlock } from "../core/address-block.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { backOffRules, forgetAfterMs, LoginBackOffTables, waitAfter } from "./backoff.ts";

function bench() {
  const time = new ManualTime();
  return { time, backOff: new LoginBackOffTables(time) };
}

/** Fails so often, waiting as told. */
async function fail(
  { time, backOff }: ReturnType<typeof bench>,
  times: number,
  account: string,
  address: string,
): Promise<void> {
  for (let i = 0; i < times; i++) {
    const waitS = backOff.attempt(account, address);
    if (waitS === undefined) continue;
    await time.advance(waitS * 1000);
    expect(backOff.attempt(account, address)).toBeUndefined();
  }
}

describe("the wait after failures", () => {
  it.each([
    ["pair", 1, 0],
    ["pair", 2, 0],
    ["pair", 3, 1_000],
    ["pair", 4, 2_000],
    ["pair", 8, 32_000],
    ["pair", 9, 60_000],
    ["pair", 1e9, 60_000],
    ["address", 9, 0],
    ["address", 10, 1_000],
    ["address", 1e9, 60_000],
    ["account", 19, 0],
    ["account", 20, 2_000],
    ["account", 1e9, 30_000],
  ] as const)("of one %s after %d is %d ms", (rule, count, ms) => {
    expect(waitAfter(backOffRules[rule], count)).toBe(ms);
  });
});

describe("log-in back-off (S9)", () => {
  it("lets three tries through, also when they come side by side, then asks to wait", () => {
    const { backOff } = bench();
    const answers = Array.from({ length: 50 }, () => backOff.attempt("anna", "192.0.2.1"));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(3);
    expect(answers[3]).toBe(1);
  });

  it("does not lengthen the wait for those who ask too early", async () => {
    const { time, backOff } = bench();
    for (let i = 0; i < 100; i++) backOff.attempt("anna", "192.0.2.1");
    await time.advance(1_000);
    expect(backOff.attempt("anna", "192.0.2.1")).toBeUndefined();
  });

  it("never asks for more than a minute, and forgets after a quiet quarter of an hour", async () => {
    const some = bench();
    await fail(some, 30, "anna", "192.0.2.1");
    expect(some.backOff.attempt("anna", "192.0.2.1")).toBe(60);
    await some.time.advance(forgetAfterMs);
    expect(some.backOff.attempt("anna", "192.0.2.1")).toBeUndefined();
    expect(some.backOff.attempt("anna", "192.0.2.1")).toBeUndefined();
  });

  it("lets the owner in from a clean address at once, however many strangers try the account", async () => {
    const some = bench();
    for (let i = 0; i < 40; i++) await fail(some, 5, "anna", `203.0.113.${i}`);
    expect(some.backOff.attempt("anna", "192.0.2.1")).toBeUndefined();
  });

  it("slows a crowd of strangers on one account: each gets one free try, then all wait together", () => {
    const { backOff } = bench();
    let through = 0;
    for (let i = 0; i < 40; i++)
      for (let n = 0; n < 3; n++) if (backOff.attempt("anna", `203.0.113.${i}`) === undefined) through++;
    expect(through).toBeLessThanOrEqual(20 + 40);
  });

  it("slows an address that tries many accounts", () => {
    const { backOff } = bench();
    const answers = Array.from({ length: 30 }, (_, i) => backOff.attempt(`user${i}`, "203.0.113.9"));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(10);
  });

  it("keeps the kiosk open behind an address that strangers share, once somebody signed in there", () => {
    const { backOff } = bench();
    expect(backOff.attempt("kiosk", "127.0.0.1")).toBeUndefined();
    backOff.succeeded("kiosk", "127.0.0.1");
    for (let i = 0; i < 100; i++) backOff.attempt(`user${i}`, "127.0.0.1");
    expect(backOff.attempt("somebody", "127.0.0.1")).toBeGreaterThan(0);
    expect(backOff.attempt("kiosk", "127.0.0.1")).toBeUndefined();
  });

  it("does not let a valid account clear the way for tries on others", () => {
    const { backOff } = bench();
    let through = 0;
    for (let i = 0; i < 100; i++) {
      if (backOff.attempt(`victim${i}`, "203.0.113.9") === undefined) through++;
      if (backOff.attempt("own", "203.0.113.9") === undefined) backOff.succeeded("own", "203.0.113.9");
    }
    expect(through).toBe(10);
  });

  it("knows an account in any spelling, and one person's IPv6 block as one address", () => {
    const { backOff } = bench();
    for (const [name, address] of [
      ["Anna", "2001:db8::1"],
      ["ANNA", "2001:db8:0:0:ffff::2"],
      ["ａnna", "2001:db8::3"],
    ] as const) {
      expect(backOff.attempt(name, address)).toBeUndefined();
    }
    expect(backOff.attempt("anna", "2001:db8::4")).toBe(1);
  });

  it("stays bounded under a flood of names and addresses", () => {
    const { backOff } = bench();
    for (let i = 0; i < 30_000; i++) backOff.attempt(`__proto__${i}`, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(backOff.evictions).toBe(3 * 20_000);
  });
});

describe("the block of an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:0DB8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2::/64"],
    ["", ""],
  ])("%s is %s", (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});
