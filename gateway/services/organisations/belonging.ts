import type { Role } from "../../core/access/policy.ts";
import type { AccessStore } from "../../core/access-port.ts";
import { PlanciaError } from "../../core/errors.ts";

/** The organisation of the house that is there from the beginning. */
export const house = "host";

export type FindOrganisation = Pick<AccessStore, "findOrganisation">;

/**
 * The organisation that somebody of this role belongs to: staff to one that owns machines, the house
 * where none is named; a guest to one that books, or to none.
 * @throws PlanciaError request/invalid at `/organisation`.
 */
export async function belonging(
  store: FindOrganisation,
  role: Role,
  organisation: string | undefined,
): Promise<string | undefined> {
  if (organisation === undefined) return role === "guest" ? undefined : house;
  const kind = (await store.findOrganisation(organisation))?.kind;
  if (kind === (role === "guest" ? "guest" : "host")) return organisation;
  const detail = role === "guest" ? "an organisation of guests that is there" : "an organisation of the house";
  throw new PlanciaError("request/invalid", `organisation: ${detail}`, {
    fields: [{ pointer: "/organisation", detail }],
  });
}

/**
 * What a change of role or organisation comes to. Who becomes a guest, or is one no more, leaves where he
 * was. @throws PlanciaError request/invalid.
 */
export async function moved(
  store: FindOrganisation,
  from: { readonly role: Role; readonly organisation: string | undefined },
  to: { readonly role?: Role | undefined; readonly organisation?: string | undefined },
): Promise<string | undefined> {
  const role = to.role ?? from.role;
  if (to.organisation === undefined && (role === "guest") === (from.role === "guest")) return from.organisation;
  return belonging(store, role, to.organisation);
}
