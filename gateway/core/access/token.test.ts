import { describe, expect, it } from "vitest";
import type { TokenRecord } from "../access-port.ts";
import { allows, allowsOn, type Caller, coverage, permissions, type Role, type TokenPermission } from "./policy.ts";
import {
  holds,
  isTokenText,
  longestTokenMs,
  programOf,
  readToken,
  type TokenWish,
  tokenProblems,
  tokenText,
} from "./token.ts";

const now = Date.UTC(2026, 5, 1, 9);
const [id, secret] = ["A_b-C_d-E_f-G_h-", `${"s".repeat(42)}_`];

const owner = (role: Role, equipment: readonly string[] = ["*"], highestClass: "C0" | "C1" | "C2" | "C3" = "C3") => ({
  ...{ userId: "u-1", name: "anna", role, equipment, slots: [] },
  rights: [{ grant: "g", role, equipment, highestClass, untilMs: Number.POSITIVE_INFINITY }],
});
const person = (role: Role, equipment?: readonly string[]): Caller => ({
  ...owner(role, equipment),
  ...{ signInId: "s", secondFactor: true, scope: "full", address: "192.0.2.1" },
});
const token = (more: Partial<TokenRecord> = {}): TokenRecord => ({
  ...{ id, userId: "u-1", name: "scada", hash: "", addresses: [], secondFactor: true, createdAt: now },
  ...{ permissions: ["equipment:view", "equipment:write", "equipment:stop"], equipment: ["*"], expiresAt: now + 1 },
  ...{ revokedAt: undefined, lastUsedAt: undefined, lastUsedFrom: undefined },
  ...more,
});

describe("the text of a token", () => {
  it("is read back, whatever underscores are in it", () => {
    expect(readToken(tokenText(id, secret))).toEqual({ id, secret });
  });

  it.each([
    "plt_",
    `plt_${id}`,
    `plt_${id}_${secret}x`,
    `plt_${id}_${secret} `,
    `plt_${id}_${secret}\n`,
    `PLT_${id}_${secret}`,
    `xplt_${id}_${secret}`,
    `plt_${id}.${secret}`,
  ])("is nothing else: %j", (text) => {
    expect(readToken(text)).toBeUndefined();
  });

  it.each([
    ["plt_", true],
    ["plt_anything.with.dots", true],
    ["eyJhbGciOiJFZERTQSJ9.e30.c2ln", false],
    ["cGx0X3N0b3AgdG9rZW4gb2YgNDMgY2hhcmFjdGVycyE", false],
  ])("never counts as another credential: %s %s", (text, is) => {
    expect(isTokenText(text)).toBe(is);
  });
});

describe("what somebody may want a token to be", () => {
  const wish: TokenWish = {
    ...{ name: "Scada 1", permissions: ["equipment:view"], equipment: ["press"], addresses: ["10.0.0.0/24"] },
    expiresAt: now + 86_400_000,
  };
  const pointers = (maker: Caller, more: Partial<TokenWish>) =>
    tokenProblems({ ...wish, ...more }, maker, ["press", "oven"], (text) => text.startsWith("10."), now).map(
      ({ pointer }) => pointer,
    );
  const some = ["equipment:view", "equipment:write"] as const;

  it.each<[string, Caller, Partial<TokenWish>, string[]]>([
    ["what one has", person("operator"), {}, []],
    ["every machine", person("operator"), { equipment: ["*"] }, []],
    ["a year", person("operator"), { expiresAt: now + longestTokenMs }, []],
    ["more than a year", person("operator"), { expiresAt: now + longestTokenMs + 1 }, ["/expiresAt"]],
    ["a moment that has passed", person("operator"), { expiresAt: now }, ["/expiresAt"]],
    ["no moment", person("operator"), { expiresAt: Number.NaN }, ["/expiresAt"]],
    ["a permission that one has not", person("viewer"), { permissions: some }, ["/permissions/1"]],
    ["the audit, of an operator", person("operator"), { permissions: ["audit:read"] }, ["/permissions/0"]],
    ["no permission", person("operator"), { permissions: [] }, ["/permissions"]],
    ["no machine", person("operator"), { equipment: [] }, ["/equipment"]],
    ["a machine that one does not see", person("operator", ["oven"]), {}, ["/equipment/0"]],
    ["a machine that there is not", person("operator"), { equipment: ["lathe"] }, ["/equipment/0"]],
    ["a pattern", person("operator"), { equipment: ["pre*"] }, ["/equipment/0"]],
    ["what is no address", person("operator"), { addresses: ["10.0.0.1", "lan"] }, ["/addresses/1"]],
    ["no name", person("operator"), { name: "" }, ["/name"]],
    ["a name with a line in it", person("operator"), { name: "a\nb" }, ["/name"]],
    ["a name that looks like another's", person("operator"), { name: "(x)" }, ["/name"]],
    [
      "everything wrong at once",
      person("viewer"),
      { name: "", permissions: [], equipment: [] },
      ["/name", "/permissions", "/equipment"],
    ],
  ])("%s", (_what, maker, more, wrong) => {
    expect(pointers(maker, more)).toEqual(wrong);
  });
});

