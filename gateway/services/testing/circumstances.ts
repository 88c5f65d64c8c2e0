import type { Caller } from "../../core/access/policy.ts";
import type { ChainState, Circumstances, LockOut, Standing } from "../control/circumstances.ts";

/** Circumstances that a test sets by hand: nobody has control, nothing is locked, everything is accepted. */
export class OpenCircumstances implements Circumstances {
  holder: { signInId: string; name: string } | undefined;
  lockedOut: readonly LockOut[] = [];
  cut = false;
  chainNow: ChainState | undefined;
  chainSeenAgain: number | undefined;
  confirmed: { by: string; untilMs: number } | undefined;
  waiting: ReadonlySet<string> = new Set();
  actingOtherwise: ReadonlySet<string> = new Set();
  /** Machines. */
  losingOtherwise: ReadonlySet<string> = new Set();
  connectedNow = true;
  readonly #changes = new Set<(equipment: string, unlessOf: string | undefined) => void>();
  readonly #gone = new Set<(signInId: string) => void>();
  readonly #site = new Set<(equipment: string) => void>();

  readonly leases = {
    standing: (caller: Caller): Standing => {
      if (!this.holder) return { holder: "nobody", name: undefined };
      return { holder: this.holder.signInId === caller.signInId ? "self" : "other", name: this.holder.name };
    },
    connected: () => this.connectedNow,
    onChange: (listener: (equipment: string, unlessOf: string | undefined) => void) => added(this.#changes, listener),
    onDisconnected: (listener: (signInId: string) => void) => added(this.#gone, listener),
  };

  readonly site = {
    lockOuts: () => this.lockedOut,
    island: () => this.cut,
    chain: () => this.chainNow,
    chainSeenAgainMs: () => this.chainSeenAgain,
    permit: () => this.confirmed,
    takePermit: () => {
      const had = this.confirmed !== undefined;
      this.confirmed = undefined;
      return had;
    },
    onChange: (listener: (equipment: string) => void) => added(this.#site, listener),
  };

  readonly acceptance = {
    waits: (_equipment: string, target: string) => this.waiting.has(target),
    actsOtherwise: (_equipment: string, { target }: { readonly target: string }) => this.actingOtherwise.has(target),
    placeWaits: ({ name }: { readonly name: string }) => this.waiting.has(name),
    lossWaits: (equipment: string) => this.losingOtherwise.has(equipment),
  };

  /** Control passes to another sign-in, or to nobody. */
  hand(holder: { signInId: string; name: string } | undefined, equipment = "press"): void {
    this.holder = holder;
    for (const listener of this.#changes) listener(equipment, holder?.signInId);
  }

  disconnect(signInId: string): void {
    this.connectedNow = false;
    for (const listener of this.#gone) listener(signInId);
  }

  changed(equipment = "press"): void {
    for (const listener of this.#site) listener(equipment);
  }
}

function added<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
