import { holds, programOf } from "../../core/access/token.ts";
import type {
  AccessStore,
  GrantRecord,
  InvitationRecord,
  OrganisationRecord,
  TokenRecord,
} from "../../core/access-port.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import type { BookingStore, UserRecord } from "../../core/records-port.ts";
import { GrantDesk } from "../../services/access/grants.ts";
import { ProgramDesk } from "../../services/access/programs.ts";
import type { Joining } from "../../services/organisations/joining.ts";
import { MemberDesk } from "../../services/organisations/members.ts";
import { OrganisationDesk } from "../../services/organisations/organisations.ts";
import type { MemoryPeople } from "./people.ts";

interface AccessParts {
  readonly plant: Plant;
  readonly people: MemoryPeople;
  readonly bookings: Pick<BookingStore, "slotsOf">;
  readonly audit: Pick<AuditWriter, "note">;
  readonly clock: Clock;
}

/** The desks of grants and of organisations over a store in memory; `MemoryPeople` goes by the own role alone. */
export function memoryAccessDesks({ plant, people, bookings, audit, clock }: AccessParts) {
  const tokens = new Map<string, TokenRecord>();
  const store = memoryAccess(people, tokens);
  const shared = {
    audit: {
      note: (entry) => audit.note(entry),
      append: async (entry) => {
        audit.note(entry);
        return { ...entry, n: 1, hash: "" };
      },
    },
    ...{ clock, store },
    gate: { assertFresh: () => undefined },
    changed: async () => people.changed(),
  } satisfies Pick<ConstructorParameters<typeof GrantDesk>[0], "audit" | "clock" | "store" | "gate" | "changed">;
  const tenants = { ...shared, people: storeOf(people), secrets: numberedSecrets() };
  const joining: Joining = {
    join: async () => {
      throw new PlanciaError("auth/link-used", "Used up.");
    },
  };
  const findProgram = (id: string) => programIn(tokens.get(id), people, clock.wallMs());
  people.program = (id) => findProgram(id)?.caller;
  const known = { findProgram, assertCurrent: () => undefined };
  const machines = { equipment: plant.equipment, passing: clock, log: silentLog };
  return {
    programs: new ProgramDesk({ ...shared, ...machines, known, people: storeOf(people), secrets: tokenSecrets() }),
    grants: new GrantDesk({ ...shared, plant, bookings, people: storeOf(people), id: () => "g-new" }),
    organisations: new OrganisationDesk(tenants),
    members: new MemberDesk(tenants),
    joining,
  };
}

/** As known callers have it: the owner as he stands, narrowed. */
function programIn(token: TokenRecord | undefined, people: MemoryPeople, nowMs: number) {
  const user = token && people.users.get(token.userId);
  if (!(token && user) || user.disabled || !holds(token, nowMs)) return undefined;
  const { id: userId, name, role, equipment } = user;
  const caller = programOf({ userId, name, role, equipment, slots: [] }, token);
  return caller && { token, user, caller };
}

/** Shaped as tokens are. */
function tokenSecrets() {
  let n = 0;
  const next = (length: number) => `${++n}`.padStart(length, "0");
  return { id: () => next(16), random: () => next(43), hash: (secret: string) => `hash of ${secret}` };
}

function numberedSecrets() {
  let n = 0;
  return { id: () => `u-new-${++n}`, random: () => `secret-${++n}`, hash: (secret: string) => `hash of ${secret}` };
}

/** What of the store of people the desks use. */
function storeOf(people: MemoryPeople) {
  return {
    findUser: async (id: string) => people.users.get(id),
    listUsers: async () => [...people.users.values()],
    findUserByName: async (name: string) => [...people.users.values()].find((each) => each.name === name),
    addUser: async (user: UserRecord) => void people.users.set(user.id, user),
    updateUser: async (id: string, change: Partial<UserRecord>) => {
      const before = people.users.get(id);
      if (before) people.users.set(id, { ...before, ...change });
      return people.users.get(id);
    },
    endSignInsOf: async () => undefined,
  };
}

function memoryAccess(people: MemoryPeople, tokens: Map<string, TokenRecord>): AccessStore {
  const extra: GrantRecord = { ...ownGrant("u-viewer", people), id: "g-viewer", own: false, equipment: ["press"] };
  const added = new Map([[extra.id, extra]]);
  const all = () => [...[...people.users.keys()].map((id) => ownGrant(id, people)), ...added.values()];
  const none = async (): Promise<undefined> => undefined;
  const organisations = new Map<string, OrganisationRecord>(
    (["host", "acme", "zeta"] as const).map((id) => {
      const kind = id === "host" ? "host" : "guest";
      return [id, { id, name: id, kind, disabled: false, createdAt: 0 }];
    }),
  );
  const invitations = new Map<string, InvitationRecord>();
  return {
    listOrganisations: async () => [...organisations.values()],
    findOrganisation: async (id) => organisations.get(id),
    addOrganisation: async (organisation) => void organisations.set(organisation.id, organisation),
    async updateOrganisation(id, change) {
      const before = organisations.get(id);
      if (before) organisations.set(id, { ...before, ...change });
      return organisations.get(id);
    },
    listInvitations: async () => [...invitations.values()],
    putInvitation: async (invitation) => void invitations.set(invitation.userId, invitation),
    findInvitation: async (hash) => [...invitations.values()].find((each) => each.hash === hash),
    takeInvitation: async () => false,
    removeInvitation: async (userId) => void invitations.delete(userId),
    listGrants: async ({ userId }) => all().filter(({ subject }) => subject.id === userId),
    findGrant: async (id) => all().find((each) => each.id === id),
    addGrant: async (grant) => void added.set(grant.id, grant),
    updateGrant: async (id, change) => {
      const before = added.get(id);
      return before && { ...before, ...change };
    },
    removeGrant: none,
    listTokens: async ({ userId }) => [...tokens.values()].filter((each) => !userId || each.userId === userId),
    findToken: async (id) => tokens.get(id),
    addToken: async (token) => void tokens.set(token.id, token),
    async revokeToken(id, revokedAt) {
      const before = tokens.get(id);
      if (before && before.revokedAt === undefined) tokens.set(id, { ...before, revokedAt });
    },
    async revokeTokensOf(userId, revokedAt) {
      for (const [id, token] of tokens)
        if (token.userId === userId && token.revokedAt === undefined) tokens.set(id, { ...token, revokedAt });
    },
    touchToken: none,
  };
}

function ownGrant(id: string, people: MemoryPeople): GrantRecord {
  const { role = "viewer", equipment = [] } = people.users.get(id) ?? {};
  return {
    ...{ id, subject: { kind: "user", id }, own: true, role, equipment, areas: [], highestClass: "C3", hours: [] },
    ...{ notBefore: undefined, notAfter: undefined, createdAt: 0, createdBy: "system:own-role" },
  };
}
