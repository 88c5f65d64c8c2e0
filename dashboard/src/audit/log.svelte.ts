import { NoAnswer, Refusal } from "../api/client.ts";
import type { AuditRow } from "../api/wire.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { session } from "../session/session.svelte.ts";

export interface AuditFilter {
  readonly action: string;
  readonly equipment: string;
  readonly who: string;
  readonly class: string;
  readonly text: string;
  /** RFC 3339, UTC. */
  readonly from: string;
  readonly to: string;
}

interface AuditPage {
  readonly items: readonly AuditRow[];
  readonly next?: string;
}

export const pageSize = 50;
export const noFilter: AuditFilter = { action: "", equipment: "", who: "", class: "", text: "", from: "", to: "" };

/** The filter as it stands in the address of the page; what is not known there is left out. */
export function filterOf(query: string): AuditFilter {
  const given = new URLSearchParams(query);
  const field = (name: keyof AuditFilter) => (given.get(name) ?? "").trim();
  const instant = (name: "from" | "to") => {
    const atMs = Date.parse(field(name));
    return Number.isNaN(atMs) ? "" : new Date(atMs).toISOString();
  };
  return {
    ...{ action: field("action"), equipment: field("equipment"), who: field("who"), class: field("class") },
    ...{ text: field("text"), from: instant("from"), to: instant("to") },
  };
}

/** For the address, and without `limit` for an export. Empty fields are left out. */
export function filterQuery(filter: AuditFilter): URLSearchParams {
  const filled = Object.entries(filter).filter(([, value]) => value.trim() !== "");
  return new URLSearchParams(filled.map(([name, value]) => [name, value.trim()]));
}

/** The path of one page: empty fields of the filter are left out. */
export function auditPath(filter: AuditFilter, next?: string): string {
  const query = new URLSearchParams([["limit", String(pageSize)], ...filterQuery(filter)]);
  if (next !== undefined) query.set("next", next);
  return `/audit?${query}`;
}

/** The log as it is read: the newest page, older ones behind it, and how many have come since. */
export class AuditLog {
  readonly first: Fetched<AuditPage>;
  filter = $state.raw<AuditFilter>(noFilter);
  #older = $state.raw<AuditPage | undefined>(undefined);
  newer = $state(0);
  loadingMore = $state(false);
  moreError = $state.raw<Refusal | NoAnswer | undefined>(undefined);

  constructor() {
    this.first = new Fetched(() => session.call<AuditPage>(auditPath(this.filter)));
  }

  get entries(): readonly AuditRow[] | undefined {
    const { value } = this.first;
    return value && [...value.items, ...(this.#older?.items ?? [])];
  }

  /** What asks for the next older page; undefined: that was all. */
  get next(): string | undefined {
    return this.#older ? this.#older.next : this.first.value?.next;
  }

  choose(filter: AuditFilter): void {
    this.filter = filter;
    this.first.drop();
    void this.reload();
  }

  async reload(): Promise<void> {
    this.#older = undefined;
    this.newer = 0;
    this.moreError = undefined;
    await this.first.load();
  }

  async more(): Promise<void> {
    const { next, filter } = this;
    if (next === undefined || this.loadingMore) return;
    this.loadingMore = true;
    try {
      const page = await session.call<AuditPage>(auditPath(filter, next));
      if (this.filter !== filter || this.next !== next) return;
      this.#older = { ...page, items: [...(this.#older?.items ?? []), ...page.items] };
      this.moreError = undefined;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.moreError = error;
    } finally {
      this.loadingMore = false;
    }
  }

  /** Looks for newer entries without moving what is being read. */
  async look(): Promise<void> {
    const { filter } = this;
    const top = this.first.value?.items[0]?.n ?? 0;
    if (!this.first.value) return;
    try {
      const page = await session.call<AuditPage>(auditPath(filter));
      if (this.filter === filter) this.newer = page.items.filter((entry) => entry.n > top).length;
    } catch (error) {
      // The next look tells; what is shown is dated by the link's own state.
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
    }
  }
}
