import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KioskRecord } from "../../core/site-port.ts";
import { type RecordsBench, recordsBench, testUser } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const lockOut = { id: "l1", equipment: "press", userId: "u1", person: "__proto__", reason: undefined, since: 7 };
const kiosk: KioskRecord = {
  ...{ id: "k1", name: "Press panel", equipment: "press", createdAt: 1 },
  ...{ enrolledAt: undefined, keyHash: undefined },
};

describe("what the people at the machine have set, in the records", () => {
  it("comes back as it went in", async () => {
    const { site } = bench.records;
    const island = { equipment: "constructor", who: "anna", since: 5 };
    const another = { ...lockOut, id: "l2", userId: undefined, reason: "belt\nchange", since: 8 };
    await site.putIsland(island);
    await site.putLockOut(another);
    await site.putLockOut(lockOut);
    expect(await site.snapshot()).toEqual({
      islands: [island],
      lockOuts: [lockOut, another],
      kiosks: [],
      attendants: [],
    });
  });

  it("cuts a machine off once, and the first who did stays", async () => {
    const { site } = bench.records;
    await site.putIsland({ equipment: "press", who: "anna", since: 5 });
    await site.putIsland({ equipment: "press", who: "bruno", since: 9 });
    expect((await site.snapshot()).islands).toEqual([{ equipment: "press", who: "anna", since: 5 }]);
    expect(await site.removeIsland("press")).toBe(true);
    expect(await site.removeIsland("press")).toBe(false);
  });

  it("takes the same lock-out twice for one, and lifts it once", async () => {
    const { site } = bench.records;
    await site.putLockOut(lockOut);
    await site.putLockOut(lockOut);
    expect((await site.snapshot()).lockOuts).toEqual([lockOut]);
    expect(await site.removeLockOut("l1")).toBe(true);
    expect(await site.removeLockOut("l1")).toBe(false);
  });

  it("remembers a chain until nothing is waited for any more", async () => {
    const { site } = bench.records;
    const opened = { openedAt: 3, closed: false, reset: false, local: true };
    await site.putChain("press", opened);
    await site.putChain("oven", opened);
    await site.putChain("press", { ...opened, closed: true, reset: true });
    await site.putChain("oven", undefined);
    expect(await site.chains()).toEqual(new Map([["press", { ...opened, closed: true, reset: true }]]));
  });
});

describe("kiosks in the records", () => {
  it("exchange their link for a key once, in time", async () => {
    const { site } = bench.records;
    await site.addKiosk(kiosk, { hash: "link", until: 100 });
    expect(await site.enrolKiosk("other", "key", 50)).toBeUndefined();
    expect(await site.enrolKiosk("link", "key", 100)).toBeUndefined();
    const enrolled = { ...kiosk, enrolledAt: 99, keyHash: "key" };
    expect(await site.enrolKiosk("link", "key", 99)).toEqual(enrolled);
    expect(await site.enrolKiosk("link", "key2", 99)).toBeUndefined();
    expect((await site.snapshot()).kiosks).toEqual([enrolled]);
  });

  it("are gone once removed, their link too", async () => {
    const { site } = bench.records;
    await site.addKiosk(kiosk, { hash: "link", until: 100 });
    expect(await site.removeKiosk("k1")).toEqual(kiosk);
    expect(await site.removeKiosk("k1")).toBeUndefined();
    expect(await site.enrolKiosk("link", "key", 50)).toBeUndefined();
  });
});

describe("PINs in the records", () => {
  it("belong to people who can sign in, the newest alone", async () => {
    const { people, access, site } = bench.records;
    const contractors = { id: "firm", name: "Firm", kind: "host", disabled: true, createdAt: 1 } as const;
    await access.addOrganisation(contractors);
    await people.addUser(testUser("u4", { name: "dario", organisation: "firm" }));
    await people.addUser(testUser("u1", { name: "bruno", role: "operator", equipment: ["press"] }));
    await people.addUser(testUser("u2", { name: "anna", role: "supervisor" }));
    await people.addUser(testUser("u3", { name: "carla", disabled: true }));
    for (const id of ["u1", "u2", "u3", "u4"]) await site.putPin(id, `old of ${id}`, 1);
    await site.putPin("u1", "new of u1", 2);
    const { attendants } = await site.snapshot();
    expect(attendants.map(({ name, role, equipment, pinHash }) => [name, role, equipment, pinHash])).toEqual([
      ["anna", "supervisor", testUser("u2").equipment, "old of u2"],
      ["bruno", "operator", ["press"], "new of u1"],
    ]);
  });
});

describe("the revision", () => {
  it("counts up with everything that the gateway must notice, and not with what it wrote itself", async () => {
    const { people, site } = bench.records;
    await people.addUser(testUser("u1"));
    const works: readonly (readonly [string, () => Promise<unknown>, boolean])[] = [
      ["island on", () => site.putIsland({ equipment: "press", who: "a", since: 1 }), true],
      ["island off", () => site.removeIsland("press"), true],
      ["lock-out", () => site.putLockOut(lockOut), true],
      ["lock-out lifted", () => site.removeLockOut("l1"), true],
      ["kiosk added", () => site.addKiosk(kiosk, { hash: "link", until: 100 }), true],
      ["kiosk enrolled", () => site.enrolKiosk("link", "key", 1), true],
      ["kiosk removed", () => site.removeKiosk("k1"), true],
      ["PIN", () => site.putPin("u1", "hash", 1), true],
      ["chain", () => site.putChain("press", { openedAt: 1, closed: false, reset: false, local: false }), false],
    ];
    for (const [name, work, counts] of works) {
      const before = await people.revision();
      await work();
      expect([name, (await people.revision()) > before]).toEqual([name, counts]);
    }
  });
});
