import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allows, type Caller, keepsWhileLocked } from "../core/access/policy.ts";
import { testSignInLimits } from "../core/testing/plant.ts";
import { PeopleWorld, password } from "./testing/people-world.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const { lockMs } = testSignInLimits;
let world: PeopleWorld;
let caller: Caller;
beforeEach(async () => {
  world = await PeopleWorld.open();
  ({ caller } = await world.signIn("olga"));
});
afterEach(() => world.close());

const isLocked = async () => (await world.desks.signIns.renew(caller))?.locked === true;

describe("a screen", () => {
  it("is locked when nobody was there for too long, and told to whoever listens", async () => {
    let told = 0;
    world.known.onChange(() => told++);
    await world.time.advance(lockMs - 1_000);
    expect(await isLocked()).toBe(false);
    await world.time.advance(2_000);
    expect(await isLocked()).toBe(true);
    expect(told).toBeGreaterThan(0);
    expect(world.notes.at(-1)).toMatchObject({ action: "screen.locked", who: "olga" });
  });

  it("stays open while somebody acts, and a sign of life unlocks nothing", async () => {
    await world.time.advance(lockMs - 1_000);
    world.desks.screens.acted(caller);
    await world.time.advance(lockMs - 1_000);
    expect(await isLocked()).toBe(false);
    await world.time.advance(2_000);
    world.desks.screens.acted(caller);
    world.desks.screens.acted((await world.desks.signIns.renew(caller)) ?? caller);
    expect(await isLocked()).toBe(true);
  });

  it("goes on to show values and to stop, and does nothing else", async () => {
    await world.desks.screens.lock(caller);
    const locked = await world.desks.signIns.renew(caller);
    if (!locked) throw new Error("signed out");
    expect(allows(locked, "equipment:view")).toBe(true);
    expect(allows(locked, "equipment:stop")).toBe(true);
    for (const permission of ["equipment:write", "equipment:approve", "people:manage", "config:accept"] as const)
      expect(allows({ ...locked, role: "administrator" }, permission)).toBe(false);
    expect(keepsWhileLocked("control:take", "changes")).toBe(false);
    expect(keepsWhileLocked("equipment:stop", "changes")).toBe(true);
  });

  it("is unlocked by the password, and by nothing that is none", async () => {
    await world.desks.screens.lock(caller);
    await expect(world.desks.screens.unlock(caller, { password: "wrong" })).rejects.toThrow(code("auth/failed"));
    await expect(world.desks.screens.unlock(caller, { shown: world.code() })).rejects.toThrow(
      code("auth/factor-required"),
    );
    expect(await isLocked()).toBe(true);
    expect(await world.desks.screens.unlock(caller, { password })).not.toHaveProperty("locked");
    expect(world.notes.at(-1)).toMatchObject({ action: "screen.unlocked", detail: { by: "password" } });
  });

  it("is unlocked by the second factor", async () => {
    ({ caller } = await world.enrol("olga"));
    await world.desks.screens.lock(caller);
    await world.desks.screens.unlock(caller, { shown: world.code() });
    expect(await isLocked()).toBe(false);
  });

  it("gives a password only so many tries, and these clear the way for no code", async () => {
    await world.desks.screens.lock(caller);
    for (let i = 0; i < 3; i++)
      await expect(world.desks.screens.unlock(caller, { password: "wrong" })).rejects.toThrow(code("auth/failed"));
    await expect(world.desks.screens.unlock(caller, { password })).rejects.toThrow(code("auth/slow-down"));
  });

  it.each([
    ["locked before it", true, 0],
    ["left alone since", false, lockMs],
    ["with a clock that went back", false, -60_000],
  ])("stays locked over a restart: %s", async (_what, byHand, passedMs) => {
    if (byHand) await world.desks.screens.lock(caller);
    await world.bench.records.people.findSignIn(caller.signInId);
    const restarted = new PeopleWorld(world.bench, {});
    await restarted.time.advance(0);
    await world.bench.records.people.updateSignIn(caller.signInId, {
      activeAt: restarted.time.wallMs() - passedMs,
      lastSeenAt: restarted.time.wallMs(),
    });
    await restarted.known.start();
    expect((await restarted.desks.signIns.renew(caller))?.locked).toBe(true);
    restarted.known.stop();
  });

  it("each has a lock of its own", async () => {
    const other = (await world.signIn("olga")).caller;
    await world.desks.screens.lock(caller);
    expect((await world.desks.signIns.renew(other))?.locked).toBeUndefined();
  });
});

describe("sign-ins of one person", () => {
  it("are listed without a secret, and ended one by one", async () => {
    const other = await world.signIn("olga");
    const list = await world.desks.openSignIns.list(caller, "olga");
    expect(list.map(({ id }) => id).sort()).toEqual([caller.signInId, other.caller.signInId].sort());
    expect(JSON.stringify(list)).not.toMatch(/[hH]ash/);
    await world.desks.openSignIns.end(caller, "olga", other.caller.signInId);
    expect(await world.desks.signIns.renew(other.caller)).toBeUndefined();
    await expect(world.desks.openSignIns.end(caller, "olga", "none")).rejects.toThrow(code("request/not-found"));
  });

  it("are nobody else's but an administrator's, who needs a fresh second factor", async () => {
    const { openSignIns } = world.desks;
    const ada = (await world.signIn("ada")).caller;
    await expect(openSignIns.list(caller, "ada")).rejects.toThrow(code("auth/forbidden"));
    await expect(openSignIns.end(caller, "olga", ada.signInId)).rejects.toThrow(code("request/not-found"));
    expect(await openSignIns.list(ada, "olga")).toHaveLength(1);
    await expect(openSignIns.end(ada, "olga", caller.signInId)).rejects.toThrow(code("auth/factor-required"));
    const fresh = (await world.enrol("ada")).caller;
    await openSignIns.end((await world.desks.signIns.renew(fresh)) ?? fresh, "olga", caller.signInId);
    expect(await world.desks.signIns.renew(caller)).toBeUndefined();
  });

  it("beyond so many the one not seen for longest ends, and that is noted", async () => {
    await world.close();
    world = await PeopleWorld.open({ signIn: { ...testSignInLimits, most: 2 } });
    const first = await world.signIn("olga");
    await world.time.advance(1_000);
    await world.signIn("olga");
    await world.signIn("olga");
    expect(await world.desks.signIns.renew(first.caller)).toBeUndefined();
    expect(world.notes.find(({ action }) => action === "sign-in.ended")).toMatchObject({
      detail: { why: "too many at the same time" },
    });
  });
});
