import type { Caller } from "../../core/access/policy.ts";
import {
  free,
  type Holding,
  holderAt,
  isPromptDue,
  type Lease,
  type LeaseChanged,
  type LeaseEvent,
  type LeaseStep,
  stepLease,
} from "../../core/control/lease.ts";
import type { LeaseStanding, Standing } from "./circumstances.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Presence } from "./presence.ts";

/** How often time is let pass over every lease, ms: prompts and ends are at most so late; who asks is never told late. */
const lookEveryMs = 250;

/** Who brought a change about, and what he said. */
export interface Said {
  readonly by?: Caller | undefined;
  readonly reason?: string | undefined;
}

/** One change of who has control, as it happened. */
export interface LeaseNews extends LeaseChanged, Said {
  readonly equipment: string;
}

type Watching = (equipment: string, unlessOf: string | undefined) => void;

/**
 * R40: who has control of each machine. All of it is in memory on purpose: after a restart nobody has
 * control. Time is monotonic; the wall clock never matters.
 */
export class Leases implements LeaseStanding {
  readonly #parts: LeaseParts;
  readonly #presence: Presence;
  readonly #leases: Map<string, Lease>;
  readonly #watching = new Set<Watching>();
  readonly #listeners = new Set<(news: LeaseNews) => void>();
  readonly #looks = new Set<(nowMs: number) => void>();
  readonly #stop: (() => void)[];
  /** Never used twice, also not by the run before: a page may answer what that one asked. */
  #n: number;

  constructor(parts: LeaseParts, presence: Presence) {
    this.#parts = parts;
    this.#presence = presence;
    this.#leases = new Map(parts.plant.equipment.map((each) => [each.id, free]));
    this.#n = Math.floor(parts.clock.wallMs());
    this.#stop = [
      parts.timers.every(lookEveryMs, () => this.look()),
      presence.onOpened((signInId, page) => this.#askAgain(signInId, page)),
    ];
  }

  standing(caller: Caller, equipment: string): Standing {
    const holding = this.holder(equipment);
    if (!holding) return { holder: "nobody", name: undefined };
    const { signInId, name } = holding.party.caller;
    return { holder: signInId === caller.signInId ? "self" : "other", name };
  }

  connected(signInId: string): boolean {
    return this.#presence.connected(signInId);
  }

  onChange(listener: Watching): () => void {
    this.#watching.add(listener);
    return () => void this.#watching.delete(listener);
  }

  onDisconnected(listener: (signInId: string) => void): () => void {
    return this.#presence.onGone(listener);
  }

  /** Everything that happens to who has control, requests included, in order. */
  onNews(listener: (news: LeaseNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Called each quarter of a second, after time has passed over the leases. */
  onLook(listener: (nowMs: number) => void): () => void {
    this.#looks.add(listener);
    return () => void this.#looks.delete(listener);
  }

  lease(equipment: string): Lease {
    return this.#leases.get(equipment) ?? free;
  }

  all(): ReadonlyMap<string, Lease> {
    return this.#leases;
  }

  holder(equipment: string): Holding | undefined {
    return holderAt(this.lease(equipment), this.#parts.clock.monotonicMs());
  }

  /** R15: somebody has control and has answered within the last `withinMs`. */
  isPresent(equipment: string, withinMs: number): boolean {
    const holding = this.holder(equipment);
    return holding !== undefined && this.#parts.clock.monotonicMs() - holding.aliveMs < withinMs;
  }

  /** Lets something happen to one machine's lease, and tells whoever wants to know. */
  step(equipment: string, event: LeaseEvent, said: Said = {}): LeaseStep {
    const step = stepLease(this.lease(equipment), event, this.#parts.clock.monotonicMs());
    // Unknown machines have no lease to be changed.
    if (this.#leases.has(equipment)) this.#leases.set(equipment, step.lease);
    for (const change of step.changes) this.#tell({ ...change, equipment, ...(isByTime(change) ? {} : said) });
    return step;
  }

  /** R40: a page's answer; what is not the newest question of a machine of its own counts for nothing. */
  alive(caller: Caller, answer: { readonly n: number; readonly visible: boolean; readonly active: boolean }): void {
    // Named one by one: what came over the wire has a type of its own.
    const { n, visible, active } = answer;
    for (const [equipment, { holding }] of this.#leases) {
      if (holding?.prompt?.n !== n) continue;
      this.step(equipment, { type: "alive", signInId: caller.signInId, n, visible, active });
    }
  }

  /** R43: a person at this sign-in did something. */
  acted(signInId: string): void {
    for (const [equipment, { holding }] of this.#leases) {
      if (holding?.party.caller.signInId === signInId) this.step(equipment, { type: "acted", signInId });
    }
  }

  /** Lets time pass: what has run out ends, whoever is due is asked. */
  look(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const equipment of this.#leases.keys()) {
      // One machine's fault must not keep the control of another from ending.
      this.#guard(() => {
        this.step(equipment, { type: "look" });
        if (isPromptDue(this.lease(equipment), nowMs)) this.#ask(equipment);
      });
    }
    for (const listener of [...this.#looks]) this.#guard(() => listener(nowMs));
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#listeners.clear();
    this.#watching.clear();
    this.#looks.clear();
  }

  #ask(equipment: string): void {
    const n = ++this.#n;
    const { lease } = this.step(equipment, { type: "prompt", n });
    const signInId = lease.holding?.party.caller.signInId;
    if (signInId !== undefined) this.#guard(() => this.#presence.prompt(signInId, equipment, n));
  }

  /** A page that came back within the 15 s need not wait for the next prompt. */
  #askAgain(signInId: string, page: { prompt(equipment: string, n: number): void }): void {
    for (const equipment of this.#leases.keys()) {
      const holding = this.holder(equipment);
      if (holding?.party.caller.signInId !== signInId) continue;
      if (holding.prompt && !holding.prompt.answered) page.prompt(equipment, holding.prompt.n);
    }
  }

  #tell(news: LeaseNews): void {
    const passed = news.from?.party.caller.signInId !== news.to?.caller.signInId;
    if (passed) {
      for (const listener of this.#watching) {
        this.#guard(() => listener(news.equipment, news.to?.caller.signInId));
      }
    }
    for (const listener of [...this.#listeners]) this.#guard(() => listener(news));
  }

  /** One listener's fault must not keep the news from the others, nor a lease from ending. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#parts.log.error({ err: error }, "somebody could not be told who has control");
    }
  }
}

/** What time alone did, just before whatever somebody did. */
function isByTime({ change, why }: LeaseChanged): boolean {
  return change === "expired" || why === "unanswered";
}
