import type { Grant } from "./access/grant.ts";
import type { TokenPermission } from "./access/policy.ts";

/** Port of the relational store for organisations, invitations, grants and tokens of programs. As in records-port.ts. */

/** A tenant: a host owns equipment, a guest books it. */
export interface OrganisationRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: "host" | "guest";
  /** Nobody of it can sign in. */
  readonly disabled: boolean;
  readonly createdAt: number;
}

export interface GrantRecord extends Grant {
  readonly createdAt: number;
  readonly createdBy: string;
}

export type GrantChange = Partial<
  Pick<GrantRecord, "role" | "equipment" | "areas" | "highestClass" | "notBefore" | "notAfter" | "hours">
>;

/** The one-time link by which somebody who was invited chooses a password. At most one a person. */
export interface InvitationRecord {
  readonly userId: string;
  /** SHA-256 of its secret, hex. */
  readonly hash: string;
  readonly expiresAt: number;
}

/** A program's token, as it is stored: its secret only as a hash. */
export interface TokenRecord {
  readonly id: string;
  /** Whose rights it narrows. */
  readonly userId: string;
  readonly name: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly permissions: readonly TokenPermission[];
  readonly equipment: readonly string[];
  /** Addresses and networks (CIDR) from which it is good; empty: any. */
  readonly addresses: readonly string[];
  /** Whether its maker had shown a second factor. */
  readonly secondFactor: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly lastUsedFrom: string | undefined;
}

export interface AccessStore {
  listOrganisations(): Promise<readonly OrganisationRecord[]>;
  findOrganisation(id: string): Promise<OrganisationRecord | undefined>;
  /** @throws PlanciaError organisation/exists. */
  addOrganisation(organisation: OrganisationRecord): Promise<void>;
  updateOrganisation(
    id: string,
    change: Partial<Pick<OrganisationRecord, "name" | "disabled">>,
  ): Promise<OrganisationRecord | undefined>;
  /** Those that ran out too. */
  listInvitations(): Promise<readonly InvitationRecord[]>;
  /** Replaces the one before of the same person. */
  putInvitation(invitation: InvitationRecord): Promise<void>;
  /** One that holds; uses nothing up. */
  findInvitation(hash: string, nowMs: number): Promise<InvitationRecord | undefined>;
  /** True once for a hash that holds, then never again. */
  takeInvitation(hash: string, nowMs: number): Promise<boolean>;
  removeInvitation(userId: string): Promise<void>;
  /** Own grants first, then by age. */
  listGrants(filter: {
    readonly userId?: string | undefined;
    readonly organisation?: string | undefined;
  }): Promise<readonly GrantRecord[]>;
  findGrant(id: string): Promise<GrantRecord | undefined>;
  addGrant(grant: GrantRecord): Promise<void>;
  updateGrant(id: string, change: GrantChange): Promise<GrantRecord | undefined>;
  /** Never an own one. */
  removeGrant(id: string): Promise<void>;
  /** Newest first, those that ended too. */
  listTokens(filter: { readonly userId?: string | undefined }): Promise<readonly TokenRecord[]>;
  findToken(id: string): Promise<TokenRecord | undefined>;
  addToken(token: TokenRecord): Promise<void>;
  /** Once: the first time stays. */
  revokeToken(id: string, atMs: number): Promise<void>;
  /** All of a person's that are not revoked. */
  revokeTokensOf(userId: string, atMs: number): Promise<void>;
  /** Changes nobody's rights, so it counts up no revision. */
  touchToken(id: string, atMs: number, address: string): Promise<void>;
}
