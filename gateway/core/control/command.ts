import type { CommandClass } from "../plant.ts";
import type { Text } from "../text.ts";
import type { Value } from "../value.ts";
import type { EventData, EventStep } from "./event-words.ts";

/** R1. The first three are on the way, the rest are final and never change. */
export type CommandState =
  | "SELECTED"
  | "PENDING_APPROVAL"
  | "SENT"
  | "VERIFIED"
  | "REFUSED"
  | "CANCELLED"
  | "EXPIRED"
  | "FAILED"
  | "UNKNOWN";

export function isFinal(state: CommandState): boolean {
  return state !== "SELECTED" && state !== "PENDING_APPROVAL" && state !== "SENT";
}

/** R8, the one vocabulary of refusals. */
export const refusalCauses = [
  "local-control",
  "locked-out",
  "wrong-mode",
  "illegal-state",
  "already-so",
  "step-limit",
  "value-not-allowed",
  "interlock",
  "in-execution",
  "device-unhealthy",
  "device-rejected",
  "data-stale",
  "not-selected",
  "selected-by-other",
  "no-permission",
  "second-factor-missing",
  "no-lease",
  "held-by-other",
  "island",
  "outside-booking",
  "end-of-booking",
  "not-qualified",
  "start-permit-missing",
  "approval-missing",
  "approval-expired",
  "expired",
  "rate-limited",
  "communication-loss",
  "audit-unavailable",
  "clock-unsynchronised",
] as const;
export type RefusalCause = (typeof refusalCauses)[number];

/** One cause of a refusal: what stands in the way, at which tag, in words, and what would lift it. */
export interface Cause {
  readonly cause: RefusalCause;
  readonly tag?: string | undefined;
  readonly text: Text;
  readonly lifts?: Text | undefined;
}

export interface CommandEvent {
  readonly at: number;
  readonly state: CommandState | "NOTE";
  /** English. */
  readonly text: string;
  /** Absent in records of versions before steps were recorded. */
  readonly step?: EventStep | undefined;
  readonly data?: EventData | undefined;
}

/** What became of one write or call of a command. */
export interface StepOutcome {
  /** Full tag name, or the method. */
  readonly target: string;
  readonly value: Value;
  readonly outcome: "written" | "rejected" | "not-sent" | "unknown";
  readonly detail: string | undefined;
}

/** The record of one command or stop request: what the audit, the API and the screens show. */
export interface CommandRecord {
  readonly id: string;
  /** `write`: a tag; `command`: a declared command. */
  readonly kind: "write" | "command" | "stop";
  /** Absent in records of versions before classes were recorded, and of stop requests. */
  readonly class?: CommandClass | undefined;
  readonly state: CommandState;
  readonly equipment: string;
  /** `press/speed`, `press:start`, or `press:stop` for a stop request. */
  readonly target: string;
  readonly value: Value;
  /** Of a declared command, by id. */
  readonly arguments?: Readonly<Record<string, Value>> | undefined;
  /** R6, UTC ms: while SELECTED it can be operated until then. */
  readonly operateBefore?: number | undefined;
  /** R42, UTC ms: while PENDING_APPROVAL it can be approved until then. */
  readonly approveBefore?: number | undefined;
  readonly approval?: { readonly userId: string; readonly userName: string; readonly at: number } | undefined;
  readonly steps?: readonly StepOutcome[] | undefined;
  readonly key: string | undefined;
  readonly userId: string;
  readonly userName: string;
  readonly address: string;
  readonly reason: string | undefined;
  /** The value read before the write, undefined where there was none that could be believed. */
  readonly oldValue: Value | undefined;
  readonly readBack: Value | undefined;
  readonly evidence: "effect" | "readback" | undefined;
  readonly causes: readonly Cause[];
  /** UTC ms by the gateway. */
  readonly requestedAt: number;
  readonly sentAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly events: readonly CommandEvent[];
}
