import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GrantRecord } from "../../core/access-port.ts";
import { storesOver } from "./calls.ts";
import { migrationProvider } from "./migrations.ts";
import { openRecordsFile } from "./records-file.ts";
import { nodeSqliteDialect } from "./sqlite-dialect.ts";
import { type RecordsBench, recordsBench, testToken, testUser } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const grant = (id: string, more: Partial<GrantRecord> = {}): GrantRecord => ({
  ...{ id, subject: { kind: "user", id: "anna" }, own: false, role: "supervisor", equipment: ["press", "__proto__"] },
  ...{ areas: ["hall_2"], highestClass: "C1", notBefore: 5, notAfter: undefined, createdAt: 10, createdBy: "ada" },
  ...{ hours: [{ days: [1, 5], from: "08:00", to: "24:00" }], ...more },
});
describe("grants on the record", () => {
  it("every person has their own role as a grant, and it follows", async () => {
    const { people, access } = bench.records;
    await people.addUser(testUser("anna", { role: "viewer", equipment: ["press"] }));
    const [own] = await access.listGrants({ userId: "anna" });
    expect(own).toMatchObject({
      id: "anna",
      own: true,
      role: "viewer",
      equipment: ["press"],
      highestClass: "C3",
      hours: [],
    });
    await access.updateGrant("anna", { highestClass: "C1" });
    await people.updateUser("anna", { role: "operator", equipment: ["*"] });
    expect(await access.findGrant("anna")).toMatchObject({ role: "operator", equipment: ["*"], highestClass: "C1" });
    await expect(access.removeGrant("anna")).rejects.toThrow(expect.objectContaining({ code: "request/conflict" }));
  });

  it("come back as they went in, change, and go", async () => {
    const { people, access } = bench.records;
    await people.addUser(testUser("anna", { organisation: "acme" }));
    await access.addOrganisation({ id: "acme", name: "Acme", kind: "host", disabled: false, createdAt: 1 });
    const [mine, ours] = [grant("g1"), grant("g2", { subject: { kind: "organisation", id: "acme" } })];
    await access.addGrant(mine);
    await access.addGrant(ours);
    expect(await access.findGrant("g1")).toEqual(mine);
    expect((await access.listGrants({ userId: "anna", organisation: "acme" })).map(({ id }) => id)).toEqual([
      "anna",
      "g1",
      "g2",
    ]);
    expect(await access.updateGrant("g1", { notBefore: undefined, hours: [] })).toEqual({
      ...mine,
      notBefore: undefined,
      hours: [],
    });
    await access.removeGrant("g1");
    expect(await access.findGrant("g1")).toBeUndefined();
  });

  it("each change counts the revision up; the last use of a token does not", async () => {
    const { people, access } = bench.records;
    await people.addUser(testUser("anna"));
    const counts = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await people.revision();
      await work();
      return (await people.revision()) - before;
    };
    expect(await counts(() => access.addGrant(grant("g1")))).toBe(1);
    expect(await counts(() => access.updateGrant("g1", { role: "viewer" }))).toBe(1);
    expect(await counts(() => access.removeGrant("g1"))).toBe(1);
    expect(
      await counts(() => access.addOrganisation({ id: "x", name: "X", kind: "guest", disabled: false, createdAt: 1 })),
    ).toBe(1);
    expect(await counts(() => access.updateOrganisation("x", { disabled: true }))).toBe(1);
    expect(await counts(() => access.addToken(testToken("t1")))).toBe(1);
    expect(await counts(() => access.touchToken("t1", 50, "192.0.2.1"))).toBe(0);
    expect(await counts(() => access.revokeToken("t1", 60))).toBe(1);
  });
});

describe("tokens on the record", () => {
  it("come back as they went in; revoking is for good, and ended ones give no rights", async () => {
    const { people, access } = bench.records;
    await people.addUser(testUser("anna"));
    for (const each of [testToken("t1"), testToken("t2"), testToken("t3", { expiresAt: 100 })])
      await access.addToken(each);
    expect(await access.findToken("t1")).toEqual(testToken("t1"));
    await access.touchToken("t1", 50, "192.0.2.1");
    expect(await access.findToken("t1")).toMatchObject({ lastUsedAt: 50, lastUsedFrom: "192.0.2.1" });
    await access.revokeToken("t2", 70);
    await access.revokeToken("t2", 90);
    expect(await access.findToken("t2")).toMatchObject({ revokedAt: 70 });
    expect((await people.access(100)).tokens.map(({ id }) => id)).toEqual(["t1"]);
    expect(await access.listTokens({ userId: "anna" })).toHaveLength(3);
    expect(await access.listTokens({ userId: "olga" })).toEqual([]);
    await people.addUser(testUser("olga"));
    await access.addToken(testToken("t4", { userId: "olga" }));
    await access.revokeTokensOf("anna", 95);
    const ends = (await access.listTokens({})).map(({ id, revokedAt }) => [id, revokedAt]).sort();
    expect(ends).toEqual([
      ["t1", 95],
      ["t2", 70],
      ["t3", 95],
      ["t4", undefined],
    ]);
  });
});

