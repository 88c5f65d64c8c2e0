import type { Text } from "../text.ts";
import type { Role } from "./policy.ts";

/** What one sign-in at a provider is proven by; each of 256 random bits, base64url, known to the browser that began it alone. */
export interface ProviderFlow {
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
}

/** Somebody as the provider knows them, every token checked. */
export interface ProvenIdentity {
  readonly issuer: string;
  /** With the issuer what makes a person the same; nothing else does. */
  readonly subject: string;
  /** The provider's own session (`sid`), where it says one. */
  readonly session: string | undefined;
  /** How this person is called there, the best first; anybody may be called anything. */
  readonly names: readonly string[];
  readonly language: "it" | "en";
  readonly groups: readonly string[];
  /** RFC 8176: how they showed who they are. */
  readonly methods: readonly string[];
  /** UTC ms, whole seconds, by the provider's clock; undefined: it does not say. */
  readonly authenticatedAtMs: number | undefined;
  /** The ID token itself, for leaving; not to be stored, logged or shown. */
  readonly idToken: string;
}

/** Whose session has ended there: all sign-ins of a subject, or those of one session. */
export type EndedAtProvider =
  | { readonly issuer: string; readonly subject: string }
  | { readonly issuer: string; readonly session: string };

/**
 * A server that says who somebody is (OpenID Connect). All methods may run at the same time. Errors:
 * auth/provider-unavailable where it does not answer, auth/provider-refused where its answer does not hold.
 */
export interface IdentityProvider {
  readonly settings: ProviderSettings;
  /** Where the browser is sent. @throws PlanciaError auth/provider-unavailable. */
  begin(flow: ProviderFlow): Promise<string>;
  /**
   * From what the browser brought back, the query of the callback without `?`.
   * @throws PlanciaError auth/provider-unavailable, auth/provider-refused.
   */
  finish(query: string, flow: ProviderFlow): Promise<ProvenIdentity>;
  /**
   * Where the browser goes to leave the provider too; asks nobody. undefined: it offers none, or is not known yet.
   * @param idToken of this sign-in, so that the provider knows whose session it is (RP-Initiated Logout 1.0, §2).
   */
  leaving(idToken: string | undefined): string | undefined;
  /** A logout token (OpenID Connect Back-Channel Logout 1.0), each once. @throws as `finish`. */
  ended(logoutToken: string): Promise<EndedAtProvider>;
}

/** A group there and what it is here. */
export interface GroupMapping {
  readonly group: string;
  readonly role: Role;
  readonly equipment: readonly string[];
}

export interface ProviderSettings {
  readonly id: string;
  readonly name: Text;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  /** The claim with the groups; `.` goes into objects. */
  readonly groupsClaim: string;
  /** The first that fits counts; none: refused. */
  readonly mappings: readonly GroupMapping[];
  /** Methods (`amr`) that count as a second factor; none: the gateway asks for its own. */
  readonly secondFactor: readonly string[];
  /** Origins besides the issuer's where its endpoints may be. */
  readonly origins: readonly string[];
}

/** What somebody with these groups is here; undefined: nothing. */
export function mappingOf(settings: ProviderSettings, groups: readonly string[]): GroupMapping | undefined {
  return settings.mappings.find(({ group }) => groups.includes(group));
}
