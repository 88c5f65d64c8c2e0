import type { Grant } from "../../core/access/grant.ts";
import type { Role, TokenPermission } from "../../core/access/policy.ts";
import type { WeeklyHours } from "../../core/access/weekly-hours.ts";
import type { AccessStore, GrantChange, GrantRecord, OrganisationRecord, TokenRecord } from "../../core/access-port.ts";
import type { RecordsDatabase } from "./database.ts";
import { createInvitationRepository } from "./invitation-repository.ts";
import type { ApiTokenRow, GrantRow, OrganisationRow } from "./schema.ts";

/** Organisations, grants, and the tokens of programs. */
export function createAccessRepository(db: RecordsDatabase): AccessStore {
  return { ...organisationsOf(db), ...createInvitationRepository(db), ...grantsOf(db), ...tokensOf(db) };
}

/** What decides about rights today, for `access`. */
export async function accessRows(db: RecordsDatabase, nowMs: number) {
  const organisations = await db.selectFrom("organisations").selectAll().execute();
  const grants = await db.selectFrom("grants").selectAll().orderBy("own", "desc").orderBy("created_at").execute();
  const tokens = await db
    .selectFrom("api_tokens")
    .selectAll()
    .where("revoked_at", "is", null)
    .where("expires_at", ">", nowMs)
    .execute();
  return {
    organisations: organisations.map(organisationOf),
    grants: grants.map(grantOf),
    tokens: tokens.map(tokenOf),
  };
}

type Of<Method extends keyof AccessStore> = Pick<AccessStore, Method>;

function organisationsOf(
  db: RecordsDatabase,
): Of<"findOrganisation" | "listOrganisations" | "addOrganisation" | "updateOrganisation"> {
  const find = async (id: string): Promise<OrganisationRecord | undefined> => {
    const row = await db.selectFrom("organisations").selectAll().where("id", "=", id).executeTakeFirst();
    return row && organisationOf(row);
  };
  return {
    findOrganisation: find,
    async listOrganisations() {
      return (await db.selectFrom("organisations").selectAll().orderBy("name").execute()).map(organisationOf);
    },
    async addOrganisation({ id, name, kind, disabled, createdAt }: OrganisationRecord) {
      const row = { id, name, kind, disabled: disabled ? 1 : 0, created_at: createdAt };
      await db.insertInto("organisations").values(row).execute();
    },
    async updateOrganisation(id: string, change: Partial<Pick<OrganisationRecord, "name" | "disabled">>) {
      const columns = {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.disabled === undefined ? {} : { disabled: change.disabled ? 1 : 0 }),
      };
      if (Object.keys(columns).length > 0)
        await db.updateTable("organisations").set(columns).where("id", "=", id).execute();
      return find(id);
    },
  };
}

function grantsOf(db: RecordsDatabase): Of<"findGrant" | "listGrants" | "addGrant" | "updateGrant" | "removeGrant"> {
  const find = async (id: string): Promise<GrantRecord | undefined> => {
    const row = await db.selectFrom("grants").selectAll().where("id", "=", id).executeTakeFirst();
    return row && grantOf(row);
  };
  return {
    findGrant: find,
    async listGrants(filter: { readonly userId?: string | undefined; readonly organisation?: string | undefined }) {
      const { userId, organisation } = filter;
      let query = db.selectFrom("grants").selectAll();
      if (userId !== undefined || organisation !== undefined) {
        query = query.where((eb) =>
          eb.or([
            ...(userId === undefined ? [] : [eb("user_id", "=", userId)]),
            ...(organisation === undefined ? [] : [eb("organisation", "=", organisation)]),
          ]),
        );
      }
      return (await query.orderBy("own", "desc").orderBy("created_at").orderBy("id").execute()).map(grantOf);
    },
    async addGrant(grant: GrantRecord) {
      await db.insertInto("grants").values(grantRow(grant)).execute();
    },
    async updateGrant(id: string, change: GrantChange) {
      // In one go: of two changes at the same time none takes back the other's.
      return db.transaction().execute(async (transaction) => {
        const found = await transaction.selectFrom("grants").selectAll().where("id", "=", id).executeTakeFirst();
        if (found === undefined) return undefined;
        const after = { ...grantOf(found), ...change };
        const { id: _id, ...row } = grantRow(after);
        await transaction.updateTable("grants").set(row).where("id", "=", id).execute();
        return after;
      });
    },
    async removeGrant(id: string) {
      await db.deleteFrom("grants").where("id", "=", id).execute();
    },
  };
}

