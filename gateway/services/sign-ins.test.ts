import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { allows, allowsOn, type Caller } from "../core/access/policy.ts";
import { silentLog } from "../core/log.ts";
import type { AuditEntry, UserRecord } from "../core/records-port.ts";
import { testAudit, testSignInLimits } from "../core/testing/plant.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { type RecordsBench, recordsBench, testBooking, testUser } from "../stores/records/testing/bench.ts";
import { noAreas } from "./access/rights-table.ts";
import { blindForAtMostMs, KnownCallers } from "./known-callers.ts";
import { peopleDesks } from "./people-desks.ts";
import { firstLinkHoldsMs, previousCookieHoldsMs } from "./sign-in-limits.ts";
import type { SignInDesk } from "./sign-ins.ts";
import { plainCeremonies } from "./testing/ceremonies.ts";
import {
  countedSecrets,
  plainPasswords,
  steppedCodes,
  textTokens,
  threeTries,
  turnedSeals,
} from "./testing/people-bench.ts";

const here = { address: "192.0.2.1", userAgent: "test" };
const limits = testSignInLimits;
const { idleMs: idleTimeoutMs, longestMs: absoluteTimeoutMs } = limits;
const password = "il-gatto mangia 7";
const code = (wanted: string) => expect.objectContaining({ code: wanted });

let bench: RecordsBench;
let time: ManualTime;
let known: KnownCallers;
let tokens: ReturnType<typeof textTokens>;
let desk: SignInDesk;
let notes: AuditEntry[];

beforeEach(async () => {
  bench = await recordsBench();
  time = new ManualTime();
  notes = [];
  tokens = textTokens(time);
  const { people } = bench.records;
  known = new KnownCallers({ people, limits, clock: time, timers: time, log: silentLog, site: noAreas });
  desk = peopleDesks({
    ...{ people, known, tokens, passwords: plainPasswords, secrets: countedSecrets, backOff: threeTries() },
    ...{
      access: bench.records.access,
      factors: bench.records.factors,
      passkeys: bench.records.passkeys,
      ceremonies: plainCeremonies,
      codes: steppedCodes,
      seals: turnedSeals,
      clock: time,
      timers: time,
    },
    audit: {
      note: (entry) => void notes.push(entry),
      append: async (entry) => ({ ...entry, n: notes.push(entry), hash: "" }),
    },
    security: { secondFactor: "off", signIn: limits, span: { staff: 2, guests: 1 }, audit: testAudit },
    log: silentLog,
  }).signIns;
});
afterEach(async () => {
  known.stop();
  await bench[Symbol.asyncDispose]();
});

async function have(...users: UserRecord[]): Promise<void> {
  for (const user of users) await bench.records.people.addUser(user);
  await known.start();
}

const person = (id: string, more: Partial<UserRecord> = {}) =>
  testUser(id, { passwordHash: `plain ${password}`, ...more });
const signIn = (username: string) => desk.signIn({ username, password }, here);
const actions = () => notes.map((entry) => entry.action);

