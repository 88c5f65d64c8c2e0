import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Caller, type Role, roles } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import type { AuditEntry } from "../core/records-port.ts";
import type { FactorStore } from "../core/second-factor-port.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { type RecordsBench, recordsBench, testSignIn, testToken, testUser } from "../stores/records/testing/bench.ts";
import { addUserLocally, disableUserLocally, listUsersLocally, setPasswordLocally } from "./local-people.ts";
import { PeopleDesk, type PeopleSettings } from "./people.ts";
import { invitationHoldsMs } from "./sign-in-limits.ts";
import { countedSecrets, plainPasswords } from "./testing/people-bench.ts";

const password = "il-gatto mangia 7";
const code = (wanted: string) => expect.objectContaining({ code: wanted });
const input = { name: "nina", role: "operator", equipment: ["press*"], password, language: "it" } as const;

let bench: RecordsBench;
let settings: PeopleSettings & { readonly factors: FactorStore };
let desk: PeopleDesk;
let written: AuditEntry[];
let gated: string[];
const changed = vi.fn(async () => {});

beforeEach(async () => {
  bench = await recordsBench();
  written = [];
  gated = [];
  changed.mockClear();
  const note = (entry: AuditEntry) => void written.push(entry);
  const append: PeopleSettings["audit"]["append"] = async (entry) => {
    note(entry);
    return { ...entry, n: written.length, hash: "" };
  };
  settings = {
    people: bench.records.people,
    organisations: bench.records.access,
    factors: bench.records.factors,
    gate: { assertFresh: (_caller, what) => void gated.push(what) },
    passwords: plainPasswords,
    secrets: countedSecrets,
    audit: { append, note },
    clock: new ManualTime(),
    changed,
  };
  desk = new PeopleDesk(settings);
  await bench.records.people.addUser(testUser("ada", { role: "administrator", equipment: ["*"] }));
  await bench.records.people.addUser(testUser("olga"));
});
afterEach(() => bench[Symbol.asyncDispose]());

function caller(role: Role, more: Partial<Caller> = {}): Caller {
  const base = {
    userId: "ada",
    name: "Ada",
    equipment: ["*"],
    signInId: "mine",
    secondFactor: false,
    slots: [],
    address: "192.0.2.1",
  };
  return { ...base, role, scope: "full", ...more };
}
const ada = caller("administrator");

