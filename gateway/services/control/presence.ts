import type { Caller } from "../../core/access/policy.ts";

/** A page that has an open, authenticated socket. */
interface Page {
  readonly phone: boolean;
  prompt(equipment: string, n: number): void;
}

/** What browsers of phones say of themselves; who hides it is asked by the page (R40). */
const phoneAgent = /\bMobi|Android.*Mobile|iPhone|iPod/i;

export function isPhoneAgent(userAgent: string): boolean {
  return phoneAgent.test(userAgent);
}

/** Which sign-ins have a page open. The socket's own bounds limit how many there are. */
export class Presence {
  readonly #pages = new Map<string, Set<Page>>();
  readonly #opened = new Set<(signInId: string, page: Pick<Page, "prompt">) => void>();
  readonly #gone = new Set<(signInId: string) => void>();

  /** Returns what closes it again; calling that twice is harmless. */
  open(caller: Caller, userAgent: string, prompt: (equipment: string, n: number) => void): () => void {
    const { signInId } = caller;
    const page = { phone: isPhoneAgent(userAgent), prompt };
    const pages = this.#pages.get(signInId) ?? new Set();
    this.#pages.set(signInId, pages.add(page));
    for (const listener of this.#opened) listener(signInId, page);
    return () => this.#close(signInId, page);
  }

  connected(signInId: string): boolean {
    return this.#pages.has(signInId);
  }

  isPhone(signInId: string): boolean {
    return [...(this.#pages.get(signInId) ?? [])].some((page) => page.phone);
  }

  /** To every page of the sign-in: whichever is awake answers. */
  prompt(signInId: string, equipment: string, n: number): void {
    for (const page of [...(this.#pages.get(signInId) ?? [])]) page.prompt(equipment, n);
  }

  onOpened(listener: (signInId: string, page: Pick<Page, "prompt">) => void): () => void {
    this.#opened.add(listener);
    return () => void this.#opened.delete(listener);
  }

  /** Called when the last page of a sign-in is gone. */
  onGone(listener: (signInId: string) => void): () => void {
    this.#gone.add(listener);
    return () => void this.#gone.delete(listener);
  }

  #close(signInId: string, page: Page): void {
    const pages = this.#pages.get(signInId);
    if (!pages?.delete(page) || pages.size > 0) return;
    this.#pages.delete(signInId);
    for (const listener of this.#gone) listener(signInId);
  }
}
