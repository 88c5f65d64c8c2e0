import type { Cause } from "../command.ts";
import type { CommandFacts } from "../facts.ts";

/**
 * One check of a command: a small named rule. All of them run and all causes are told at once (R8).
 */
export interface Check {
  readonly name: string;
  /** Of REMOTE-OPERATION.md. */
  readonly rule: string;
  readonly run: (facts: CommandFacts) => readonly Cause[];
}

export const none: readonly Cause[] = [];

export function cause(
  name: Cause["cause"],
  en: string,
  it: string,
  more: { tag?: string | undefined; lifts?: { en: string; it: string } | undefined } = {},
): readonly Cause[] {
  return [{ cause: name, text: { en, it }, ...more }];
}

/** R9: what lifts a refusal because of a configuration that widens. */
export const acceptIt = {
  en: "Accept it on the box or by a second person",
  it: "Accettala sul posto o con una seconda persona",
};

/** A class that starts, may damage, or sets limits (R6). */
export function isSignificant({ order }: CommandFacts): boolean {
  return order.class === "C2" || order.class === "C3";
}
