import type { Clock } from "../../core/clock.ts";

/** Who looked at what exactly and wants it. */
export interface Proposal {
  readonly digest: string;
  readonly userId: string;
  readonly name: string;
}

/** So long a second person may take: one shift, ms. */
export const proposalLivesMs = 8 * 3_600_000;

/** One for each machine; a restart forgets them. */
export class Proposals {
  readonly #clock: Clock;
  readonly #byMachine = new Map<string, { readonly proposal: Proposal; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(equipment: string, proposal: Proposal): void {
    this.#byMachine.set(equipment, { proposal, atMs: this.#clock.monotonicMs() });
  }

  /** undefined: none of exactly this, or too long ago. */
  find(equipment: string, digest: string): Proposal | undefined {
    const found = this.#byMachine.get(equipment);
    if (!found || found.proposal.digest !== digest) return undefined;
    return this.#clock.monotonicMs() - found.atMs < proposalLivesMs ? found.proposal : undefined;
  }

  all(): readonly (readonly [string, Proposal])[] {
    return [...this.#byMachine].map(([equipment, { proposal }]) => [equipment, proposal]);
  }

  drop(equipment: string): void {
    this.#byMachine.delete(equipment);
  }
}