describe("a token", () => {
  it.each<[Partial<TokenRecord>, number, boolean]>([
    [{ expiresAt: now + 1 }, now, true],
    [{ expiresAt: now }, now, false],
    [{ expiresAt: now + 1, revokedAt: now - 1 }, now, false],
    // Revoked is revoked, by a clock that was ahead too.
    [{ expiresAt: now + 1, revokedAt: now + 10_000 }, now, false],
  ])("%j at %i holds: %s", (more, at, is) => {
    expect(holds(token(more), at)).toBe(is);
  });

  it.each<[Role, boolean]>([
    ["viewer", true],
    ["operator", true],
    ["supervisor", true],
    ["engineer", true],
    ["administrator", true],
    ["auditor", false],
    ["guest", false],
  ])("of somebody who is %s today is one: %s", (role, is) => {
    expect(programOf(owner(role), token()) !== undefined).toBe(is);
  });

  it("never gives a permission that no token can have, whoever owns it and whatever its record says", () => {
    const forged = token({ permissions: [...permissions] as unknown as TokenPermission[] });
    const program = programOf(owner("administrator"), forged);
    expect(program && permissions.filter((each) => allows(program, each))).toEqual([
      "equipment:view",
      "equipment:write",
      "equipment:stop",
      "history:read",
      "bookings:view",
      "audit:read",
      "system:view",
    ]);
  });

  const on = (
    program: Caller | undefined,
    ...[permission, machine, wanted]: [
      "equipment:view" | "equipment:write" | "equipment:stop",
      string,
      ("C0" | "C1" | "C2" | "C3")?,
    ]
  ) => program !== undefined && allowsOn(program, permission, machine, now, wanted);

  it.each<[string, Caller | undefined, Parameters<typeof on> extends [unknown, ...infer R] ? R : never, boolean]>([
    ["looks", programOf(owner("operator"), token()), ["equipment:view", "press"], true],
    [
      "looks at its machines only",
      programOf(owner("operator"), token({ equipment: ["oven"] })),
      ["equipment:view", "press"],
      false,
    ],
    [
      "looks at its owner's machines only",
      programOf(owner("operator", ["oven"]), token()),
      ["equipment:view", "press"],
      false,
    ],
    ["writes C0", programOf(owner("operator"), token()), ["equipment:write", "press", "C0"], true],
    ["writes C1", programOf(owner("operator"), token()), ["equipment:write", "press", "C1"], true],
    ["does not write C2", programOf(owner("operator"), token()), ["equipment:write", "press", "C2"], false],
    ["does not write C3", programOf(owner("administrator"), token()), ["equipment:write", "press", "C3"], false],
    [
      "writes no higher than its owner",
      programOf(owner("operator", ["*"], "C0"), token()),
      ["equipment:write", "press", "C1"],
      false,
    ],
    ["does not write for a viewer", programOf(owner("viewer"), token()), ["equipment:write", "press", "C0"], false],
    [
      "does not write without the scope",
      programOf(owner("operator"), token({ permissions: ["equipment:view"] })),
      ["equipment:write", "press", "C0"],
      false,
    ],
    ["stops", programOf(owner("operator"), token()), ["equipment:stop", "press"], true],
    [
      "does not stop without the scope",
      programOf(owner("operator"), token({ permissions: ["equipment:view"] })),
      ["equipment:stop", "press"],
      false,
    ],
  ])("%s", (_what, program, asked, is) => {
    expect(on(program, ...asked)).toBe(is);
  });

  it.each<[readonly string[], readonly string[], readonly string[]]>([
    [["*"], ["press"], ["press"]],
    [["p*"], ["press"], ["press"]],
    [["p*"], ["*"], ["p*"]],
    [["oven"], ["press"], []],
    [["press", "oven"], ["press"], ["press"]],
  ])("of an owner of %j for %j covers %j", (own, narrowed, covered) => {
    const program = programOf(owner("operator", own), token({ equipment: narrowed }));
    expect(program && coverage(program, "equipment:view")).toEqual(covered);
  });

  it("goes by its owner's name and its own, and by no sign-in", () => {
    const program = programOf(owner("operator"), token());
    expect(program).toMatchObject({ name: "anna (scada)", userId: "u-1", signInId: `program:${id}`, scope: "full" });
    expect([program?.locked, program?.factorFreshUntilMs, program?.leads]).toEqual([undefined, undefined, undefined]);
  });
});