describe("signing in", () => {
  it("gives cookie, access token and stop token, none of them stored in clear", async () => {
    await have(person("olga"));
    const answer = await signIn("OLGA");
    expect(answer.caller).toMatchObject({
      userId: "olga",
      role: "operator",
      scope: "full",
      secondFactor: false,
      address: "192.0.2.1",
    });
    expect(answer.expiresInS).toBe(300);
    const stored = await bench.records.people.findSignIn(answer.caller.signInId);
    for (const secret of [answer.cookie, answer.stopToken]) expect(JSON.stringify(stored)).not.toContain(secret);
    expect(stored?.expiresAt).toBe(time.wallMs() + absoluteTimeoutMs);
    expect(notes).toMatchObject([{ action: "sign-in.ok", class: "sign-in", who: "olga", address: "192.0.2.1" }]);
  });

  it.each([
    ["a wrong password", "olga", "something else"],
    ["an unknown user", "nobody", password],
    ["a disabled user", "dora", password],
    ["a user without a password", "nina", ""],
    ["a name that programs stumble over", "__proto__", password],
  ])("answers the same for %s, and audits the name but no password", async (_what, username, wrong) => {
    await have(person("olga"), person("dora", { disabled: true }), testUser("nina"));
    await expect(desk.signIn({ username, password: wrong }, here)).rejects.toThrow(
      expect.objectContaining({ code: "auth/failed", message: "The user name or the password is wrong" }),
    );
    expect(notes).toMatchObject([{ action: "sign-in.failed", who: username, address: "192.0.2.1", result: "refused" }]);
    if (wrong !== "") expect(JSON.stringify(notes)).not.toContain(wrong);
  });

  it("limits the name in the audit to 100 characters", async () => {
    await have();
    await expect(desk.signIn({ username: "🤖".repeat(500), password }, here)).rejects.toThrow(code("auth/failed"));
    expect(notes[0]?.who).toBe("🤖".repeat(100));
  });

  it("asks to wait after too many tries, known name or not", async () => {
    await have(person("olga"));
    for (const username of ["olga", "nobody"]) {
      for (let i = 0; i < 3; i++)
        await expect(desk.signIn({ username, password: "x" }, here)).rejects.toThrow(code("auth/failed"));
      await expect(signIn(username)).rejects.toThrow(
        expect.objectContaining({ code: "auth/slow-down", retryAfterS: 7 }),
      );
    }
  });

  it("makes a hash of an older cost anew", async () => {
    await have(person("olga", { passwordHash: `old ${password}` }));
    await signIn("olga");
    expect((await bench.records.people.findUser("olga"))?.passwordHash).toBe(`plain ${password}`);
  });

  it("gives a new session each time, whatever the browser had before (S7)", async () => {
    await have(person("olga"));
    const [one, two] = [await signIn("olga"), await signIn("olga")];
    expect(one.cookie).not.toBe(two.cookie);
    expect(one.caller.signInId).not.toBe(two.caller.signInId);
  });
});

