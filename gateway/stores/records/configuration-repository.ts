import type { Selectable } from "kysely";
import type {
  ConfigurationStore,
  ConfigurationVersion,
  WholeConfigurationVersion,
} from "../../core/configuration-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { ConfigurationVersionRow } from "./schema.ts";

const mostVersions = 1000;

export function createConfigurationRepository(db: RecordsDatabase): ConfigurationStore {
  return {
    async add({ at, who, why, text, leftOut, plain, startedAt }) {
      const { n } = await db
        .insertInto("configuration_versions")
        .values({
          ...{ at, who, plain, body: text },
          why: why ?? null,
          left_out: leftOut,
          started_at: startedAt ?? null,
        })
        .returning("n")
        .executeTakeFirstOrThrow();
      await db
        .deleteFrom("configuration_versions")
        .where("n", "<=", n - mostVersions)
        .execute();
      return n;
    },
    async list() {
      const rows = await db
        .selectFrom("configuration_versions")
        .select(["n", "at", "who", "why", "left_out", "started_at"])
        .orderBy("n", "desc")
        .execute();
      return rows.map(versionOf);
    },
    async find(n) {
      const row = await db.selectFrom("configuration_versions").selectAll().where("n", "=", n).executeTakeFirst();
      return row && wholeOf(row);
    },
    async newest() {
      const row = await db
        .selectFrom("configuration_versions")
        .selectAll()
        .orderBy("n", "desc")
        .limit(1)
        .executeTakeFirst();
      return row && wholeOf(row);
    },
    async started(n, plain, atMs) {
      await db.updateTable("configuration_versions").set({ plain, started_at: atMs }).where("n", "=", n).execute();
    },
  };
}

type Row = Selectable<ConfigurationVersionRow>;

function versionOf({ n, at, who, why, left_out, started_at }: Omit<Row, "body" | "plain">): ConfigurationVersion {
  return { n, at, who, why: why ?? undefined, leftOut: left_out, startedAt: started_at ?? undefined };
}

function wholeOf({ body, plain, ...row }: Row): WholeConfigurationVersion {
  return { ...versionOf(row), text: body, plain };
}
