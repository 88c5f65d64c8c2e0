import type { Cause, Command, CommandEvent, JsonValue } from "../api/wire.ts";
import type { AttemptPhase } from "./attempt.svelte.ts";

/** How long a verified end stays beside the field. */
export const verifiedForMs = 10_000;

/** What the state column of a set-point says: the whole life of its newest command. */
export type RowState =
  | { readonly kind: "as-set" }
  /** Somebody is about to: selected, or waiting for a second person. Nothing has been written. */
  | {
      readonly kind: "selected";
      readonly wanted: JsonValue;
      readonly stage: "SELECTED" | "PENDING_APPROVAL";
      readonly by: string | undefined;
    }
  | { readonly kind: "sent"; readonly wanted: JsonValue; readonly sentMs: number; readonly by: string | undefined }
  | {
      readonly kind: "verified";
      readonly wanted: JsonValue;
      readonly delayMs: number;
      readonly effect: boolean;
      /** What the verifying read brought and when, UTC ms: the live value follows a moment later. */
      readonly readBack?: { readonly value: JsonValue; readonly atMs: number };
    }
  | { readonly kind: "refused"; readonly wanted: JsonValue; readonly causes: readonly Cause[]; readonly title: string }
  | {
      readonly kind: "failed";
      readonly wanted: JsonValue;
      readonly event: CommandEvent | undefined;
      readonly expired: boolean;
    }
  | { readonly kind: "unknown"; readonly wanted: JsonValue; readonly sinceMs: number };

export interface RowInput {
  readonly attempt: AttemptPhase;
  /** The newest command on this tag, by anybody. */
  readonly latest: Command | undefined;
  /** The id of the person's own last attempt, until it is put away. */
  readonly ownId: string | undefined;
  readonly settled: ReadonlySet<string>;
  readonly me: string;
  /** The gateway's clock, UTC ms. */
  readonly nowMs: number;
}

export function rowState(input: RowInput): RowState {
  const { attempt, latest, nowMs } = input;
  switch (attempt.kind) {
    case "posting":
      return { kind: "sent", wanted: attempt.wanted, sentMs: nowMs - attempt.sinceMs, by: undefined };
    case "no-answer":
      return { kind: "unknown", wanted: attempt.wanted, sinceMs: attempt.sinceMs };
    case "refused": {
      const { problem, wanted } = attempt;
      return { kind: "refused", wanted, causes: problem.causes ?? [], title: problem.detail ?? problem.title };
    }
    case "idle":
      return latest ? commandState(latest, input) : { kind: "as-set" };
  }
}

function commandState(command: Command, input: RowInput): RowState {
  const wanted = command.value;
  const own = command.id === input.ownId;
  const by = command.user === input.me ? undefined : command.user;
  switch (command.state) {
    case "SELECTED":
    case "PENDING_APPROVAL":
      return { kind: "selected", wanted, stage: command.state, by };
    case "SENT":
      return { kind: "sent", wanted, sentMs: input.nowMs - Date.parse(command.sentAt ?? command.requestedAt), by };
    case "VERIFIED": {
      const endMs = Date.parse(command.finishedAt ?? command.requestedAt);
      if (input.nowMs - endMs > verifiedForMs) return { kind: "as-set" };
      const delayMs = endMs - Date.parse(command.sentAt ?? command.requestedAt);
      const { readBack } = command;
      const read = readBack === undefined ? {} : { readBack: { value: readBack, atMs: endMs } };
      return { kind: "verified", wanted, delayMs, effect: command.evidence === "effect", ...read };
    }
    case "UNKNOWN":
      if (input.settled.has(command.id)) return { kind: "as-set" };
      return { kind: "unknown", wanted, sinceMs: Date.parse(command.finishedAt ?? command.requestedAt) };
    case "REFUSED":
      return own ? { kind: "refused", wanted, causes: command.causes ?? [], title: "" } : { kind: "as-set" };
    case "FAILED":
    case "EXPIRED":
    case "CANCELLED": {
      const event = command.events.at(-1);
      return own ? { kind: "failed", wanted, event, expired: command.state === "EXPIRED" } : { kind: "as-set" };
    }
  }
}