describe("the cookie", () => {
  beforeEach(() => have(person("olga")));

  it.each<[string, (people: RecordsBench["records"]["people"], signInId: string) => Promise<unknown>]>([
    ["signs out in another tab", (people, signInId) => people.endSignIn(signInId)],
    ["is disabled", (people) => people.updateUser("olga", { disabled: true })],
  ])("is not taken in again for somebody who %s while it is renewed", async (_what, happens) => {
    const { cookie, caller, stopToken } = await signIn("olga");
    const { people } = bench.records;
    const renew = people.updateSignIn;
    Object.assign(people, {
      updateSignIn: async (...change: Parameters<typeof renew>) => {
        await happens(people, caller.signInId);
        known.drop(caller.signInId);
        return renew(...change);
      },
    });
    await expect(desk.refresh(cookie, here)).rejects.toThrow(code("auth/required"));
    await expect(desk.authenticateForStop(stopToken, here)).rejects.toThrow(code("auth/required"));
  });

  it("turns at a refresh; the one before holds 30 s and gets the same next one", async () => {
    const { cookie } = await signIn("olga");
    const answers = await Promise.all([1, 2, 3].map(() => desk.refresh(cookie, here)));
    expect(new Set(answers.map((answer) => answer.cookie)).size).toBe(1);
    expect(answers[0]?.cookie).not.toBe(cookie);
    await time.advance(previousCookieHoldsMs - 1);
    expect((await desk.refresh(cookie, here)).cookie).toBe(answers[0]?.cookie);
  });

  it("does not turn twice within 30 s, so that the one before holds as promised", async () => {
    const first = (await signIn("olga")).cookie;
    const second = (await desk.refresh(first, here)).cookie;
    expect((await desk.refresh(second, here)).cookie).toBe(second);
    expect((await desk.refresh(first, here)).cookie).toBe(second);
    await time.advance(previousCookieHoldsMs);
    expect((await desk.refresh(second, here)).cookie).not.toBe(second);
  });

  it("that is older ends the sign-in when it is used again, with all its tokens", async () => {
    const { cookie, accessToken, stopToken } = await signIn("olga");
    const next = await desk.refresh(cookie, here);
    await time.advance(previousCookieHoldsMs);
    await expect(desk.refresh(cookie, { ...here, address: "203.0.113.7" })).rejects.toThrow(code("auth/required"));
    expect(notes.at(-1)).toMatchObject({
      action: "sign-in.cookie-reused",
      who: "olga",
      address: "203.0.113.7",
      result: "refused",
    });
    await expect(desk.refresh(next.cookie, here)).rejects.toThrow(code("auth/required"));
    await expect(desk.authenticate(accessToken, here)).rejects.toThrow(code("auth/required"));
    await expect(desk.authenticateForStop(stopToken, here)).rejects.toThrow(code("auth/required"));
  });

  it.each(["", "__proto__", "0123456789abcdef:0", "x".repeat(1_000)])(
    "that nobody gave out ends nothing: %j",
    async (cookie) => {
      const { accessToken } = await signIn("olga");
      await expect(desk.refresh(cookie, here)).rejects.toThrow(code("auth/required"));
      await desk.authenticate(accessToken, here);
      expect(actions()).toEqual(["sign-in.ok"]);
    },
  );

  it("is good for 12 h at most, however often it is refreshed", async () => {
    let { cookie } = await signIn("olga");
    // Nobody else is there: half a day of looking for changes would be all that takes time.
    known.stop();
    for (let hours = 0; hours < 11; hours++) {
      await time.advance(3_600_000);
      cookie = (await desk.refresh(cookie, here)).cookie;
    }
    await time.advance(3_600_000 - 1);
    cookie = (await desk.refresh(cookie, here)).cookie;
    await time.advance(1);
    await expect(desk.refresh(cookie, here)).rejects.toThrow(code("auth/required"));
  });

  it("is good for 8 h without a sign of life", async () => {
    const [one, two] = [await signIn("olga"), await signIn("olga")];
    await time.advance(idleTimeoutMs - 1);
    await desk.refresh(one.cookie, here);
    await time.advance(1);
    await expect(desk.refresh(two.cookie, here)).rejects.toThrow(code("auth/required"));
  });
});

