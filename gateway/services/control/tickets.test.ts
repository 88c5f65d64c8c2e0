import { describe, expect, it } from "vitest";
import { TicketOffice } from "./tickets.ts";

function bench() {
  const now = { wall: 1_000_000, mono: 5_000 };
  const office = new TicketOffice({ wallMs: () => now.wall, monotonicMs: () => now.mono });
  const pass = (wallMs: number, monoMs = wallMs): void => {
    now.wall += wallMs;
    now.mono += monoMs;
  };
  return { office, pass };
}

describe("a ticket (R2)", () => {
  it("is as old as its issue says, by the monotonic clock", () => {
    const { office, pass } = bench();
    const ticket = office.current();
    pass(4_000);
    expect(office.issuedAt(ticket)).toBe(5_000);
    expect(office.current()).not.toBe(ticket);
  });

  it.each([
    ["the computer slept, and the monotonic clock stood", 600_000, 10],
    ["the computer slept for moments", 2_500, 0],
  ])("is nobody's any more once %s", (_what, wallMs, monoMs) => {
    const { office, pass } = bench();
    const before = office.current();
    expect(office.issuedAt(before)).toBe(5_000);
    pass(wallMs, monoMs);
    expect(office.issuedAt(before)).toBeUndefined();
    const after = office.current();
    expect(office.issuedAt(after)).toBe(5_000 + monoMs);
  });

  it.each([
    ["is put back", -3_600_000, 100],
    ["runs a little fast", 1_500, 100],
  ])("holds when the wall clock %s", (_what, wallMs, monoMs) => {
    const { office, pass } = bench();
    const ticket = office.current();
    pass(wallMs, monoMs);
    expect(office.issuedAt(ticket)).toBe(5_000);
  });

  it.each(["", "5000", "5000.", "5000.x", "5000.x.y", "-1.x", "1e3.x"])("is not %j", (text) => {
    expect(bench().office.issuedAt(text)).toBeUndefined();
  });
});