describe("organisations on the record", () => {
  it("the host is there from the first start, and an id is taken once", async () => {
    const { access } = bench.records;
    expect(await access.listOrganisations()).toEqual([
      { id: "host", name: "host", kind: "host", disabled: false, createdAt: 0 },
    ]);
    const twice = access.addOrganisation({ id: "host", name: "Other", kind: "guest", disabled: false, createdAt: 1 });
    await expect(twice).rejects.toThrow(expect.objectContaining({ code: "organisation/exists" }));
  });
});

describe("invitations on the record", () => {
  it("hold until their time, once, and a newer one of the same person in place of the older", async () => {
    const { people, access } = bench.records;
    await people.addUser(testUser("mario"));
    await access.putInvitation({ userId: "mario", hash: "old", expiresAt: 100 });
    await access.putInvitation({ userId: "mario", hash: "new", expiresAt: 100 });
    expect(await access.listInvitations()).toEqual([{ userId: "mario", hash: "new", expiresAt: 100 }]);
    expect(await access.findInvitation("old", 50)).toBeUndefined();
    expect(await access.findInvitation("new", 100)).toBeUndefined();
    expect(await access.takeInvitation("new", 100)).toBe(false);
    const takes = await Promise.all([access.takeInvitation("new", 99), access.takeInvitation("new", 99)]);
    expect(takes.sort()).toEqual([false, true]);
    await access.putInvitation({ userId: "mario", hash: "next", expiresAt: 100 });
    await access.removeInvitation("mario");
    expect(await access.listInvitations()).toEqual([]);
  });
});

describe("records of the version before", () => {
  it("people that were added without an organisation belong to the house, and words that came since are organisations", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plancia-old-"));
    const file = join(folder, "records.db");
    try {
      const db = await recordsUpTo("0015-identities", file);
      db.exec(`INSERT INTO users (id, name, name_key, role, equipment, organisation, language, disabled, created_at) VALUES
        ('u1', 'Ada', 'ada', 'administrator', '["*"]', NULL, 'it', 0, 11),
        ('u2', 'Gino', 'gino', 'guest', '[]', 'Zeta srl', 'it', 0, 12),
        ('u3', 'Uno', 'uno', 'guest', '[]', NULL, 'it', 0, 13)`);
      db.close();
      const open = await openRecordsFile(file);
      const { access, people } = storesOver((area, method, args) =>
        open.call({ area, method, args, notAfterNs: 2n ** 63n }),
      );
      const users = await people.listUsers();
      expect(users.map(({ organisation }) => organisation)).toEqual(["host", "Zeta srl", undefined]);
      expect((await access.listOrganisations()).map(({ id, kind }) => [id, kind])).toEqual([
        ["Zeta srl", "guest"],
        ["host", "host"],
      ]);
      // The rule of the last administrator holds for what there was, too.
      await expect(access.updateOrganisation("host", { disabled: true })).rejects.toThrow(
        expect.objectContaining({ code: "request/conflict" }),
      );
      await open.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("keep every right: role and machines become the first grant, words become organisations", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plancia-old-"));
    const file = join(folder, "records.db");
    try {
      const db = await recordsUpTo("0012-audit", file);
      db.exec(`INSERT INTO users (id, name, name_key, role, equipment, organisation, language, disabled, created_at) VALUES
        ('u1', 'Ada', 'ada', 'administrator', '["*"]', NULL, 'it', 0, 11),
        ('u2', 'Olga', 'olga', 'operator', '["press","ov*"]', NULL, 'en', 0, 12),
        ('u3', 'Gino', 'gino', 'guest', '[]', 'Acme srl', 'it', 0, 13),
        ('u4', 'Sara', 'sara', 'supervisor', '["press"]', 'Staff', 'it', 1, 14),
        ('u5', 'Uno', 'uno', 'guest', '[]', NULL, 'it', 0, 15)`);
      db.close();
      const open = await openRecordsFile(file);
      const { access, people } = storesOver((area, method, args) =>
        open.call({ area, method, args, notAfterNs: 2n ** 63n }),
      );
      const grants = (await access.listGrants({})).map(({ id, own, role, equipment, highestClass }) => [
        id,
        own,
        role,
        equipment,
        highestClass,
      ]);
      expect(grants).toEqual([
        ["u1", true, "administrator", ["*"], "C3"],
        ["u2", true, "operator", ["press", "ov*"], "C3"],
        ["u3", true, "guest", [], "C3"],
        ["u4", true, "supervisor", ["press"], "C3"],
        ["u5", true, "guest", [], "C3"],
      ]);
      expect((await access.listOrganisations()).map(({ id, kind }) => [id, kind])).toEqual([
        ["Acme srl", "guest"],
        ["Staff", "host"],
        ["host", "host"],
      ]);
      const users = await people.listUsers();
      expect(users.map(({ name, organisation, role }) => [name, organisation, role])).toEqual([
        ["Ada", "host", "administrator"],
        ["Gino", "Acme srl", "guest"],
        ["Olga", "host", "operator"],
        ["Sara", "Staff", "supervisor"],
        ["Uno", undefined, "guest"],
      ]);
      await open.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** A file as an older version left it. */
async function recordsUpTo(last: string, file: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(file);
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect(database) });
  const older = Object.entries(await migrationProvider.getMigrations()).filter(([name]) => name <= last);
  const provider = { getMigrations: async () => Object.fromEntries(older) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw error;
  return database;
}