describe("who asks", () => {
  it("is known from the access token until it ends, its signature checked once", async () => {
    await have(person("olga"));
    const { accessToken } = await signIn("olga");
    for (let i = 0; i < 5; i++) expect((await desk.authenticate(accessToken, here)).user.id).toBe("olga");
    expect(tokens.verified).toHaveLength(1);
    expect((await desk.authenticate(accessToken, { ...here, address: "192.0.2.9" })).caller.address).toBe("192.0.2.9");
    await time.advance(300_000);
    await expect(desk.authenticate(accessToken, here)).rejects.toThrow(code("auth/required"));
  });

  it("is settled in less than 5 µs when nothing changed", async () => {
    await have(person("olga"));
    const { accessToken } = await signIn("olga");
    const rounds = 20_000;
    const took: number[] = [];
    for (let n = 0; n < 5; n++) {
      const started = performance.now();
      for (let i = 0; i < rounds; i++) await desk.authenticate(accessToken, here);
      took.push(((performance.now() - started) / rounds) * 1000);
    }
    expect(Math.min(...took)).toBeLessThan(5);
  });

  it("may only stop with the stop token, which lives as long as the sign-in", async () => {
    await have(person("olga"));
    const { stopToken, cookie } = await signIn("olga");
    await expect(desk.authenticate(stopToken, here)).rejects.toThrow(code("auth/required"));
    const { caller } = await desk.authenticateForStop(stopToken, here);
    expect([caller.scope, allows(caller, "equipment:stop"), allows(caller, "equipment:view")]).toEqual([
      "stop",
      true,
      false,
    ]);
    await time.advance(idleTimeoutMs - 1);
    await desk.authenticateForStop(stopToken, here);
    await desk.refresh(cookie, here);
    await time.advance(idleTimeoutMs / 2 - 1);
    await desk.authenticateForStop(stopToken, here);
    await time.advance(2);
    await expect(desk.authenticateForStop(stopToken, here)).rejects.toThrow(code("auth/required"));
  });

  it("may stop with an access token too", async () => {
    await have(person("olga"));
    const { accessToken } = await signIn("olga");
    expect((await desk.authenticateForStop(accessToken, here)).caller.scope).toBe("full");
  });

  it("is nobody after signing out, and the listeners hear of it", async () => {
    await have(person("olga"));
    const { accessToken, caller, cookie } = await signIn("olga");
    const heard = vi.fn();
    desk.onChange(heard);
    await desk.signOut(caller);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(await desk.renew(caller)).toBeUndefined();
    await expect(desk.authenticate(accessToken, here)).rejects.toThrow(code("auth/required"));
    await expect(desk.refresh(cookie, here)).rejects.toThrow(code("auth/required"));
    expect(actions()).toEqual(["sign-in.ok", "sign-in.ended"]);
  });

  it("is still known after a restart of the gateway", async () => {
    await have(person("olga"));
    const { accessToken, stopToken } = await signIn("olga");
    known.stop();
    await known.start();
    await desk.authenticate(accessToken, here);
    await desk.authenticateForStop(stopToken, here);
  });
});

