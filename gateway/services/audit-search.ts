import { allows, type Caller, coverage } from "../core/access/policy.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { AuditFilter, AuditStore, StoredAuditEntry } from "../core/records-port.ts";
import type { AuditAnswer } from "./use-cases.ts";

const longestPage = 500;
/** Entries looked through in one call of the store where no index helps: other calls get their turn in between. */
export const stepRows = 10_000;
/** After so long a search answers with what it has found, and where to go on, ms. */
export const searchMs = 2_000;

export function boundedPage(limit: number): number {
  return Math.min(Math.max(1, Math.trunc(limit)), longestPage);
}

/** Equipment patterns, or undefined: all of it. @throws PlanciaError auth/forbidden. */
export function visibleAudit(caller: Caller): readonly string[] | undefined {
  if (!allows(caller, "audit:read")) throw new PlanciaError("auth/forbidden", "Your role may not read the audit");
  const patterns = coverage(caller, "audit:read");
  return allows(caller, "people:manage") || patterns.includes("*") ? undefined : patterns;
}

type Search = AuditFilter & { readonly limit: number; readonly beforeN: number | undefined };

/** One page. What an index answers is asked for at once, what has to be read through in steps. */
export async function searchAudit(
  store: Pick<AuditStore, "list" | "head">,
  clock: Clock,
  search: Search,
): Promise<AuditAnswer> {
  const { limit } = search;
  if (search.text === undefined && search.visible === undefined) {
    const entries = await store.list(search);
    return { entries, next: entries.length < limit ? undefined : entries.at(-1)?.n };
  }
  const endsMs = clock.monotonicMs() + searchMs;
  const found: StoredAuditEntry[] = [];
  let before = search.beforeN ?? (await store.head()).count + 1;
  while (before > 1 && clock.monotonicMs() <= endsMs) {
    const fromN = Math.max(1, before - stepRows);
    const missing = limit - found.length;
    found.push(...(await store.list({ ...search, fromN, beforeN: before, limit: missing })));
    if (found.length >= limit) return { entries: found, next: found.at(-1)?.n };
    before = fromN;
  }
  return { entries: found, next: before > 1 ? before : undefined };
}
