import type { Role } from "../../core/access/policy.ts";
import type { ChainMemory } from "../../core/site/chain.ts";
import type { IslandSwitch } from "../../core/site/island.ts";
import type { LockOutRecord } from "../../core/site/lock-out.ts";
import type { AttendantRecord, SiteSnapshot, SiteStore } from "../../core/site-port.ts";
import type { RecordsDatabase } from "./database.ts";
import { type KioskCalls, kioskOf } from "./kiosk-repository.ts";
import type { ChainRow, LockOutRow } from "./schema.ts";

/** What the people at the machine have set. */
export function createSiteRepository(db: RecordsDatabase): Omit<SiteStore, keyof KioskCalls> {
  return {
    async snapshot(): Promise<SiteSnapshot> {
      return db
        .transaction()
        .setAccessMode("read only")
        .execute(async (transaction) => ({
          islands: await transaction.selectFrom("islands").selectAll().orderBy("since").execute(),
          lockOuts: (await transaction.selectFrom("lock_outs").selectAll().orderBy("since").execute()).map(lockOutOf),
          kiosks: (await transaction.selectFrom("kiosks").selectAll().orderBy("created_at").execute()).map(kioskOf),
          attendants: await attendants(transaction),
        }));
    },

    async putIsland(island: IslandSwitch): Promise<void> {
      await db
        .insertInto("islands")
        .values(island)
        .onConflict((conflict) => conflict.column("equipment").doNothing())
        .execute();
    },

    async removeIsland(equipment: string): Promise<boolean> {
      const gone = await db
        .deleteFrom("islands")
        .where("equipment", "=", equipment)
        .returning("equipment")
        .executeTakeFirst();
      return gone !== undefined;
    },

    async putLockOut(lockOut: LockOutRecord): Promise<void> {
      await db
        .insertInto("lock_outs")
        .values(lockOutRow(lockOut))
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
    },

    async removeLockOut(id: string): Promise<boolean> {
      const gone = await db.deleteFrom("lock_outs").where("id", "=", id).returning("id").executeTakeFirst();
      return gone !== undefined;
    },

    async chains(): Promise<ReadonlyMap<string, ChainMemory>> {
      const rows = await db.selectFrom("chains").selectAll().execute();
      return new Map(rows.map((row) => [row.equipment, memoryOf(row)]));
    },

    async putChain(equipment: string, memory: ChainMemory | undefined): Promise<void> {
      if (memory === undefined) {
        await db.deleteFrom("chains").where("equipment", "=", equipment).execute();
        return;
      }
      const row = chainRow(equipment, memory);
      await db
        .insertInto("chains")
        .values(row)
        .onConflict((conflict) => conflict.column("equipment").doUpdateSet(row))
        .execute();
    },

    async putPin(userId: string, hash: string, nowMs: number): Promise<void> {
      await db
        .insertInto("pins")
        .values({ user_id: userId, hash, set_at: nowMs })
        .onConflict((conflict) => conflict.column("user_id").doUpdateSet({ hash, set_at: nowMs }))
        .execute();
    },
  };
}

async function attendants(db: RecordsDatabase): Promise<readonly AttendantRecord[]> {
  const rows = await db
    .selectFrom("pins")
    .innerJoin("users", "users.id", "pins.user_id")
    .select(["users.id", "users.name", "users.role", "users.equipment", "pins.hash"])
    .leftJoin("organisations", "organisations.id", "users.organisation")
    .where("users.disabled", "=", 0)
    .where((eb) => eb.or([eb("organisations.disabled", "is", null), eb("organisations.disabled", "=", 0)]))
    .orderBy("users.name_key")
    .execute();
  return rows.map((row) => ({
    userId: row.id,
    name: row.name,
    role: row.role as Role,
    equipment: JSON.parse(row.equipment) as string[],
    pinHash: row.hash,
  }));
}

function lockOutOf(row: LockOutRow): LockOutRecord {
  return {
    id: row.id,
    equipment: row.equipment,
    userId: row.user_id ?? undefined,
    person: row.person,
    reason: row.reason ?? undefined,
    since: row.since,
  };
}

function lockOutRow(lockOut: LockOutRecord): LockOutRow {
  const { id, equipment, userId, person, reason, since } = lockOut;
  return { id, equipment, user_id: userId ?? null, person, reason: reason ?? null, since };
}

function memoryOf(row: ChainRow): ChainMemory {
  return { openedAt: row.opened_at, closed: row.closed === 1, reset: row.reset === 1, local: row.local === 1 };
}

function chainRow(equipment: string, memory: ChainMemory): ChainRow {
  const { openedAt, closed, reset, local } = memory;
  return { equipment, opened_at: openedAt, closed: closed ? 1 : 0, reset: reset ? 1 : 0, local: local ? 1 : 0 };
}
