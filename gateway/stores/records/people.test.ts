import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RecordsBench, recordsBench, testBooking, testSignIn, testUser } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("users in the records", () => {
  it.each(["__proto__", "constructor", "toString", "a'b\"c;--", "ÀÈÌ òù 🤖", "name\nwith lines"])(
    "come back as they went in: %j",
    async (name) => {
      const { people } = bench.records;
      const user = testUser("u1", { name, equipment: ["press*", "__proto__"], organisation: "toString" });
      await people.addUser(user);
      expect(await people.findUserByName(name)).toEqual(user);
      expect(await people.findUser("u1")).toEqual(user);
      expect(await people.listUsers()).toEqual([user]);
    },
  );

  it.each([
    ["Anna", "ANNA"],
    ["Ànna", "ÀNNA"],
    ["anna", "ａnna"],
  ])("have names that are unique without regard to case and form: %s and %s", async (first, second) => {
    const { people } = bench.records;
    await people.addUser(testUser("u1", { name: first }));
    await expect(people.addUser(testUser("u2", { name: second }))).rejects.toThrow(code("user/exists"));
    expect((await people.findUserByName(second))?.id).toBe("u1");
  });

  it("change by the named fields alone, and a change of nobody gives undefined", async () => {
    const { people } = bench.records;
    await people.addUser(testUser("u1"));
    expect(await people.updateUser("u1", { role: "viewer", organisation: "acme" })).toEqual(
      testUser("u1", { role: "viewer", organisation: "acme" }),
    );
    expect(await people.updateUser("u1", {})).toEqual(testUser("u1", { role: "viewer", organisation: "acme" }));
    expect(await people.updateUser("u1", { organisation: undefined })).toEqual(testUser("u1", { role: "viewer" }));
    expect(await people.updateUser("nobody", { disabled: true })).toBeUndefined();
  });

  it("keep one enabled administrator, even when two take each other's role at once", async () => {
    const { people } = bench.records;
    await people.addUser(testUser("a", { role: "administrator" }));
    await people.addUser(testUser("b", { role: "administrator" }));
    const both = await Promise.allSettled([
      people.updateUser("a", { role: "viewer" }),
      people.updateUser("b", { disabled: true }),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await people.listUsers()).filter((user) => user.role === "administrator" && !user.disabled)).toHaveLength(
      1,
    );
    await expect(people.updateUser("b", { disabled: true })).rejects.toThrow(code("request/conflict"));
  });
});

describe("sign-ins in the records", () => {
  beforeEach(() => bench.records.people.addUser(testUser("anna")));

  it("are found by the present secret, and by the previous one while it holds", async () => {
    const { people } = bench.records;
    await people.addSignIn(testSignIn("s", "anna"), 50);
    await people.updateSignIn("s", {
      secretHash: "new",
      previousHash: "secret of s",
      previousUntil: 5_000,
      lastSeenAt: 2_000,
    });
    expect((await people.findSignInBySecret("new", 9_000))?.lastSeenAt).toBe(2_000);
    expect(await people.findSignInBySecret("secret of s", 4_999)).toBeDefined();
    expect(await people.findSignInBySecret("secret of s", 5_000)).toBeUndefined();
    expect((await people.findSignInByStop("stop of s"))?.id).toBe("s");
  });

  it("end one by one or all of a user but one", async () => {
    const { people } = bench.records;
    for (const id of ["a", "b", "c"]) await people.addSignIn(testSignIn(id, "anna"), 50);
    await people.endSignIn("a");
    await people.endSignInsOf("anna", "c");
    expect((await people.access(2_000)).signIns.map((signIn) => signIn.id)).toEqual(["c"]);
    await people.endSignInsOf("anna");
    expect((await people.access(2_000)).signIns).toEqual([]);
  });

  it("are fifty a user at most: the one not seen for longest makes room", async () => {
    const { people } = bench.records;
    for (let i = 0; i < 51; i++)
      await people.addSignIn(testSignIn(`s${i}`, "anna", { lastSeenAt: i === 0 ? 9_000 : 1_000 + i }), 50);
    const left = (await people.access(2_000)).signIns.map((signIn) => signIn.id);
    expect(left).toHaveLength(50);
    expect(left).toContain("s0");
    expect(left).not.toContain("s1");
  });

  it("past their absolute end are swept out by the next one", async () => {
    const { people } = bench.records;
    await people.addSignIn(testSignIn("old", "anna", { expiresAt: 5_000 }), 50);
    await people.addSignIn(testSignIn("new", "anna", { createdAt: 5_000 }), 50);
    expect(await people.findSignIn("old")).toBeUndefined();
  });
});

describe("the first administrator's link", () => {
  it("is taken once, before its end, and a newer one replaces it", async () => {
    const { people } = bench.records;
    await people.putFirstLink("first", 10_000);
    await people.putFirstLink("second", 10_000);
    expect(await people.takeFirstLink("first", 1_000)).toBe(false);
    expect(await people.hasFirstLink("second", 10_000)).toBe(false);
    expect(await people.hasFirstLink("second", 9_999)).toBe(true);
    const taken = await Promise.all([1, 2, 3].map(() => people.takeFirstLink("second", 1_000)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});

describe("the revision", () => {
  it.each([
    ["a user", (bench: RecordsBench) => bench.records.people.updateUser("anna", { role: "viewer" })],
    ["a sign-in that begins", (bench: RecordsBench) => bench.records.people.addSignIn(testSignIn("t", "anna"), 50)],
    ["a sign-in that ends", (bench: RecordsBench) => bench.records.people.endSignIn("s")],
    ["a booking", (bench: RecordsBench) => bench.records.bookings.addBooking(testBooking("b", 1, 2))],
  ])("changes with %s", async (_what, change) => {
    const { people } = bench.records;
    await people.addUser(testUser("anna"));
    await people.addSignIn(testSignIn("s", "anna"), 50);
    const before = await people.revision();
    await change(bench);
    expect(await people.revision()).not.toBe(before);
  });

  it("stays the same for the turn of a cookie and for audit entries", async () => {
    const { people, audit } = bench.records;
    await people.addUser(testUser("anna"));
    await people.addSignIn(testSignIn("s", "anna"), 50);
    const before = await people.revision();
    await people.updateSignIn("s", { lastSeenAt: 3_000 });
    await audit.append({
      at: 1,
      class: "system",
      action: "a",
      who: "b",
      address: undefined,
      equipment: undefined,
      target: undefined,
      result: undefined,
      detail: {},
    });
    expect(await people.revision()).toBe(before);
  });
});

describe("the access snapshot", () => {
  it("holds users, live sign-ins and the confirmed slots of guests", async () => {
    const { people, bookings } = bench.records;
    await people.addUser(testUser("guest", { role: "guest", equipment: [] }));
    await people.addUser(testUser("anna"));
    await people.addSignIn(testSignIn("s", "guest"), 50);
    await people.addSignIn(testSignIn("over", "guest", { expiresAt: 2_000 }), 50);
    await bookings.addBooking(testBooking("b1", 100, 200));
    await bookings.addBooking(testBooking("b2", 300, 400, { state: "CANCELLED" }));
    await bookings.addBooking(testBooking("b3", 500, 600, { userId: "anna" }));
    const snapshot = await people.access(2_000);
    expect(snapshot.users.map((user) => user.id).sort()).toEqual(["anna", "guest"]);
    expect(snapshot.signIns.map((signIn) => signIn.id)).toEqual(["s"]);
    expect(snapshot.slots).toEqual(new Map([["guest", [{ equipment: "mill", startMs: 100, endMs: 200 }]]]));
  });
});