describe("a change of rights, also by another process", () => {
  const changes: readonly (readonly [
    string,
    (bench: RecordsBench) => Promise<unknown>,
    (caller: Caller | undefined) => boolean,
  ])[] = [
    [
      "a disabled user is nobody",
      ({ records }) => records.people.updateUser("olga", { disabled: true }),
      (caller) => caller === undefined,
    ],
    [
      "another role holds",
      ({ records }) => records.people.updateUser("olga", { role: "viewer" }),
      (caller) => caller?.role === "viewer",
    ],
    [
      "other machines hold",
      ({ records }) => records.people.updateUser("olga", { equipment: [] }),
      (caller) => caller?.equipment.length === 0,
    ],
    [
      "ended sign-ins are nobody's",
      ({ records }) => records.people.endSignInsOf("olga"),
      (caller) => caller === undefined,
    ],
  ];
  it.each(changes)("is noticed at the next poll and told: %s", async (_what, change, holds) => {
    await have(person("olga"));
    const { caller } = await signIn("olga");
    await known.refresh();
    const heard = vi.fn();
    const end = desk.onChange(heard);
    await change(bench);
    expect(await desk.renew(caller)).toEqual(caller);
    await time.advance(500);
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1));
    expect(holds(await desk.renew(caller))).toBe(true);
    end();
    await bench.records.people.updateUser("olga", { language: "it" });
    await known.refresh();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("gives a guest the machine in its booking and takes it when that is cancelled", async () => {
    await have(person("gino", { role: "guest", equipment: [] }));
    const { caller } = await signIn("gino");
    const start = time.wallMs() + 1_000;
    const may = async (atMs: number) => {
      const now = await desk.renew(caller);
      return now !== undefined && allowsOn(now, "equipment:write", "mill", atMs);
    };
    expect(await may(start)).toBe(false);
    await bench.records.bookings.addBooking(testBooking("b", start, start + 1_000, { userId: "gino" }));
    await known.refresh();
    expect([await may(start - 1), await may(start), await may(start + 999), await may(start + 1_000)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    await bench.records.bookings.changeBooking("b", 1, { state: "CANCELLED" });
    await known.refresh();
    expect(await may(start)).toBe(false);
  });

  it("that cannot be checked for a minute lets nobody in but to stop (F38)", async () => {
    await have(person("olga"));
    const { accessToken, stopToken } = await signIn("olga");
    await bench.close();
    await time.advance(blindForAtMostMs);
    await desk.authenticate(accessToken, here);
    await time.advance(1_000);
    await expect(desk.authenticate(accessToken, here)).rejects.toThrow(code("store/unavailable"));
    await desk.authenticateForStop(stopToken, here);
  });
});

describe("the first administrator", () => {
  const input = { username: "ada", password, language: "it" } as const;

  it("comes in by the link, once", async () => {
    await have(person("olga"));
    expect(await desk.firstRun()).toBe(true);
    const secret = await desk.createFirstLink();
    const answer = await desk.firstAdministrator({ ...input, secret }, here);
    expect(answer.caller).toMatchObject({ name: "ada", role: "administrator", equipment: ["*"] });
    expect(await desk.firstRun()).toBe(false);
    expect(actions()).toEqual(["people.first-administrator", "sign-in.ok"]);
    await expect(desk.firstAdministrator({ ...input, username: "eve", secret }, here)).rejects.toThrow(
      code("auth/link-used"),
    );
    await expect(desk.createFirstLink()).rejects.toThrow(code("request/conflict"));
    expect((await signIn("ada")).user.id).toBe(answer.user.id);
  });

  it.each([
    ["a weak password", { password: "short" }, "user/password-too-short"],
    ["a name that is taken", { username: "OLGA" }, "user/exists"],
    ["a name of blanks", { username: "  " }, "request/invalid"],
  ])("does not use up the link with %s", async (_what, wrong, refused) => {
    await have(person("olga"));
    const secret = await desk.createFirstLink();
    await expect(desk.firstAdministrator({ ...input, ...wrong, secret }, here)).rejects.toThrow(code(refused));
    await desk.firstAdministrator({ ...input, secret }, here);
  });

  it("is one, even when the link is used twice at once", async () => {
    await have();
    const secret = await desk.createFirstLink();
    const both = ["ada", "eve"].map((username) => desk.firstAdministrator({ ...input, username, secret }, here));
    expect((await Promise.allSettled(both)).map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await bench.records.people.listUsers()).toHaveLength(1);
  });

  it("is refused with an older link, a late one or a wrong one", async () => {
    await have();
    const older = await desk.createFirstLink();
    const secret = await desk.createFirstLink();
    const refused = async (given: string) =>
      expect(desk.firstAdministrator({ ...input, secret: given }, here)).rejects.toThrow(code("auth/link-used"));
    await refused(older);
    await refused("__proto__");
    await time.advance(firstLinkHoldsMs);
    await refused(secret);
  });

  it("is refused with a good link when there is an administrator by now", async () => {
    await have();
    const secret = await desk.createFirstLink();
    await bench.records.people.addUser(person("local", { role: "administrator" }));
    await expect(desk.firstAdministrator({ ...input, secret }, here)).rejects.toThrow(code("auth/link-used"));
  });

  it("has its wrong links counted as wrong passwords are, and a good one is no failure (S9)", async () => {
    await have();
    const secret = await desk.createFirstLink();
    for (let n = 0; n < 5; n++)
      await expect(desk.firstAdministrator({ ...input, secret, password: "short" }, here)).rejects.toThrow(
        code("user/password-too-short"),
      );
    for (let n = 0; n < 3; n++)
      await expect(desk.firstAdministrator({ ...input, secret: `wrong-${n}` }, here)).rejects.toThrow(
        code("auth/link-used"),
      );
    // Held up before it is looked at, the right one too.
    await expect(desk.firstAdministrator({ ...input, secret }, here)).rejects.toThrow(code("auth/slow-down"));
    expect(actions()).toEqual(["sign-in.failed", "sign-in.failed", "sign-in.failed"]);
    expect(notes.at(-1)).toMatchObject({ who: "system:one-time-link", result: "refused", address: here.address });
    expect(JSON.stringify(notes)).not.toContain("wrong-");
  });
});
