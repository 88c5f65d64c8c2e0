import type { Expression, TagLookup, Truth } from "../expression-port.ts";
import type { Equipment, StateCase } from "../plant.ts";
import { Status } from "../status.ts";
import type { DataType, Value } from "../value.ts";
import { packmlStates } from "./packml.ts";

/** Execute, and the acting states that lead there. */
const running: ReadonlySet<string> = new Set(["Starting", "Execute", "Unholding", "Unsuspending"]);

/** Combinations of values that are tried before what is left is called unknown, which can be anything. */
const mostTried = 4_096;
/** The same for each of the seventeen states that a number says. */
const mostTriedInState = 256;

export interface DisguiseFacts {
  readonly state: Equipment["state"];
  readonly equipment: string;
  /** Of the command; undefined: any but Aborted, which is cleared first (R36). */
  readonly states: readonly string[] | undefined;
  readonly effect: Expression;
  readonly caseOf: (each: StateCase) => Expression | undefined;
  /** Of the engineering value. */
  readonly typeOf: (fullName: string) => DataType | undefined;
  /** With derived tags made from what the lookup has of their inputs. */
  readonly through: (lookup: TagLookup) => TagLookup;
  /** What a tag is computed from: tags of devices, and the expressions on the way; of a device's own tag itself. */
  readonly madeOf: (fullName: string) => { readonly roots: readonly string[]; readonly texts: readonly string[] };
}

/**
 * Classes: what starts a machine is C2 at least. Whether an effect shows that the machine runs: it can
 * hold in Execute, or on the way there, and cannot in a state in which the command may be given.
 */
export function leadsIntoExecute(facts: DisguiseFacts): boolean {
  const possible = possibleStates(facts);
  // A derived tag is as unknown as the worst that it reads: what cannot be tried must not hide a start.
  if (possible && isBlind(facts)) return true;
  if (!possible || ![...running].some((state) => possible.withEffect.has(state))) return false;
  const from = facts.states ?? [...possible.all].filter((state) => state !== "Aborted");
  return from.some((state) => !running.has(state) && possible.all.has(state) && !possible.withEffect.has(state));
}

interface Possible {
  readonly all: ReadonlySet<string>;
  /** Those in which the effect can hold. */
  readonly withEffect: ReadonlySet<string>;
}

function isBlind(facts: DisguiseFacts): boolean {
  const { state } = facts;
  if (!state) return false;
  if ("tag" in state) return triedOf(facts, [facts.effect], `${facts.equipment}/${state.tag}`).isBlind;
  return triedOf(facts, [facts.effect, ...state.cases.flatMap((each) => facts.caseOf(each) ?? [])]).isBlind;
}

function possibleStates(facts: DisguiseFacts): Possible | undefined {
  const { state } = facts;
  if (!state) return undefined;
  return "tag" in state ? byNumber(facts, `${facts.equipment}/${state.tag}`) : byCases(facts, state.cases);
}

function byNumber(facts: DisguiseFacts, stateTag: string): Possible {
  const withEffect = new Set<string>();
  for (const [number, name] of packmlStates) {
    for (const lookup of combinations(facts, [facts.effect], [stateTag, number])) {
      if (facts.effect.evaluate(lookup) !== false) withEffect.add(name);
    }
  }
  return { all: new Set(packmlStates.values()), withEffect };
}

/** A table of conditions: tried with the values that can make a difference to them. */
function byCases(facts: DisguiseFacts, cases: readonly StateCase[]): Possible | undefined {
  const table = cases.map((each) => ({ state: each.state, when: facts.caseOf(each) }));
  const all = new Set<string>();
  const withEffect = new Set<string>();
  for (const lookup of combinations(facts, [facts.effect, ...table.flatMap(({ when }) => when ?? [])])) {
    const holds = facts.effect.evaluate(lookup) !== false;
    for (const name of statesWith(table, lookup)) {
      all.add(name);
      if (holds) withEffect.add(name);
    }
  }
  return { all, withEffect };
}

/** The first case that holds; those before it that cannot be judged might be it. */
function* statesWith(
  table: readonly { readonly state: string; readonly when: Expression | undefined }[],
  lookup: TagLookup,
): Iterable<string> {
  for (const { state, when } of table) {
    const truth: Truth = when?.evaluate(lookup) ?? "unknown";
    if (truth !== false) yield state;
    if (truth === true) return;
  }
}

/** What is tried for each tag; `isBlind`: a derived tag in the effect stands on something for which nothing is tried. */
interface Tried {
  readonly values: readonly (readonly [string, readonly Value[]])[];
  readonly count: number;
  readonly isBlind: boolean;
}

function triedOf(facts: DisguiseFacts, expressions: readonly Expression[], known?: string): Tried {
  const named = [...new Set(expressions.flatMap((each) => each.tags))];
  const made = named.map((name) => ({ name, ...facts.madeOf(name) }));
  const numbers = numbersIn([...expressions.map(({ text }) => text), ...made.flatMap(({ texts }) => texts)]);
  // An argument of a command is made of nothing, and is tried as it is.
  const tags = [...new Set(made.flatMap(({ name, roots }) => (roots.length > 0 ? roots : [name])))];
  const most = known === undefined ? mostTried : mostTriedInState;
  const values: (readonly [string, readonly Value[]])[] = [];
  const seen = new Set(known === undefined ? [] : [known]);
  let count = 1;
  for (const tag of tags.filter((each) => each !== known)) {
    const tried = valuesOf(facts.typeOf(tag), numbers);
    if (tried.length === 0 || count * tried.length > most) continue;
    count *= tried.length;
    values.push([tag, tried]);
    seen.add(tag);
  }
  const derived = made.filter(({ name, roots }) => facts.effect.tags.includes(name) && !isItself(name, roots));
  return { values, count, isBlind: derived.some(({ roots }) => roots.some((root) => !seen.has(root))) };
}

/** A device's own tag, or an argument. */
function isItself(name: string, roots: readonly string[]): boolean {
  return roots.length === 0 || (roots.length === 1 && roots[0] === name);
}

/** @param fixed the state, where a number says it. */
function* combinations(
  facts: DisguiseFacts,
  expressions: readonly Expression[],
  fixed?: readonly [string, Value],
): Iterable<TagLookup> {
  const { values, count } = triedOf(facts, expressions, fixed?.[0]);
  for (let i = 0; i < count; i++) {
    let rest = i;
    const now = new Map<string, Value>(fixed ? [fixed] : []);
    for (const [tag, tried] of values) {
      now.set(tag, tried[rest % tried.length] ?? null);
      rest = Math.floor(rest / tried.length);
    }
    yield facts.through((tag) => (now.has(tag) ? good(now.get(tag) ?? null) : undefined));
  }
}

function valuesOf(type: DataType | undefined, numbers: readonly number[]): readonly Value[] {
  switch (type) {
    case "boolean":
      return [false, true];
    case "int64":
    case "uint64":
      return numbers.filter(Number.isInteger).map(BigInt);
    case "float":
    case "double":
      return numbers;
    case "sbyte":
    case "byte":
    case "int16":
    case "uint16":
    case "int32":
    case "uint32":
      return numbers.filter(Number.isInteger);
    default:
      return [];
  }
}

/** Each number that is written, and its neighbours. */
function numbersIn(texts: readonly string[]): readonly number[] {
  const written = texts.flatMap((text) => [...text.matchAll(/\d+(\.\d+)?/g)].map(([number]) => Number(number)));
  return [...new Set([0, ...written].flatMap((number) => [number - 1, number, number + 1]))];
}

function good(value: Value) {
  return { value, status: Status.Good };
}
