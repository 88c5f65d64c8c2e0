import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredAuditEntry } from "../core/records-port.ts";
import { testCaller } from "../core/testing/caller.ts";
import { mostSignInAlarms, SignInAlarmDesk } from "./sign-in-alarms.ts";
import { previousCookieHoldsMs } from "./sign-in-limits.ts";
import { here, PeopleWorld } from "./testing/people-world.ts";

const thief = { ...here, address: "203.0.113.7" };
const ada = testCaller({ userId: "ada", name: "ada", role: "administrator" });
const olga = testCaller({ userId: "olga", name: "olga", role: "operator" });

let world: PeopleWorld;
beforeEach(async () => {
  world = await PeopleWorld.open({ secondFactor: "off" });
});
afterEach(() => world.close());

/** Olga's cookie of before the last is used again. */
async function reuse(): Promise<void> {
  const { cookie } = await world.signIn("olga");
  await world.desks.signIns.refresh(cookie, here);
  await world.time.advance(previousCookieHoldsMs);
  await expect(world.desks.signIns.refresh(cookie, thief)).rejects.toThrow();
}

/** The audit as a store gives it, for the start of another gateway. */
function stored(): { list: (filter: { action?: string | undefined }) => Promise<readonly StoredAuditEntry[]> } {
  const entries = world.notes.map((entry, i) => ({ ...entry, n: i + 1, hash: "" }));
  return { list: async ({ action }) => entries.filter((entry) => entry.action === action).toReversed() };
}

describe("an old cookie that is used again", () => {
  it("is an alarm for administrators and for whose it is, and for nobody else", async () => {
    const told: string[] = [];
    world.desks.signInAlarms.onChange((userId) => told.push(userId));
    await reuse();
    const alarm = { kind: "cookie-reused", userId: "olga", user: "olga", address: thief.address, times: 1 };
    const { signInAlarms } = world.desks;
    expect(signInAlarms.list(ada)).toMatchObject([alarm]);
    expect(signInAlarms.list(olga)).toMatchObject([alarm]);
    expect(signInAlarms.list(testCaller({ userId: "tim", role: "supervisor" }))).toEqual([]);
    const scope = { id: "t", permissions: ["audit:read"], equipment: ["*"] } as const;
    expect(signInAlarms.list({ ...ada, token: scope })).toEqual([]);
    expect(signInAlarms.list({ ...ada, scope: "stop" })).toEqual([]);
    expect(told).toEqual(["olga"]);
    expect(world.notes.at(-1)).toMatchObject({ action: "sign-in.cookie-reused", who: "olga", result: "refused" });
  });

  it("stands once however often it happens, until an administrator acknowledges it on the record", async () => {
    const { signInAlarms } = world.desks;
    await reuse();
    await reuse();
    const [alarm] = signInAlarms.list(ada);
    expect(signInAlarms.list(ada)).toHaveLength(1);
    expect(alarm?.times).toBe(2);
    const id = alarm?.id ?? "";
    await expect(signInAlarms.acknowledge(olga, id)).rejects.toThrow(
      expect.objectContaining({ code: "auth/forbidden" }),
    );
    await signInAlarms.acknowledge(ada, id);
    expect(signInAlarms.list(ada)).toEqual([]);
    expect(world.notes.at(-1)).toMatchObject({ action: "sign-in.alarm-acknowledged", who: "ada", target: "olga" });
    await expect(signInAlarms.acknowledge(ada, id)).rejects.toThrow(
      expect.objectContaining({ code: "request/not-found" }),
    );
  });

  it("stands again after a restart where nobody acknowledged it, and no longer where somebody did", async () => {
    await reuse();
    await reuse();
    const begin = async () => {
      const desk = new SignInAlarmDesk({
        audit: {
          append: async () => ({ ...world.notes[0], n: 0, hash: "" }) as StoredAuditEntry,
          note: () => undefined,
        },
        gate: { assertFresh: () => undefined },
        clock: world.time,
        id: () => "new",
      });
      await desk.restore(stored());
      return desk.list(ada);
    };
    expect(await begin()).toEqual(world.desks.signInAlarms.list(ada));
    const [alarm] = world.desks.signInAlarms.list(ada);
    await world.desks.signInAlarms.acknowledge(ada, alarm?.id ?? "");
    expect(await begin()).toEqual([]);
    await reuse();
    expect(await begin()).toEqual(world.desks.signInAlarms.list(ada));
    expect(await begin()).toMatchObject([{ times: 1 }]);
  });

  it("never takes more than its place in memory", () => {
    const { signInAlarms } = world.desks;
    const user = (n: number) => ({ id: `u${n}`, name: `u${n}` }) as Parameters<typeof signInAlarms.raise>[1];
    for (let n = 0; n < mostSignInAlarms + 5; n++) signInAlarms.raise("passkey-copied", user(n), here.address, {});
    expect(signInAlarms.list(ada)).toHaveLength(mostSignInAlarms);
    expect(signInAlarms.list(ada)[0]?.user).toBe(`u${mostSignInAlarms + 4}`);
    const raised = new Map([
      ["cookie-reused", 0],
      ["passkey-copied", mostSignInAlarms + 5],
    ]);
    expect(signInAlarms.counts()).toEqual({ open: mostSignInAlarms, raised, displaced: 5 });
  });
});

describe("acknowledging", () => {
  it("asks for a fresh second factor where one is required", async () => {
    await using strict = await strictWorld();
    strict.world.desks.signInAlarms.raise("passkey-copied", await strict.olga(), here.address, {});
    const [alarm] = strict.world.desks.signInAlarms.list(ada);
    await expect(
      strict.world.desks.signInAlarms.acknowledge({ ...ada, secondFactor: false }, alarm?.id ?? ""),
    ).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^auth\/(factor|step-up)-required$/) }));
  });
});

async function strictWorld() {
  const strict = await PeopleWorld.open();
  return {
    world: strict,
    async olga() {
      const user = await strict.bench.records.people.findUserByName("olga");
      if (!user) throw new Error("olga is not there");
      return user;
    },
    [Symbol.asyncDispose]: () => strict.close(),
  };
}
