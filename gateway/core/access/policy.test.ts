import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CommandClass } from "../plant.ts";
import {
  allows,
  allowsOn,
  type Caller,
  coverage,
  matches,
  type Permission,
  permissions,
  type Role,
  rolePermits,
  roles,
  visibleHistory,
} from "./policy.ts";

function caller(more: Partial<Caller>): Caller {
  return {
    userId: "u",
    name: "n",
    role: "operator",
    equipment: ["*"],
    signInId: "s",
    secondFactor: false,
    scope: "full",
    slots: [],
    address: "127.0.0.1",
    ...more,
  };
}

const slot = { equipment: "mill", startMs: 1000, endMs: 2000 };

describe("who may do what", () => {
  it.each<[Role, Permission[]]>([
    ["viewer", ["equipment:view", "history:read", "bookings:view", "tokens:own"]],
    [
      "operator",
      [
        "equipment:view",
        "equipment:write",
        "equipment:stop",
        "control:take",
        "on-call:answer",
        "history:read",
        "bookings:view",
        "tokens:own",
        "system:view",
      ],
    ],
    [
      "supervisor",
      [
        "equipment:view",
        "equipment:write",
        "equipment:stop",
        "equipment:approve",
        "control:take",
        "control:force",
        "on-call:answer",
        "history:read",
        "bookings:view",
        "bookings:manage",
        "tokens:own",
        "audit:read",
        "system:view",
      ],
    ],
    [
      "engineer",
      [
        "equipment:view",
        "equipment:stop",
        "history:read",
        "bookings:view",
        "tokens:own",
        "system:view",
        "devices:browse",
        "config:accept",
      ],
    ],
    ["auditor", ["history:read", "audit:read"]],
    ["administrator", permissions.filter((each) => each !== "bookings:own")],
    ["guest", ["equipment:view", "equipment:write", "equipment:stop", "control:take", "history:read", "bookings:own"]],
  ])("a %s has these permissions and no other", (role, expected) => {
    expect(permissions.filter((each) => allows(caller({ role }), each)).sort()).toEqual([...expected].sort());
  });

  it.each([
    ["docs/access.md", "yes"],
    ["docs/it/accessi.md", "sì"],
  ])("%s shows the roles as they are", (page, yes) => {
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
    const head = ["permission", "permesso"].map((word) => `| ${word} | ${roles.join(" | ")} |`);
    expect(head.filter((line) => text.includes(line))).toHaveLength(1);
    for (const permission of permissions) {
      const cells = roles.map((role) => (rolePermits(role, permission) ? yes : "–"));
      expect(text).toContain(`| \`${permission}\` | ${cells.join(" | ")} |`);
    }
  });

  it("a stop-only credential is good for stop requests and only where its person may stop", () => {
    const may = (role: Role): Permission[] =>
      permissions.filter((each) => allows(caller({ role, scope: "stop" }), each));
    expect(may("operator")).toEqual(["equipment:stop"]);
    expect(may("administrator")).toEqual(["equipment:stop"]);
    expect(may("viewer")).toEqual([]);
  });

  describe("a program with a token", () => {
    const token = {
      id: "t",
      permissions: ["equipment:view", "equipment:write"] as const,
      equipment: ["press", "mill"],
    };
    const right = {
      grant: "g",
      role: "operator",
      equipment: ["press", "oven"],
      highestClass: "C3",
      untilMs: 9,
    } as const;
    const program = caller({ rights: [right], token });

    it.each<[string, Permission, string, CommandClass | undefined, boolean]>([
      ["does what both give", "equipment:write", "press", "C1", true],
      ["never more than C1", "equipment:write", "press", "C2", false],
      ["not what the token leaves out", "history:read", "press", undefined, false],
      ["not where the token is not for", "equipment:view", "oven", undefined, false],
      ["not where its maker may not", "equipment:view", "mill", undefined, false],
      ["never takes control", "control:take", "press", undefined, false],
    ])("%s", (_name, permission, equipment, wanted, expected) => {
      expect(allowsOn(program, permission, equipment, 1, wanted)).toBe(expected);
    });

    it("loses what its maker loses", () => {
      expect(allowsOn({ ...program, rights: [{ ...right, role: "viewer" }] }, "equipment:write", "press", 1)).toBe(
        false,
      );
      expect(allowsOn(program, "equipment:write", "press", 9)).toBe(false);
    });

    it("covers no more than both cover", () => {
      const rights = [{ ...right, equipment: ["pr*"] }];
      expect(coverage({ ...program, rights }, "equipment:view")).toEqual(["press"]);
      expect(coverage({ ...program, rights: [{ ...right, equipment: ["*"] }] }, "equipment:view")).toEqual([
        "press",
        "mill",
      ]);
      const wide = { ...token, equipment: ["p*"] };
      expect(coverage({ ...program, token: wide }, "equipment:view")).toEqual([]);
    });
  });

  it("a guest who leads its organisation invites, and may nothing more", () => {
    const guest = caller({ role: "guest" });
    const gained = permissions.filter((each) => allows({ ...guest, leads: true }, each) && !allows(guest, each));
    expect(gained).toEqual(["members:invite"]);
  });

  it.each([
    ["before the slot", 999, false],
    ["at its first millisecond", 1000, true],
    ["at its last", 1999, true],
    ["at its end", 2000, false],
  ])("a guest %s", (_name, now, expected) => {
    for (const permission of ["equipment:view", "equipment:write", "equipment:stop"] as const) {
      expect(allowsOn(caller({ role: "guest", slots: [slot] }), permission, "mill", now)).toBe(expected);
    }
    expect(allowsOn(caller({ role: "guest", slots: [slot] }), "equipment:view", "press", now)).toBe(false);
  });

  it("a guest's equipment pattern gives it nothing", () => {
    expect(allowsOn(caller({ role: "guest", equipment: ["*"] }), "equipment:view", "mill", 1500)).toBe(false);
  });

  it("a guest's history is cut to its own slots, in order", () => {
    const guest = caller({ role: "guest", slots: [{ ...slot, startMs: 5000, endMs: 6000 }, slot] });
    expect(visibleHistory(guest, "mill", 0, 5500)).toEqual([
      [1000, 2000],
      [5000, 5500],
    ]);
    expect(visibleHistory(guest, "mill", 2000, 5000)).toEqual([]);
    expect(visibleHistory(guest, "press", 0, 9000)).toEqual([]);
  });

  it.each([
    ["*", "press", true],
    ["pr*", "press", true],
    ["pr*", "spress", false],
    ["press", "press2", false],
    ["p.ess", "press", false],
    ["press/*", "press/speed", true],
    ["*/speed", "press/speed", true],
    ["", "press", false],
  ])("the pattern %j on %j is %s", (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });
});