describe("managing people", () => {
  it.each([
    ...roles.filter((role) => role !== "administrator").map((role) => caller(role)),
    caller("administrator", { scope: "stop" }),
  ])("is refused to a $role with scope $scope", async (stranger) => {
    const tries = [
      () => desk.list(stranger),
      () => desk.add(stranger, input),
      () => desk.change(stranger, "olga", { disabled: true }),
    ];
    for (const attempt of tries) await expect(attempt()).rejects.toThrow(code("auth/forbidden"));
    expect([written, (await bench.records.people.listUsers()).length]).toEqual([[], 2]);
  });

  it("adds a user, on the record first, without the password in it", async () => {
    const user = await desk.add(ada, input);
    expect(await bench.records.people.findUserByName("NINA")).toEqual(user);
    expect(written).toMatchObject([
      {
        class: "administration",
        action: "people.added",
        who: "Ada",
        address: "192.0.2.1",
        target: "nina",
        detail: { role: "operator", password: "set" },
      },
    ]);
    expect(JSON.stringify(written)).not.toContain(password);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["a weak password", { password: "short" }, "user/password-too-short"],
    ["a name that is taken in other letters", { name: "OLGA" }, "user/exists"],
    ["an empty name", { name: "" }, "request/invalid"],
    ["a name of 101 letters", { name: "x".repeat(101) }, "request/invalid"],
    ["a blank at the end", { name: "nina " }, "request/invalid"],
    ["a NUL", { name: "ni\0na" }, "request/invalid"],
    ["writing direction turned", { name: "nina\u202e" }, "request/invalid"],
    ["a lone surrogate", { name: "nina\ud800" }, "request/invalid"],
    ["a pattern that is none", { equipment: ["press", "(a+)+"] }, "request/invalid"],
    ["an empty pattern", { equipment: [""] }, "request/invalid"],
    ["201 patterns", { equipment: Array<string>(201).fill("a") }, "request/invalid"],
  ])("refuses to add one with %s", async (_what, wrong, refused) => {
    await expect(desk.add(ada, { ...input, ...wrong })).rejects.toThrow(code(refused));
    expect([written, (await bench.records.people.listUsers()).length]).toEqual([[], 2]);
  });

  it.each(["__proto__", "constructor", "Ōe 大江", "o'neill; DROP TABLE users", "🤖"])(
    "adds %s like anybody else",
    async (name) => {
      expect((await desk.add(ada, { ...input, name })).name).toBe(name);
    },
  );

  it("changes what was asked for, with old and new on the record", async () => {
    expect(await desk.change(ada, "olga", { role: "viewer", language: "en" })).toMatchObject({ role: "viewer" });
    expect(written).toMatchObject([
      { action: "people.changed", target: "olga", detail: { role: { from: "operator", to: "viewer" } } },
    ]);
    expect(written[0]?.detail).not.toHaveProperty("language");
  });

  it("asks for a fresh second factor before anything is changed, and not to look", async () => {
    const refusing = new PeopleDesk({
      ...settings,
      gate: {
        assertFresh() {
          throw new PlanciaError("auth/step-up-required", "again");
        },
      },
    });
    await refusing.list(ada);
    await expect(refusing.add(ada, input)).rejects.toThrow(code("auth/step-up-required"));
    await expect(refusing.change(ada, "olga", { disabled: true })).rejects.toThrow(code("auth/step-up-required"));
    expect([written, (await bench.records.people.listUsers()).length]).toEqual([[], 2]);
    await desk.change(ada, "olga", { language: "en" });
    expect(gated).toEqual(["people.change"]);
  });

  it("knows nobody that is not there", async () => {
    await expect(desk.change(ada, "__proto__", { disabled: true })).rejects.toThrow(code("request/not-found"));
  });

  it("ends all sign-ins of who is disabled", async () => {
    await bench.records.people.addSignIn(testSignIn("s", "olga"), 50);
    await desk.change(ada, "olga", { disabled: true });
    expect(await bench.records.people.findSignIn("s")).toBeUndefined();
  });

  it("ends the other sign-ins of who gets a new password", async () => {
    for (const id of ["mine", "elsewhere"]) await bench.records.people.addSignIn(testSignIn(id, "ada"), 50);
    await desk.change(ada, "ada", { password });
    expect((await bench.records.people.access(2_000)).signIns.map((signIn) => signIn.id)).toEqual(["mine"]);
    expect((await bench.records.people.findUser("ada"))?.passwordHash).toBe(`plain ${password}`);
    expect(written.at(-1)?.detail).toEqual({ password: "changed" });
    expect(JSON.stringify(written)).not.toContain(password);
  });

  it("ends every token of who gets a new password, and of nobody else; another role ends none", async () => {
    const { access } = bench.records;
    const later = 1_900_000_000_000;
    await access.addToken(testToken("t1", { userId: "olga", name: "mes", expiresAt: later }));
    await access.addToken(testToken("t2", { userId: "olga", name: "old", expiresAt: 1 }));
    await access.addToken(testToken("t3", { userId: "ada", expiresAt: later }));
    const good = async () =>
      (await access.listTokens({})).filter(({ revokedAt }) => revokedAt === undefined).map(({ id }) => id);
    await desk.change(ada, "olga", { role: "supervisor" });
    expect((await good()).sort()).toEqual(["t1", "t2", "t3"]);
    await desk.change(ada, "olga", { password });
    expect(await good()).toEqual(["t3"]);
    expect(written.at(-1)?.detail).toEqual({ password: "changed", tokens: ["mes"] });
    await setPasswordLocally(settings, "ada", password);
    expect(await good()).toEqual([]);
  });

  it("hands over a one-time link to who has no password, and to nobody else", async () => {
    const { access, people } = bench.records;
    const nina = await desk.add(ada, { ...input, password: undefined });
    expect(nina.passwordHash).toBeUndefined();
    const first = await desk.link(ada, nina.id);
    const { secret, until } = await desk.link(ada, nina.id);
    expect(until).toBe(settings.clock.wallMs() + invitationHoldsMs);
    const opens = async (text: string) => (await access.findInvitation(settings.secrets.hash(text), 0))?.userId;
    expect([await opens(first.secret), await opens(secret)]).toEqual([undefined, nina.id]);
    expect(gated.slice(-2)).toEqual(["people.link", "people.link"]);
    expect(written.at(-1)).toMatchObject({ action: "people.link-made", who: "Ada", target: "nina" });
    expect(JSON.stringify(written)).not.toContain(secret);
    await desk.change(ada, nina.id, { role: "administrator" });
    expect(await opens(secret), "whoever kept it gets no other role").toBeUndefined();
    await people.updateUser("olga", { passwordHash: "plain x" });
    await expect(desk.link(ada, "olga")).rejects.toThrow(code("request/conflict"));
    await expect(desk.link(ada, "nobody")).rejects.toThrow(code("request/not-found"));
    await people.updateUser(nina.id, { disabled: true, role: "viewer" });
    await expect(desk.link(ada, nina.id)).rejects.toThrow(code("request/conflict"));
    await expect(desk.link(caller("supervisor"), nina.id)).rejects.toThrow(code("auth/forbidden"));
  });

  it.each([{ disabled: true }, { role: "viewer" as const }])(
    "keeps the last enabled administrator from %j, and notes the try",
    async (change) => {
      await expect(desk.change(ada, "ada", change)).rejects.toThrow(code("request/conflict"));
      expect(written.map((entry) => [entry.action, entry.result])).toEqual([
        ["people.changed", undefined],
        ["people.changed-failed", "request/conflict"],
      ]);
      expect(changed).not.toHaveBeenCalled();
    },
  );

  it("changes nothing that cannot be put on the record", async () => {
    const append = async () => {
      throw new PlanciaError("store/unavailable", "no audit");
    };
    const mute = new PeopleDesk({ ...settings, audit: { append, note: () => {} } });
    await expect(mute.add(ada, input)).rejects.toThrow(code("store/unavailable"));
    await expect(mute.change(ada, "olga", { disabled: true })).rejects.toThrow(code("store/unavailable"));
    expect((await bench.records.people.listUsers()).map((user) => [user.name, user.disabled])).toEqual([
      ["ada", false],
      ["olga", false],
    ]);
  });
});

describe("people from the command line", () => {
  it("are added, listed, given a password and disabled, on the record as done there", async () => {
    const user = await addUserLocally(settings, { ...input, password: undefined });
    expect(user.passwordHash).toBeUndefined();
    await setPasswordLocally(settings, "Nina", password);
    await disableUserLocally(settings, "nina");
    expect((await listUsersLocally(settings)).find((one) => one.name === "nina")).toMatchObject({
      disabled: true,
      passwordHash: `plain ${password}`,
    });
    expect(written.map((entry) => [entry.action, entry.who])).toEqual([
      ["people.added", "system:command-line"],
      ["people.changed", "system:command-line"],
      ["people.changed", "system:command-line"],
    ]);
    await expect(disableUserLocally(settings, "nobody")).rejects.toThrow(code("request/not-found"));
    await expect(disableUserLocally(settings, "ada")).rejects.toThrow(code("request/conflict"));
  });
});
