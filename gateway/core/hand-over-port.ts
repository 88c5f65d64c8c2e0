import type { CommandState } from "./control/command.ts";
import type { LeaseChanged } from "./control/lease.ts";
import type { Text } from "./text.ts";

/**
 * Port of what one person leaves for the next: notes of hand-over (R41), and what on-call has been told
 * and nobody has acknowledged yet (R17). Every method may reject with PlanciaError store/unavailable.
 * All of them may run at the same time.
 */

export interface NotedCommand {
  readonly id: string;
  readonly target: string;
  /** As JSON carries it. */
  readonly value: number | boolean | string | null;
  readonly state: CommandState;
  readonly user: string;
  /** UTC ms. */
  readonly at: number;
}

/** How a machine stood when control of it ended or passed on, written by the gateway; `text` is a person's. */
export interface HandOverNote {
  readonly id: string;
  readonly equipment: string;
  /** UTC ms. */
  readonly at: number;
  /** What happened to control; `note`: only written down, by whoever had it. */
  readonly change: LeaseChanged["change"] | "note";
  readonly from: string | undefined;
  /** `from` is a guest: no other guest reads of it. */
  readonly fromGuest: boolean;
  readonly to: string | undefined;
  /** Since when it was `from`'s, UTC ms. */
  readonly heldSince: number | undefined;
  /** Why it ended, where no person ended it. */
  readonly why: string | undefined;
  readonly text: string | undefined;
  /** PackML word or `unknown`; undefined: no state is declared. */
  readonly state: string | undefined;
  /** null: not Good; undefined: nothing declared. Likewise `remote`: true REMOTE. */
  readonly production: boolean | null | undefined;
  readonly remote: boolean | null | undefined;
  /** Devices of the machine that were not connected. */
  readonly linksDown: readonly string[];
  /** The newest commands with their ends, newest first. */
  readonly commands: readonly NotedCommand[];
  /** Those of which nobody knows whether they had an effect, newest first. */
  readonly unknown: readonly NotedCommand[];
}

/** Something that whoever is on call has to hear of. */
export interface OnCallEntry {
  readonly id: string;
  readonly equipment: string;
  /** UTC ms. */
  readonly at: number;
  readonly text: Text;
  readonly acknowledgedBy: string | undefined;
  readonly acknowledgedAt: number | undefined;
}

export interface HandOverStore {
  /** Keeps the newest 1,000 of each machine. */
  addNote(note: HandOverNote): Promise<void>;
  /** Newest first; `beforeId`: those recorded before this one. */
  notes(filter: {
    readonly equipment: string;
    readonly beforeId?: string | undefined;
    readonly limit: number;
  }): Promise<readonly HandOverNote[]>;
  /** The same entry again replaces. Keeps all that is open, and the newest 1,000 acknowledged. */
  putCall(entry: OnCallEntry): Promise<void>;
  /** What nobody has acknowledged, oldest first. */
  openCalls(): Promise<readonly OnCallEntry[]>;
}