function tokensOf(
  db: RecordsDatabase,
): Of<"listTokens" | "findToken" | "addToken" | "revokeToken" | "revokeTokensOf" | "touchToken"> {
  return {
    async listTokens({ userId }: { readonly userId?: string | undefined }) {
      let query = db.selectFrom("api_tokens").selectAll();
      if (userId !== undefined) query = query.where("user_id", "=", userId);
      return (await query.orderBy("created_at", "desc").orderBy("id").execute()).map(tokenOf);
    },
    async findToken(id: string) {
      const row = await db.selectFrom("api_tokens").selectAll().where("id", "=", id).executeTakeFirst();
      return row && tokenOf(row);
    },
    async addToken(token: TokenRecord) {
      await db.insertInto("api_tokens").values(tokenRow(token)).execute();
    },
    async revokeToken(id: string, atMs: number) {
      const open = db.updateTable("api_tokens").set({ revoked_at: atMs }).where("id", "=", id);
      await open.where("revoked_at", "is", null).execute();
    },
    async revokeTokensOf(userId: string, atMs: number) {
      const open = db.updateTable("api_tokens").set({ revoked_at: atMs }).where("user_id", "=", userId);
      await open.where("revoked_at", "is", null).execute();
    },
    async touchToken(id: string, atMs: number, address: string) {
      const used = { last_used_at: atMs, last_used_from: address };
      await db.updateTable("api_tokens").set(used).where("id", "=", id).execute();
    },
  };
}

function organisationOf(row: OrganisationRow): OrganisationRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as OrganisationRecord["kind"],
    disabled: row.disabled === 1,
    createdAt: row.created_at,
  };
}

function grantOf(row: GrantRow): GrantRecord {
  return {
    id: row.id,
    subject:
      row.user_id === null ? { kind: "organisation", id: row.organisation ?? "" } : { kind: "user", id: row.user_id },
    own: row.own === 1,
    role: row.role as Role,
    equipment: JSON.parse(row.equipment) as string[],
    areas: JSON.parse(row.areas) as string[],
    highestClass: row.highest_class as Grant["highestClass"],
    notBefore: row.not_before ?? undefined,
    notAfter: row.not_after ?? undefined,
    hours: JSON.parse(row.hours) as WeeklyHours[],
    createdAt: row.created_at,
    createdBy: row.created_by,
  };
}

function grantRow(grant: GrantRecord): GrantRow {
  const { kind, id } = grant.subject;
  return {
    id: grant.id,
    user_id: kind === "user" ? id : null,
    organisation: kind === "organisation" ? id : null,
    own: grant.own ? 1 : 0,
    role: grant.role,
    equipment: JSON.stringify(grant.equipment),
    areas: JSON.stringify(grant.areas),
    highest_class: grant.highestClass,
    not_before: grant.notBefore ?? null,
    not_after: grant.notAfter ?? null,
    hours: JSON.stringify(grant.hours),
    created_at: grant.createdAt,
    created_by: grant.createdBy,
  };
}

function tokenOf(row: ApiTokenRow): TokenRecord {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    hash: row.hash,
    permissions: JSON.parse(row.permissions) as TokenPermission[],
    equipment: JSON.parse(row.equipment) as string[],
    addresses: JSON.parse(row.addresses) as string[],
    secondFactor: row.second_factor === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    lastUsedFrom: row.last_used_from ?? undefined,
  };
}

function tokenRow(token: TokenRecord): ApiTokenRow {
  return {
    id: token.id,
    user_id: token.userId,
    name: token.name,
    hash: token.hash,
    permissions: JSON.stringify(token.permissions),
    equipment: JSON.stringify(token.equipment),
    addresses: JSON.stringify(token.addresses),
    second_factor: token.secondFactor ? 1 : 0,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    revoked_at: token.revokedAt ?? null,
    last_used_at: token.lastUsedAt ?? null,
    last_used_from: token.lastUsedFrom ?? null,
  };
}
