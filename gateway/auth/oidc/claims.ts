import type { ProvenIdentity } from "../../core/access/identity-provider-port.ts";

export type Claims = Readonly<Record<string, unknown>>;

const mostGroups = 1000;

/** The claim of that name, or where there is none, the one inside of objects that `.` leads to. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let here: unknown = claims;
  for (const step of path.split(".")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Claims)[step];
  }
  return here;
}

/** @param more what the provider said to the access token, of the same subject. */
export function identityOf(
  issuer: string,
  claims: Claims & { readonly sub: string },
  more: Claims,
  groupsClaim: string,
): Omit<ProvenIdentity, "idToken"> {
  const all = { ...more, ...claims };
  const { sid, auth_time: at } = claims;
  const names = ["preferred_username", "name", "email"].map((name) => all[name]);
  return {
    issuer,
    subject: claims.sub,
    session: typeof sid === "string" ? sid : undefined,
    names: [...names, claims.sub].filter((name) => typeof name === "string"),
    language: String(all["locale"] ?? "").startsWith("it") ? "it" : "en",
    groups: textsOf(claimAt(all, groupsClaim)),
    // Only what is signed may stand for a second factor.
    methods: textsOf(claims["amr"]),
    authenticatedAtMs: typeof at === "number" && Number.isFinite(at) ? at * 1000 : undefined,
  };
}

function textsOf(claim: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return list.filter((each) => typeof each === "string").slice(0, mostGroups);
}
