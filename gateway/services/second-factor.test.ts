import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { factorFreshForMs, factorIsFresh } from "../core/access/second-factor.ts";
import { testToken } from "../stores/records/testing/bench.ts";
import { resetFactorLocally } from "./local-people.ts";
import { enrolmentHoldsMs } from "./second-factor.ts";
import { countedSecrets, plainPasswords } from "./testing/people-bench.ts";
import { here, PeopleWorld, password } from "./testing/people-world.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
let world: PeopleWorld;
beforeEach(async () => {
  world = await PeopleWorld.open();
});
afterEach(() => world.close());

describe("setting a second factor up", () => {
  it("takes the password, shows the secret, and counts from the first code on", async () => {
    const { caller } = await world.signIn("olga");
    const { factors } = world.desks;
    const { secret, uri } = await factors.begin(caller, password);
    expect(uri).toContain(secret);
    expect(await factors.status(caller)).toEqual({ since: undefined, recoveryCodesLeft: 0 });
    const shown = await factors.confirm(caller, world.code());
    expect(new Set(shown).size).toBe(10);
    for (const one of shown) expect(one).toMatch(/^([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}$/);
    expect(await factors.status(caller)).toEqual({ since: world.time.wallMs(), recoveryCodesLeft: 10 });
    const now = await world.desks.signIns.renew(caller);
    expect(now && factorIsFresh(now, world.time.monotonicMs())).toBe(true);
  });

  it.each([
    ["the password is wrong", "something else", 0, "auth/failed"],
    ["the code is wrong", password, 5, "auth/code-wrong"],
  ])("comes to nothing when %s", async (_what, typed, later, refused) => {
    const { caller } = await world.signIn("olga");
    const tried = async () => {
      await world.desks.factors.begin(caller, typed);
      await world.desks.factors.confirm(caller, world.code(later));
    };
    await expect(tried()).rejects.toThrow(code(refused));
    expect((await world.signIn("olga")).caller.secondFactor).toBe(false);
  });

  it("is begun again when it took too long, and by each sign-in for itself", async () => {
    const { factors } = world.desks;
    const { caller } = await world.signIn("olga");
    const elsewhere = (await world.signIn("olga")).caller;
    await factors.begin(caller, password);
    await expect(factors.confirm(elsewhere, world.code())).rejects.toThrow(code("request/conflict"));
    await world.time.advance(enrolmentHoldsMs);
    await expect(factors.confirm(caller, world.code())).rejects.toThrow(code("request/conflict"));
  });

  it("again needs the one before, freshly, and ends the other sign-ins", async () => {
    const { caller } = await world.enrol("olga");
    const other = await world.signIn("olga", world.code());
    await world.time.advance(factorFreshForMs);
    await expect(world.desks.factors.begin(caller, password)).rejects.toThrow(code("auth/step-up-required"));
    await expect(world.desks.factors.renewRecoveryCodes(caller)).rejects.toThrow(code("auth/step-up-required"));
    await world.desks.factors.stepUp(caller, world.code());
    await world.desks.factors.begin(caller, password);
    await world.desks.factors.confirm(caller, world.code());
    expect(await world.desks.signIns.renew(other.caller)).toBeUndefined();
    expect(await world.desks.signIns.renew(caller)).toMatchObject({ secondFactor: true });
  });

  it("stores neither the secret nor a recovery code in clear, and records neither", async () => {
    const { caller, recoveryCodes } = await world.enrol("olga");
    const { secret } = await world.desks.factors.begin(caller, password);
    await world.desks.factors.confirm(caller, world.code());
    const stored = JSON.stringify([await world.bench.records.factors.find("olga"), world.notes]);
    for (const canary of [secret, ...recoveryCodes, ...recoveryCodes.map((one) => one.replaceAll("-", ""))])
      expect(stored).not.toContain(canary);
    expect(world.actions()).toContain("factor.enrolled");
  });
});

describe("signing in with a second factor", () => {
  it("asks for the code only after the right password, and for nobody else", async () => {
    await world.enrol("olga");
    const signIn = (username: string, typed: string) =>
      world.desks.signIns.signIn({ username, password: typed, otp: world.code() }, here);
    await expect(signIn("olga", "wrong")).rejects.toThrow(code("auth/failed"));
    await expect(signIn("nobody", password)).rejects.toThrow(code("auth/failed"));
    await expect(world.signIn("olga")).rejects.toThrow(code("auth/otp-required"));
    expect((await world.signIn("olga", world.code())).caller).toMatchObject({ secondFactor: true });
    expect((await world.signIn("ada")).caller).toMatchObject({ secondFactor: false });
  });

  it.each([-1, 0, 1])("takes the code of step %i", async (later) => {
    await world.enrol("olga");
    await world.time.advance(60_000);
    await world.signIn("olga", world.code(later));
  });

  it.each([-2, 2])("refuses the code of step %i", async (later) => {
    await world.enrol("olga");
    await world.time.advance(60_000);
    await expect(world.signIn("olga", world.code(later))).rejects.toThrow(code("auth/otp-required"));
    expect(world.notes.at(-1)).toMatchObject({ action: "sign-in.failed", detail: { why: "wrong code" } });
  });

  it("takes a code once, and none before it any more", async () => {
    await world.enrol("olga");
    const both = await Promise.allSettled([1, 2].map(() => world.signIn("olga", world.code())));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(world.signIn("olga", world.code(-1))).rejects.toThrow(code("auth/otp-required"));
  });

  it("counts wrong codes with wrong passwords, and no password clears the way for more guesses", async () => {
    await world.enrol("olga");
    for (let i = 0; i < 3; i++) {
      await expect(world.signIn("olga")).rejects.toThrow(code("auth/otp-required"));
      await expect(world.signIn("olga", "000000")).rejects.toThrow(code("auth/otp-required"));
    }
    await expect(world.signIn("olga", world.code())).rejects.toThrow(code("auth/slow-down"));
  });

  it("takes each recovery code once, however it is typed, and says how many are left", async () => {
    const { recoveryCodes } = await world.enrol("olga");
    const [first = ""] = recoveryCodes;
    await world.signIn("olga", ` ${first.toLowerCase().replaceAll("-", " ")} `);
    const used = world.notes.find(({ action }) => action === "factor.recovery-code-used");
    expect(used).toMatchObject({ who: "olga", detail: { left: 9 } });
    await expect(world.signIn("olga", first)).rejects.toThrow(code("auth/otp-required"));
  });

  it("takes no old recovery code once new ones were made", async () => {
    const { caller, recoveryCodes } = await world.enrol("olga");
    const next = await world.desks.factors.renewRecoveryCodes(caller);
    await expect(world.signIn("olga", recoveryCodes[0])).rejects.toThrow(code("auth/otp-required"));
    await world.signIn("olga", next[0]);
  });
});

describe("step-up", () => {
  it("makes a sign-in fresh for five minutes, also one from before there was a factor", async () => {
    const before = (await world.signIn("olga")).caller;
    await world.enrol("olga");
    const { caller } = { caller: await world.desks.factors.stepUp(before, world.code()) };
    expect(caller.secondFactor).toBe(true);
    await world.time.advance(factorFreshForMs - 1);
    expect(factorIsFresh(caller, world.time.monotonicMs())).toBe(true);
    await world.time.advance(1);
    expect(factorIsFresh(caller, world.time.monotonicMs())).toBe(false);
  });

  it("with a wrong code is refused, noted and slowed down", async () => {
    const { caller } = await world.enrol("olga");
    for (let i = 0; i < 3; i++)
      await expect(world.desks.factors.stepUp(caller, "000000")).rejects.toThrow(code("auth/code-wrong"));
    await expect(world.desks.factors.stepUp(caller, world.code())).rejects.toThrow(code("auth/slow-down"));
    expect(world.actions().filter((action) => action === "sign-in.code-wrong")).toHaveLength(3);
  });

  it("is asked of administrators, each refusal noted once a minute", async () => {
    const { caller } = await world.signIn("ada");
    const change = async () => {
      const today = await world.desks.signIns.renew(caller);
      return today && world.desks.people.change(today, "olga", { language: "it" });
    };
    await expect(change()).rejects.toThrow(code("auth/factor-required"));
    await expect(change()).rejects.toThrow(code("auth/factor-required"));
    expect(world.notes.filter(({ action }) => action === "step-up.refused")).toMatchObject([
      { who: "ada", target: "people.change", detail: { gap: "missing" } },
    ]);
    await world.desks.factors.begin(caller, password);
    await world.desks.factors.confirm(caller, world.code());
    await change();
    await world.time.advance(factorFreshForMs);
    await expect(change()).rejects.toThrow(code("auth/step-up-required"));
  });

  it("is asked of nobody where the configuration says off", async () => {
    await world.close();
    world = await PeopleWorld.open({ secondFactor: "off" });
    const { caller } = await world.signIn("ada");
    await world.desks.people.change(caller, "olga", { language: "it" });
  });

  it("is lost at a restart of the gateway, and the second factor of the sign-in is not", async () => {
    const { caller } = await world.enrol("olga");
    const restarted = new PeopleWorld(world.bench, {});
    await restarted.known.start();
    const today = await restarted.desks.signIns.renew(caller);
    expect(today).toMatchObject({ secondFactor: true });
    expect(today && factorIsFresh(today, 0)).toBe(false);
    restarted.known.stop();
  });
});

describe("a lost second factor", () => {
  it("is taken away by another administrator, with every sign-in of that person", async () => {
    const olga = await world.enrol("olga");
    const { caller } = await world.enrol("ada");
    const ada = (await world.desks.signIns.renew(caller)) ?? caller;
    await expect(world.desks.factors.reset(ada, "ada")).rejects.toThrow(code("auth/forbidden"));
    await expect(world.desks.factors.reset(olga.caller, "ada")).rejects.toThrow(code("auth/forbidden"));
    const { access } = world.bench.records;
    await access.addToken(testToken("t1", { userId: "olga", name: "mes", expiresAt: world.time.wallMs() + 1 }));
    await access.addToken(testToken("t2", { userId: "ada", expiresAt: world.time.wallMs() + 1 }));
    await world.desks.factors.reset(ada, "olga");
    const ends = await Promise.all(["t1", "t2"].map(async (id) => (await access.findToken(id))?.revokedAt));
    expect(ends).toEqual([world.time.wallMs(), undefined]);
    expect(await world.desks.signIns.renew(olga.caller)).toBeUndefined();
    expect((await world.signIn("olga")).caller.secondFactor).toBe(false);
    await expect(world.desks.factors.reset(ada, "olga")).rejects.toThrow(code("request/not-found"));
    expect(world.notes.findLast(({ action }) => action === "factor.reset")).toMatchObject({
      who: "ada",
      target: "olga",
      detail: { tokens: ["mes"] },
    });
  });

  it("is taken away on the box, on the record as done there", async () => {
    await world.enrol("olga");
    const { people, access: organisations, factors } = world.bench.records;
    const audit = {
      note: () => undefined,
      append: async (entry: (typeof world.notes)[number]) => ({ ...entry, n: world.notes.push(entry), hash: "" }),
    };
    const shared = {
      people,
      organisations,
      factors,
      audit,
      passwords: plainPasswords,
      secrets: countedSecrets,
      clock: world.time,
    };
    await resetFactorLocally(shared, "Olga");
    expect(world.notes.at(-1)).toMatchObject({ action: "factor.reset", who: "system:command-line", target: "olga" });
    await expect(resetFactorLocally(shared, "olga")).rejects.toThrow(code("request/not-found"));
  });
});
