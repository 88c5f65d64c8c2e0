import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandClass } from "../plant.ts";
import { testCaller } from "../testing/caller.ts";
import { commandClasses, type Grant, type GrantGap, grantRoles, rightOf } from "./grant.ts";
import { type AccessTarget, may } from "./may.ts";
import { allowsOn, type Permission, permissions } from "./policy.ts";

const zone = "Europe/Rome";
/** Thursday, 13:00 in Rome. */
const now = Date.parse("2026-11-26T12:00:00Z");
const press: AccessTarget = { equipment: "press", area: "hall_2" };

function grant(more: Partial<Grant> = {}): Grant {
  return {
    ...{
      id: "g",
      subject: { kind: "user", id: "anna" },
      own: false,
      role: "operator",
      equipment: ["press"],
      areas: [],
    },
    ...{ highestClass: "C3", notBefore: undefined, notAfter: undefined, hours: [], ...more },
  };
}
const person = (...grants: Grant[]) => ({ guest: false, disabled: false, grants, slots: [] });
const missing = (of: Grant, permission: Permission, target: AccessTarget): readonly GrantGap[] | undefined =>
  may(person(of), permission, target, zone, now).grants[0]?.missing;

describe("who may do what, and why", () => {
  it.each<[string, Partial<Grant>, Permission, AccessTarget, GrantGap[]]>([
    ["role and machine", {}, "equipment:write", press, []],
    ["a pattern", { equipment: ["pr*"] }, "equipment:view", press, []],
    ["an area", { equipment: [], areas: ["hall_2"] }, "equipment:view", press, []],
    ["another area", { equipment: [], areas: ["hall_3"] }, "equipment:view", press, ["equipment"]],
    ["another machine", { equipment: ["oven"] }, "equipment:view", press, ["equipment"]],
    ["a role without it", { role: "viewer" }, "equipment:write", press, ["role"]],
    ["the class itself", { highestClass: "C2" }, "equipment:write", { ...press, class: "C2" }, []],
    ["a class above", { highestClass: "C1" }, "equipment:write", { ...press, class: "C2" }, ["class"]],
    ["acknowledging with C0", { highestClass: "C0" }, "equipment:write", { ...press, class: "C0" }, []],
    ["control with C0", { highestClass: "C0" }, "control:take", press, ["class"]],
    ["a stop request with C0", { highestClass: "C0" }, "equipment:stop", press, []],
    ["before its beginning", { notBefore: now + 1 }, "equipment:view", press, ["not-yet"]],
    ["at its beginning", { notBefore: now }, "equipment:view", press, []],
    ["in its last millisecond", { notAfter: now + 1 }, "equipment:view", press, []],
    ["at its end", { notAfter: now }, "equipment:view", press, ["ended"]],
    ["in its hours", { hours: [{ days: [4], from: "12:00", to: "14:00" }] }, "equipment:view", press, []],
    ["out of its hours", { hours: [{ days: [4], from: "08:00", to: "13:00" }] }, "equipment:view", press, ["hours"]],
    [
      "everything at once",
      { role: "viewer", equipment: ["oven"], highestClass: "C0", notAfter: 1 },
      "equipment:write",
      { ...press, class: "C1" },
      ["role", "equipment", "class", "ended"],
    ],
    ["no machine asked for", { equipment: [] }, "history:read", {}, []],
    ["an engineer accepting a configuration", { role: "engineer" }, "config:accept", {}, []],
    ["an engineer writing", { role: "engineer" }, "equipment:write", press, ["role"]],
    ["an engineer managing people", { role: "engineer" }, "people:manage", {}, ["role"]],
    ["an auditor reading the audit", { role: "auditor" }, "audit:read", {}, []],
    ["an auditor looking at a machine", { role: "auditor" }, "equipment:view", press, ["role"]],
  ])("%s", (_name, more, permission, target, expected) => {
    expect(missing(grant(more), permission, target)).toEqual(expected);
    expect(may(person(grant(more)), permission, target, zone, now).allowed).toBe(expected.length === 0);
  });

  it("one grant that allows is enough, and is named", () => {
    const answer = may(
      person(grant({ id: "a", role: "viewer" }), grant({ id: "b" })),
      "equipment:write",
      press,
      zone,
      now,
    );
    expect(answer.allowed).toBe(true);
    expect(answer.grants.filter((each) => each.missing.length === 0).map((each) => each.grant.id)).toEqual(["b"]);
  });

  it("what two grants give together, none gives alone, is not given", () => {
    const answer = may(
      person(grant({ equipment: ["oven"] }), grant({ role: "viewer" })),
      "equipment:write",
      press,
      zone,
      now,
    );
    expect(answer.allowed).toBe(false);
  });

  it("who cannot sign in may nothing", () => {
    expect(may({ ...person(grant()), disabled: true }, "equipment:view", press, zone, now)).toMatchObject({
      allowed: false,
      disabled: true,
    });
  });

  it("a guest's machine is its booking's, whatever its grant says", () => {
    const own = grant({ role: "guest", own: true, equipment: ["*"] });
    const slot = { equipment: "press", startMs: now, endMs: now + 10 };
    const guest = { guest: true, disabled: false, grants: [own], slots: [slot] };
    expect(may(guest, "equipment:write", press, zone, now)).toMatchObject({ allowed: true, slot });
    expect(may(guest, "equipment:write", press, zone, now + 10)).toMatchObject({
      allowed: false,
      outsideBooking: true,
    });
    expect(may(guest, "people:manage", press, zone, now).allowed).toBe(false);
  });
});

