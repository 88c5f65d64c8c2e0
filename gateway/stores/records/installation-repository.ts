import type { InstallationStore } from "../../core/installation-port.ts";
import type { RecordsDatabase } from "./database.ts";

export function createInstallationRepository(db: RecordsDatabase): InstallationStore {
  return {
    async lastConfiguration() {
      return (await db.selectFrom("last_configuration").select("body").executeTakeFirst())?.body;
    },
    async putConfiguration(body) {
      await db
        .insertInto("last_configuration")
        .values({ id: 1, body })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ body }))
        .execute();
    },
    async hasReadNotice(userId, version) {
      const found = await db
        .selectFrom("notices_read")
        .select("read_at")
        .where("user_id", "=", userId)
        .where("version", "=", version)
        .executeTakeFirst();
      return found !== undefined;
    },
    async putNoticeRead(userId, version, atMs) {
      await db
        .insertInto("notices_read")
        .values({ user_id: userId, version, read_at: atMs })
        .onConflict((conflict) => conflict.columns(["user_id", "version"]).doNothing())
        .execute();
    },
    async tokenKeys() {
      const rows = await db.selectFrom("token_keys").selectAll().orderBy("seq", "desc").execute();
      return rows.map(({ salt, made_at }) => ({ salt, madeAt: made_at }));
    },
    async addTokenKey({ salt, madeAt }) {
      await db.insertInto("token_keys").values({ salt, made_at: madeAt }).execute();
    },
    async removeTokenKeys(beforeMs) {
      await db
        .deleteFrom("token_keys")
        .where("made_at", "<", beforeMs)
        .where("seq", "<", (eb) => eb.selectFrom("token_keys").select((max) => max.fn.max("seq").as("newest")))
        .execute();
    },
  };
}
