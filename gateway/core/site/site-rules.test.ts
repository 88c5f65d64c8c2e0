import { describe, expect, it } from "vitest";
import type { Role } from "../access/policy.ts";
import { testCommand } from "../testing/plant.ts";
import { textOf } from "../text.ts";
import { checkPin, mayAttend } from "./attendant.ts";
import { everywhere, islandsOf } from "./island.ts";
import { checkLockOut, checkRoom, type LockOutRecord, mayLift, mostLockOuts } from "./lock-out.ts";
import { confirmationHoldsMs, type PermitSurroundings, permitObstacle, standsAt } from "./permit.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("the island switch (R18)", () => {
  const cut = (equipment: string) => ({ equipment, who: "anna", since: 0 });
  it.each([
    ["nothing is cut", [], "press", 0],
    ["its own switch cuts it", ["press"], "press", 1],
    ["another machine's switch does not", ["oven"], "press", 0],
    ["the switch of the site cuts every machine", [everywhere], "press", 1],
    ["both stand at once, each lifted by itself", ["press", everywhere], "press", 2],
    ["a name is no pattern", ["pre*"], "press", 0],
  ])("%s", (_name, switches, equipment, count) => {
    expect(islandsOf(switches.map(cut), equipment)).toHaveLength(count);
  });
});

describe("a lock-out (R21)", () => {
  const lock = (more: Partial<LockOutRecord> = {}): LockOutRecord => ({
    ...{ id: "l1", equipment: "press", userId: "u-anna", person: "anna", reason: undefined, since: 0 },
    ...more,
  });

  it.each([
    ["its person lifts it", "u-anna", "u-anna", true],
    ["nobody else does", "u-anna", "u-bruno", false],
    ["a lock of somebody without account is lifted by nobody here", undefined, "u-anna", false],
  ])("%s", (_name, owner, userId, may) => {
    expect(mayLift(lock({ userId: owner }), { userId })).toBe(may);
  });

  it("hangs beside others, one a person", () => {
    const others = [lock(), lock({ id: "l2", userId: undefined, person: "Visitor" })];
    expect(() => checkRoom(others, lock({ id: "l3", userId: "u-bruno", person: "bruno" }))).not.toThrow();
    expect(() => checkRoom(others, lock({ id: "l3" }))).toThrow(code("request/conflict"));
    expect(() => checkRoom(others, lock({ id: "l3", userId: undefined, person: "VISITOR" }))).toThrow(
      code("request/conflict"),
    );
    // The same name without the account is not the same person.
    expect(() => checkRoom(others, lock({ id: "l3", userId: undefined }))).not.toThrow();
  });

  it("has a bound", () => {
    const many = Array.from({ length: mostLockOuts }, (_, i) => lock({ id: `l${i}`, userId: `u${i}` }));
    expect(() => checkRoom(many, lock())).toThrow(code("request/conflict"));
    expect(() => checkRoom(many.slice(1), lock())).not.toThrow();
  });

  it.each([
    ["no name", { person: " ", reason: undefined }],
    ["a name that is too long", { person: "x".repeat(101), reason: undefined }],
    ["a reason that is too long", { person: "anna", reason: "x".repeat(201) }],
  ])("refuses %s", (_name, input) => {
    expect(() => checkLockOut(input)).toThrow(code("request/invalid"));
  });
});

describe("attendants", () => {
  const cases: readonly [Role, readonly string[], boolean][] = [
    ["operator", ["*"], true],
    ["operator", ["press"], true],
    ["operator", ["oven"], false],
    ["operator", [], false],
    ["supervisor", ["pr*"], true],
    ["administrator", ["*"], true],
    ["viewer", ["*"], false],
    ["guest", ["*"], false],
  ];
  it.each(cases)("%s of %j at the press: %s", (role, equipment, may) => {
    expect(mayAttend({ role, equipment }, "press")).toBe(may);
  });

  it.each(["482915", "111112", "123457", "482915730164"])("may have the PIN %s", (pin) => {
    expect(() => checkPin(pin)).not.toThrow();
  });

  it.each([
    "48291",
    "4829157301645",
    "48291a",
    "٤٨٢٩١٥",
    "",
    "000000",
    "7777777",
    "123456",
    "345678",
    "987654",
    "890123",
    "210987",
  ])("may not have the PIN %j", (pin) => {
    expect(() => checkPin(pin)).toThrow(code("user/pin-weak"));
  });
});

describe("an attendant's confirmation (R20)", () => {
  it("holds for the longest time that a command of the machine allows", () => {
    const attendant = (withinMs: number) => testCommand("start", { permit: { kind: "attendant", withinMs } });
    const others = [
      testCommand("load"),
      testCommand("go", { permit: { kind: "signal", when: "guard" } }),
      testCommand("run", { permit: { kind: "warning", text: textOf("horn") } }),
    ];
    expect(confirmationHoldsMs({ commands: [attendant(20_000), ...others, attendant(60_000)] })).toBe(60_000);
    expect(confirmationHoldsMs({ commands: others })).toBeUndefined();
  });

  const quiet: PermitSurroundings = { lockedOut: false, island: false, chain: undefined, remote: true };
  it.each([
    ["nothing stands in its way", {}, undefined],
    ["no key is declared", { remote: undefined }, undefined],
    ["the chain is ready", { chain: { ready: true } }, undefined],
    ["the key is on LOCAL", { remote: false }, "key"],
    ["the key cannot be read", { remote: null }, "key"],
    ["somebody has locked it out", { lockedOut: true }, "locked-out"],
    ["the machine is cut off", { island: true }, "island"],
    ["the chain is not ready", { chain: { ready: false } }, "chain"],
  ])("%s", (_name, more, obstacle) => {
    expect(permitObstacle({ ...quiet, ...more })).toBe(obstacle);
  });

  it.each([
    [0, true],
    [59_999, true],
    [60_000, false],
  ])("given at 0 for 60 s it stands at %i ms: %s", (nowMs, stands) => {
    expect(standsAt({ by: "anna", givenMs: 0, untilMs: 60_000 }, nowMs)).toBe(stands);
    expect(standsAt(undefined, nowMs)).toBe(false);
    expect(standsAt({ by: "anna", givenMs: 0, untilMs: 60_000 }, nowMs, 20_000)).toBe(nowMs < 20_000);
  });
});
