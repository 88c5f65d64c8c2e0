import type { Truth } from "../expression-port.ts";
import type { Tag } from "../plant.ts";
import type { Sample } from "../sample.ts";
import type { Text } from "../text.ts";
import type { DeviceLinkState } from "./link-state.ts";
import type { Fitted, Order } from "./order.ts";

/** An interlock, permissive or permit as it stands now. */
export interface ConditionNow {
  readonly id: string;
  readonly name: Text;
  readonly truth: Truth;
}

/** One tag that a command writes, as it stands now. */
export interface TagFacts {
  readonly tag: Tag;
  readonly wanted: Fitted | undefined;
  /** A constant of a declared command: its limits were checked when the configuration was read. */
  readonly constant: boolean;
  readonly present: Sample | undefined;
  /** Milliseconds since the tag's channel was last proven alive. */
  readonly confirmedAgeMs: number;
  readonly staleAfterMs: number;
  /** Milliseconds since the last write of this tag; Infinity: never. */
  readonly lastWriteAgeMs: number;
}

/** Who else is at it: another command of anybody, somebody's selection, a stop request. */
export type Occupied =
  | { readonly kind: "command" }
  | { readonly kind: "stop" }
  | { readonly kind: "selected"; readonly by: string };

/**
 * All that the checks of a command look at, gathered at one moment by the service. The checks
 * themselves are pure, so that every rule is a table.
 */
export interface CommandFacts {
  readonly order: Order;
  /** The screen of whoever asks is locked; absent: there is none. */
  readonly locked?: boolean;
  readonly mayWrite: boolean;
  /** A guest outside of its slot. */
  readonly outsideBooking: boolean;
  /** Milliseconds left of a guest's slot; undefined: staff. */
  readonly slotLeftMs: number | undefined;
  /** `fresh`: passed within the last minutes, as class C3 asks. */
  readonly secondFactor: { readonly required: boolean; readonly passed: boolean; readonly fresh: boolean };
  /** R3: the wall clock jumped back and has not caught up. */
  readonly clockBehind: boolean;
  readonly standing: { readonly holder: "nobody" | "self" | "other"; readonly name: string | undefined };
  /** Names of technicians whose lock hangs on the machine (R21). */
  readonly lockedOut: readonly string[];
  readonly island: boolean;
  /** R20; undefined: no chain is declared. */
  readonly chain: { readonly ready: boolean; readonly why: Text | undefined } | undefined;
  /** R9: something that widens control waits to be accepted. */
  readonly changeWaits: boolean;
  /** true REMOTE, false LOCAL, null not Good; undefined: no key declared. */
  readonly remote: boolean | null | undefined;
  /** PackML word, `unknown`, or undefined where no state is declared. */
  readonly state: string | undefined;
  /** true: mode is Production; null: not Good; undefined: no mode declared. */
  readonly production: boolean | null | undefined;
  readonly tags: readonly TagFacts[];
  /** Of every device that it writes to or calls. */
  readonly links: ReadonlyMap<string, DeviceLinkState>;
  readonly occupied: Occupied | undefined;
  /** Whether the effect that would prove it shows already. */
  readonly alreadySo: Truth;
  readonly interlocks: readonly ConditionNow[];
  readonly permissives: readonly ConditionNow[];
  /** Whether the start permit is given; true where none is needed. */
  readonly permit: Truth;
  readonly approval: "not-needed" | "given" | "missing" | "expired";
  /** R6: it was selected by this sign-in, and this is what was selected. */
  readonly selected: boolean;
  readonly auditAvailable: boolean;
}