const anyGrant: fc.Arbitrary<Grant> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 3 }),
  subject: fc.constant({ kind: "user" as const, id: "anna" }),
  own: fc.constant(false),
  role: fc.constantFrom(...grantRoles),
  equipment: fc.array(fc.constantFrom("*", "press", "pr*", "oven"), { maxLength: 2 }),
  areas: fc.array(fc.constantFrom("hall_2", "hall_3"), { maxLength: 2 }),
  highestClass: fc.constantFrom(...commandClasses),
  notBefore: fc.option(fc.integer({ min: now - 5, max: now + 5 }), { nil: undefined }),
  notAfter: fc.option(fc.integer({ min: now - 5, max: now + 5 }), { nil: undefined }),
  hours: fc.array(
    fc.record({
      days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      from: fc.constantFrom("00:00", "12:59", "13:00"),
      to: fc.constantFrom("13:00", "13:01", "24:00"),
    }),
    { maxLength: 2 },
  ),
});

describe("what callers carry", () => {
  it("answers as the explanation does, for every grant, class and moment", () => {
    const site = { zone, areas: new Map([["hall_2", ["press"]]]) };
    fc.assert(
      fc.property(
        fc.array(anyGrant, { maxLength: 3 }),
        fc.constantFrom(...permissions),
        fc.option(fc.constantFrom<CommandClass>(...commandClasses), { nil: undefined }),
        (grants, permission, wanted) => {
          const rights = grants.flatMap((each) => rightOf(each, site, now) ?? []);
          const carried = allowsOn(testCaller({ rights }), permission, "press", now, wanted);
          const target = { ...press, class: wanted };
          expect(carried).toBe(may(person(...grants), permission, target, zone, now).allowed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("a right is over at the very moment at which its time ends, whoever still carries it", () => {
    fc.assert(
      fc.property(anyGrant, (each) => {
        const right = rightOf(each, { zone, areas: new Map() }, now);
        if (right === undefined || right.untilMs === Number.POSITIVE_INFINITY) return;
        const at = (nowMs: number) => may(person(each), "history:read", {}, zone, nowMs).grants[0]?.missing;
        expect(at(right.untilMs - 1)).toEqual(at(now));
        expect(at(right.untilMs)).not.toEqual(at(now));
      }),
    );
  });
});
