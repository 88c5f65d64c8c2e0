import type { ListedToken } from "../../services/access/programs.ts";
import type { TokenView } from "../wire/tokens.ts";
import { instant, instantIf } from "./times.ts";

/** Never the hash (S10). */
export function tokenView(token: ListedToken): TokenView {
  const { id, name, good, lastUsedFrom } = token;
  return {
    ...{ id, name, good, lastUsedFrom, owner: { id: token.userId, name: token.ownerName } },
    permissions: [...token.permissions],
    equipment: [...token.equipment],
    addresses: [...token.addresses],
    createdAt: instant(token.createdAt),
    expiresAt: instant(token.expiresAt),
    revokedAt: instantIf(token.revokedAt),
    lastUsedAt: instantIf(token.lastUsedAt),
  };
}
