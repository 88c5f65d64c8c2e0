import type { SignedHead } from "../../core/audit/signed-head.ts";
import type { AuditStore, StoredAnchor } from "../../core/records-port.ts";
import type { RecordsDatabase } from "./database.ts";

/** The signed heads of the audit's chain, beside it; what protects them is the copy kept elsewhere. */
export function createAnchorRepository(db: RecordsDatabase): Pick<AuditStore, "putAnchor" | "anchors"> {
  return {
    async putAnchor(anchor) {
      await db
        .insertInto("audit_anchors")
        .values({ body: JSON.stringify(anchor) })
        .execute();
    },
    async anchors({ before, limit }) {
      let query = db.selectFrom("audit_anchors").select(["seq", "body"]).orderBy("seq", "desc").limit(limit);
      if (before !== undefined) query = query.where("seq", "<", before);
      const rows = await query.execute();
      return rows.map(({ seq, body }): StoredAnchor => ({ seq, anchor: JSON.parse(body) as SignedHead }));
    },
  };
}
