import type { Caller } from "../../core/access/policy.ts";
import { holds, programOf } from "../../core/access/token.ts";
import type { TokenRecord } from "../../core/access-port.ts";
import type { UserRecord } from "../../core/records-port.ts";
import type { RightsTable } from "./rights-table.ts";

/** A token that is good, with its owner's rights of today, narrowed. */
export interface KnownProgram {
  readonly token: TokenRecord;
  readonly user: UserRecord;
  readonly caller: Caller;
}

/** Every token that was not revoked when last read, in memory: with the owner gone, suspended or of another role, so is it. */
export class KnownPrograms {
  readonly #rights: RightsTable;
  #tokens: readonly TokenRecord[] = [];
  #known: ReadonlyMap<string, KnownProgram> = new Map();

  constructor(rights: RightsTable) {
    this.#rights = rights;
  }

  take(tokens: readonly TokenRecord[], users: ReadonlyMap<string, UserRecord>): void {
    this.#tokens = tokens;
    this.derive(users);
  }

  /** Works everybody's rights out anew. */
  derive(users: ReadonlyMap<string, UserRecord>): void {
    const known = this.#tokens.flatMap((token) => {
      const user = users.get(token.userId);
      const rights = user && this.#rights.of(user);
      if (user === undefined || rights === undefined) return [];
      const { id: userId, name, role, equipment, organisation } = user;
      const owner = { userId, name, role, equipment, ...rights };
      const caller = programOf(organisation === undefined ? owner : { ...owner, organisation }, token);
      return caller === undefined ? [] : [[token.id, { token, user, caller }] as const];
    });
    this.#known = new Map(known);
  }

  find(id: string, nowMs: number): KnownProgram | undefined {
    const known = this.#known.get(id);
    return known !== undefined && holds(known.token, nowMs) ? known : undefined;
  }
}
