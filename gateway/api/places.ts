import type { UserRecord } from "../core/records-port.ts";

type Who = Pick<UserRecord, "id" | "organisation">;

/** S21: how many things of a kind (sockets, queries) one person, and all people of one organisation, hold at once. */
export class Places<Holder extends object> {
  readonly #most: { readonly user: number; readonly organisation: number };
  readonly #taken = new Map<string, number>();
  /** What each holder counts for, as it was when it came: its person may change organisation meanwhile. */
  readonly #held = new Map<Holder, readonly string[]>();
  #refused = 0;

  constructor(most: { readonly user: number; readonly organisation: number }) {
    this.#most = most;
  }

  /** Turned away since the process began. */
  get refused(): number {
    return this.#refused;
  }

  /** False: there is none left, and nothing was taken. */
  take(holder: Holder, { id, organisation }: Who): boolean {
    const user = `user ${id}`;
    const all = organisation === undefined ? [user] : [user, `organisation ${organisation}`];
    const isFull = (key: string) => (this.#taken.get(key) ?? 0) >= this.#most[key === user ? "user" : "organisation"];
    if (all.some(isFull)) {
      this.#refused++;
      return false;
    }
    for (const key of all) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    this.#held.set(holder, all);
    return true;
  }

  release(holder: Holder): void {
    for (const key of this.#held.get(holder) ?? []) {
      const left = (this.#taken.get(key) ?? 1) - 1;
      if (left > 0) this.#taken.set(key, left);
      else this.#taken.delete(key);
    }
    this.#held.delete(holder);
  }
}
