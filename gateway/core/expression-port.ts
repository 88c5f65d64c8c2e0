import type { DataType, Value } from "./value.ts";

/** Three-valued: a tag that is not Good makes what depends on it unknown, and unknown refuses. */
export type Truth = true | false | "unknown";

/** What an expression asks the plant: the sample of a tag by its full name. */
export type TagLookup = (fullName: string) => { readonly value: Value; readonly status: number } | undefined;

/** A condition that was parsed and type-checked when the configuration was loaded. */
export interface Expression {
  readonly text: string;
  /** Full names of the tags that it reads. */
  readonly tags: readonly string[];
  evaluate(lookup: TagLookup): Truth;
  /** The same taken apart, for "why can I not?"; nothing is compiled here, so that it may be asked as often as a screen likes. */
  explain(lookup: TagLookup): ConditionTree;
}

/**
 * One part of a condition as it stands: `and`, `or`, `not` with their parts, everything else a leaf. The truth of a
 * part follows from those of its children (Kleene), the root's is that of the condition.
 */
export interface ConditionTree {
  readonly kind: "and" | "or" | "not" | "leaf";
  /** As the person wrote it. */
  readonly text: string;
  readonly truth: Truth;
  /** Of a leaf: the tags that it reads, by full name, as they are now; not Good counts as not known. */
  readonly tags: readonly { readonly tag: string; readonly value: Value; readonly status: number }[];
  readonly children: readonly ConditionTree[];
}

/** What an expression that gives any value came to; `why` in the words of whoever computes. */
export type Computed =
  | { readonly ok: true; readonly value: boolean | bigint | number | string }
  | { readonly ok: false; readonly why: string };

/** An expression that gives a value and no truth: what a derived tag is made of. */
export interface Formula {
  readonly type: "bool" | "int" | "double" | "string";
  /** Takes what is not Bad. Never throws: a division by zero and a number that is none are not `ok`. */
  compute(lookup: TagLookup): Computed;
}

export interface ExpressionScope {
  /** A bare name is a tag of this machine; `other.tag` one of another. */
  readonly equipment: string;
  /** Types of all tags by full name, as the engineering value has them. */
  readonly types: ReadonlyMap<string, DataType>;
  /** `value`: it may give any value, and `formula` computes it; a condition where it is not given. */
  readonly gives?: "value";
}

export type Compiled =
  | { readonly ok: true; readonly expression: Expression; readonly formula?: Formula }
  | { readonly ok: false; readonly problem: string /** Offset in the text. */; readonly position?: number | undefined };

export type ExpressionCompiler = (text: string, scope: ExpressionScope) => Compiled;
