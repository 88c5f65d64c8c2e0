import type { Expression, TagLookup, Truth } from "../expression-port.ts";
import type { Equipment, StateCase } from "../plant.ts";
import { Status } from "../status.ts";
import type { DataType, Value } from "../value.ts";
import { packmlStates } from "./packml.ts";

/** Execute, and the acting states that lead there. */
const running: ReadonlySet<string> = new Set(["Starting", "Execute", "Unholding", "Unsuspending"]);

/** Combinations of values that are tried before what is left is called unknown, which can be anything. */
const mostTried = 4_096;

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
  if (!possible || ![...running].some((state) => possible.withEffect.has(state))) return false;
  const from = facts.states ?? [...possible.all].filter((state) => state !== "Aborted");
  return from.some((state) => !running.has(state) && possible.all.has(state) && !possible.withEffect.has(state));
}

interface Possible {
  readonly all: ReadonlySet<string>;
  /** Those in which the effect can hold. */
  readonly withEffect: ReadonlySet<string>;
}

function possibleStates(facts: DisguiseFacts): Possible | undefined {
  const { state } = facts;
  if (!state) return undefined;
  return "tag" in state ? byNumber(facts, `${facts.equipment}/${state.tag}`) : byCases(facts, state.cases);
}

function byNumber({ effect, through }: DisguiseFacts, stateTag: string): Possible {
  const withEffect = new Set<string>();
  for (const [number, name] of packmlStates) {
    const lookup = through((tag) => (tag === stateTag ? good(number) : undefined));
    if (effect.evaluate(lookup) !== false) withEffect.add(name);
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

function* combinations(facts: DisguiseFacts, expressions: readonly Expression[]): Iterable<TagLookup> {
  const named = [...new Set(expressions.flatMap((each) => each.tags))];
  const made = named.map((name) => ({ name, ...facts.madeOf(name) }));
  const numbers = numbersIn([...expressions.map(({ text }) => text), ...made.flatMap(({ texts }) => texts)]);
  // An argument of a command is made of nothing, and is tried as it is.
  const tags = [...new Set(made.flatMap(({ name, roots }) => (roots.length > 0 ? roots : [name])))];
  const values: (readonly [string, readonly Value[]])[] = [];
  let count = 1;
  for (const tag of tags) {
    const tried = valuesOf(facts.typeOf(tag), numbers);
    if (tried.length === 0 || count * tried.length > mostTried) continue;
    count *= tried.length;
    values.push([tag, tried]);
  }
  for (let i = 0; i < count; i++) {
    let rest = i;
    const now = new Map<string, Value>();
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
