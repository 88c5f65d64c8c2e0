import type { ParseResult } from "@marcbachmann/cel-js";
import type { Computed, TagLookup, Truth } from "../core/expression-port.ts";
import { isBad, isGood } from "../core/status.ts";
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
  try {
    return run(contextOf(inputs, lookup, isGood)) === true;
  } catch {
    // Whatever went wrong, it decides nothing: unknown refuses.
    return "unknown";
  }
}

/** The value of an expression over what is not Bad; how far it can be believed is for whoever asks to say. */
export function compute({ run, inputs }: Program, lookup: TagLookup): Computed {
  const context = contextOf(inputs, lookup, isUsable);
  try {
    const value: unknown = run(context);
    switch (typeof value) {
      case "boolean":
      case "bigint":
      case "number":
      case "string":
        return { ok: true, value };
      default:
        return { ok: false, why: "it gives nothing that a tag can hold" };
    }
  } catch (error) {
    const empty = inputs.find(({ machine, id }) => !hasValue(machine === undefined ? context : context[machine], id));
    return { ok: false, why: empty ? `${empty.fullName} has no value to compute with` : reasonOf(error) };
  }
}

function isUsable(status: number): boolean {
  return !isBad(status);
}

function hasValue(group: unknown, id: string): boolean {
  return typeof group === "object" && group !== null && Object.hasOwn(group, id);
}

/** One line, without the picture of the expression that the library draws below it. */
function reasonOf(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.slice(0, 200);
}

function contextOf(
  inputs: readonly Input[],
  lookup: TagLookup,
  counts: (status: number) => boolean,
): Record<string, unknown> {
  const context: Record<string, unknown> = {};
  for (const { machine, id, fullName, type } of inputs) {
    const sample = lookup(fullName);
    const value = sample && counts(sample.status) ? celValue(type, sample.value) : undefined;
    const target = machine === undefined ? context : nested(context, machine);
    if (value !== undefined) target[id] = value;
  }
  return context;
}

function nested(context: Record<string, unknown>, machine: string): Record<string, unknown> {
  context[machine] ??= {};
  return context[machine] as Record<string, unknown>;
}

/** Full names of the tags that it reads, each once. */
export function tagsOf(inputs: readonly Input[]): readonly string[] {
  return [...new Set(inputs.map((input) => input.fullName))];
}
