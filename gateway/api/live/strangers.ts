import { addressGroup } from "../http/address-group.ts";
import type { LiveSession } from "./session.ts";

/**
 * Sockets on which nobody has proven who he is. Where there is no room for one more, the address that
 * has most of them gives its oldest up: whoever fills all places fills them for himself, and a page that
 * comes back finds one (R40).
 */
export class Strangers {
  readonly #byAddress = new Map<string, Set<LiveSession>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(session: LiveSession): void {
    const address = addressGroup(session.origin.address);
    const there = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, there.add(session));
    this.#size++;
  }

  /** Proven, or gone. Without effect for one that is not here any more. */
  remove(session: LiveSession): void {
    const address = addressGroup(session.origin.address);
    const there = this.#byAddress.get(address);
    if (!there?.delete(session)) return;
    this.#size--;
    if (there.size === 0) this.#byAddress.delete(address);
  }

  /** Who makes room; undefined: nobody is here. Of two addresses with as many, the one that came first. */
  first(): LiveSession | undefined {
    let most: ReadonlySet<LiveSession> = new Set();
    for (const there of this.#byAddress.values()) if (there.size > most.size) most = there;
    const [oldest] = most;
    return oldest;
  }
}
