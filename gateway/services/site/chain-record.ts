import type { Timers } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { ChainMemory } from "../../core/site/chain.ts";
import type { SiteStore } from "../../core/site-port.ts";

/** Between two tries to write what could not be written, ms. */
export const writeAgainAfterMs = 2_000;

/** Writes what is remembered of the chains: the newest of each machine, one after the other, until it is written. */
export class ChainRecord {
  readonly #with: { readonly store: Pick<SiteStore, "putChain">; readonly timers: Timers; readonly log: Log };
  readonly #unwritten = new Map<string, ChainMemory | undefined>();
  #writing: Promise<void> | undefined;
  #cancelRetry: () => void = () => undefined;

  constructor(settings: { readonly store: Pick<SiteStore, "putChain">; readonly timers: Timers; readonly log: Log }) {
    this.#with = settings;
  }

  put(equipment: string, memory: ChainMemory | undefined): void {
    this.#unwritten.set(equipment, memory);
    void this.#write();
  }

  async close(): Promise<void> {
    await this.#write();
    this.#cancelRetry();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    this.#cancelRetry();
    for (let next = first(this.#unwritten); next; next = first(this.#unwritten)) {
      const [equipment, memory] = next;
      try {
        await this.#with.store.putChain(equipment, memory);
      } catch (error) {
        this.#with.log.error({ err: error, equipment }, "what an emergency-stop chain waits for could not be written");
        this.#cancelRetry = this.#with.timers.after(writeAgainAfterMs, () => this.#write());
        return;
      }
      // Something newer may have come meanwhile.
      if (this.#unwritten.get(equipment) === memory) this.#unwritten.delete(equipment);
    }
  }
}

function first<Key, Value>(map: ReadonlyMap<Key, Value>): readonly [Key, Value] | undefined {
  for (const entry of map) return entry;
  return undefined;
}
