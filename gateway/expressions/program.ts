import type { ParseResult } from "@marcbachmann/cel-js";
import type { TagLookup, Truth } from "../core/expression-port.ts";
import { isGood } from "../core/status.ts";
import { type CelType, celValue } from "./environment.ts";

/** One tag that an expression reads: where its value goes in the context. */
export interface Input {
  readonly machine: string | undefined;
  readonly id: string;
  readonly fullName: string;
  readonly type: CelType;
}

/** A text ready to run, with what it reads. */
export interface Program {
  readonly run: ParseResult;
  readonly inputs: readonly Input[];
}

/**
 * Three-valued by leaving out every tag that is not Good: CEL's `&&` and `||` absorb an error where
 * the other side decides (`false && error` is false), and an error that remains means unknown.
 */
export function evaluate({ run, inputs }: Program, lookup: TagLookup): Truth {
  const context: Record<string, unknown> = {};
  for (const { machine, id, fullName, type } of inputs) {
    const sample = lookup(fullName);
    const value = sample && isGood(sample.status) ? celValue(type, sample.value) : undefined;
    const target = machine === undefined ? context : nested(context, machine);
    if (value !== undefined) target[id] = value;
  }
  try {
    return run(context) === true;
  } catch {
    // Whatever went wrong, it decides nothing: unknown refuses.
    return "unknown";
  }
}

function nested(context: Record<string, unknown>, machine: string): Record<string, unknown> {
  context[machine] ??= {};
  return context[machine] as Record<string, unknown>;
}

/** Full names of the tags that it reads, each once. */
export function tagsOf(inputs: readonly Input[]): readonly string[] {
  return [...new Set(inputs.map((input) => input.fullName))];
}
