import type {
  Approval,
  CommandArgument,
  CommandClass,
  Condition,
  DeclaredCommand,
  Equipment,
  Operand,
  StartPermit,
  Tag,
} from "../plant.ts";
import { toRaw } from "../scaling.ts";
import { coerce, type DataType, isNumeric, sameValue, type Value } from "../value.ts";
import type { Cause } from "./command.ts";

/** What somebody asks for: a value for a tag, or arguments for a declared command. */
export interface Asked {
  readonly value?: unknown;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

/** A value as the device takes it and as people read it; undefined: it does not fit, and `why` says what would. */
export interface Fitted {
  readonly raw: Value | undefined;
  readonly value: Value | undefined;
  readonly why: string | undefined;
}

export interface WriteOrder {
  readonly kind: "write";
  readonly tag: Tag;
  /** undefined: nothing is wanted yet, a screen only asks whether it could be. */
  readonly wanted: Fitted | undefined;
  /** A constant of the configuration, checked when that was read. */
  readonly constant: boolean;
}

export interface CallOrder {
  readonly kind: "call";
  readonly device: string;
  readonly method: unknown;
  readonly label: string;
  readonly arguments: readonly { readonly type: DataType; readonly value: Value | undefined }[];
}

export type OrderStep = WriteOrder | CallOrder;

/**
 * One command with everything that was declared about it, resolved: what the checks look at and the
 * pipeline carries out. A bare tag write is the simplest case (R13).
 */
export interface Order {
  readonly equipment: Equipment;
  /** `press/speed` or `press:start`. */
  readonly target: string;
  readonly class: CommandClass;
  readonly tag: Tag | undefined;
  readonly command: DeclaredCommand | undefined;
  readonly asking: boolean;
  readonly arguments: ReadonlyMap<string, Value>;
  /** What is wrong with the arguments. */
  readonly misfits: readonly Cause[];
  readonly steps: readonly OrderStep[];
  readonly states: readonly string[] | undefined;
  readonly permit: StartPermit | undefined;
  readonly interlocks: readonly Condition[];
  readonly permissives: readonly Condition[];
  readonly feedback: {
    readonly when: string | undefined;
    readonly withinMs: number;
    readonly tolerance: number | undefined;
  };
  /** R42, for these values. */
  readonly needsApproval: boolean;
}

/** How long a command without declared feedback is looked at, ms. */
const readBackMs = 3000;

/** @param asked undefined: could it be commanded at all? */
export function orderOf(equipment: Equipment, target: string, asked: Asked | undefined): Order | undefined {
  const tag = equipment.tags.find((each) => each.name === target);
  if (tag) return tagOrder(equipment, tag, asked);
  const command = equipment.commands.find((each) => `${equipment.id}:${each.id}` === target);
  return command && commandOrder(equipment, command, asked);
}

/** R6: whether it is selected first. What a second person approves is selected too, whatever its class. */
export function isSelected(order: Pick<Order, "class" | "needsApproval">): boolean {
  return order.class === "C2" || order.class === "C3" || order.needsApproval;
}

/** The value that is recorded as wanted: of a tag the value, of a command its only argument or nothing. */
export function wantedOf(order: Order): Value {
  const [only, ...more] = order.steps;
  if (order.tag && only?.kind === "write") return only.wanted?.value ?? null;
  void more;
  return order.arguments.size === 1 ? ([...order.arguments.values()][0] ?? null) : null;
}

function tagOrder(equipment: Equipment, tag: Tag, asked: Asked | undefined): Order {
  const { writable } = tag;
  const wanted = asked && fitted(tag, asked.value);
  const surplus =
    asked?.arguments === undefined
      ? []
      : [misfit("A tag takes a value, not arguments", "Un tag vuole un valore, non argomenti", tag.name)];
  return {
    equipment,
    target: tag.name,
    class: writable?.class ?? "C1",
    tag,
    command: undefined,
    asking: asked === undefined,
    arguments: new Map(),
    misfits: surplus,
    steps: [{ kind: "write", tag, wanted, constant: false }],
    states: writable?.states,
    permit: undefined,
    interlocks: [...equipment.interlocks, ...(writable?.interlocks ?? [])],
    permissives: [],
    feedback: writable?.feedback ?? { when: undefined, withinMs: readBackMs, tolerance: undefined },
    needsApproval: writable ? needsApproval(writable.approval, wanted?.value) : false,
  };
}

function commandOrder(equipment: Equipment, command: DeclaredCommand, asked: Asked | undefined): Order {
  const given = readArguments(command, asked, `${equipment.id}:${command.id}`);
  const significant = command.class === "C2" || command.class === "C3";
  const only = given.values.size === 1 ? [...given.values.values()][0] : undefined;
  return {
    equipment,
    target: `${equipment.id}:${command.id}`,
    class: command.class,
    tag: undefined,
    command,
    asking: asked === undefined,
    arguments: given.values,
    misfits: given.misfits,
    steps: command.do.flatMap((step): readonly OrderStep[] => {
      if ("call" in step) {
        const values = step.arguments.map((argument) => ({
          type: argument.type,
          value: operandValue(argument, given.values),
        }));
        return [{ kind: "call", device: step.device, method: step.method, label: step.call, arguments: values }];
      }
      const tag = equipment.tags.find((each) => each.id === step.write);
      if (!tag) return [];
      const value = operandValue(step, given.values);
      const wanted = value === undefined ? undefined : fitted(tag, value);
      return [{ kind: "write", tag, wanted, constant: "value" in step }];
    }),
    states: command.states,
    permit: command.permit,
    interlocks: [...equipment.interlocks, ...command.interlocks],
    permissives: [...(significant ? equipment.permissives : []), ...command.permissives],
    feedback: { when: undefined, withinMs: readBackMs, ...command.feedback, tolerance: undefined },
    needsApproval: needsApproval(command.approval, only),
  };
}

function operandValue(operand: Operand, given: ReadonlyMap<string, Value>): Value | undefined {
  return "argument" in operand ? given.get(operand.argument) : operand.value;
}

function fitted(tag: Tag, wanted: unknown): Fitted {
  const result = toRaw(tag, typeof wanted === "bigint" ? wanted.toString() : wanted);
  return result.ok
    ? { raw: result.raw, value: result.value, why: undefined }
    : { raw: undefined, value: undefined, why: result.why };
}

/** R42: nobody is asked for what was approved before. */
function needsApproval(approval: Approval, value: Value | undefined): boolean {
  const { required, preApproved } = approval;
  if (!required) return false;
  if (preApproved === undefined) return true;
  if (preApproved === "any") return false;
  const number = typeof value === "bigint" ? Number(value) : value;
  return !(typeof number === "number" && number >= preApproved[0] && number <= preApproved[1]);
}

function readArguments(command: DeclaredCommand, asked: Asked | undefined, target: string) {
  const values = new Map<string, Value>();
  const misfits: Cause[] = [];
  if (asked === undefined) return { values, misfits };
  const given = new Map(Object.entries(asked.arguments ?? {}));
  // One argument can be given as the value, as a tag's is.
  const [first] = command.arguments;
  if (asked.value !== undefined && asked.value !== null) {
    if (first && command.arguments.length === 1 && given.size === 0) given.set(first.id, asked.value);
    else misfits.push(misfit("It takes no single value", "Non prende un valore singolo", target));
  }
  for (const argument of command.arguments) {
    const problem = takeArgument(argument, given.get(argument.id), values);
    if (problem)
      misfits.push(misfit(`${argument.name.en}: ${problem.en}`, `${argument.name.it}: ${problem.it}`, target));
  }
  for (const name of given.keys()) {
    if (!command.arguments.some((each) => each.id === name))
      misfits.push(misfit(`There is no argument "${name}"`, `Non c’è l’argomento "${name}"`, target));
  }
  return { values, misfits };
}

function takeArgument(
  argument: CommandArgument,
  raw: unknown,
  values: Map<string, Value>,
): { readonly en: string; readonly it: string } | undefined {
  if (raw === undefined) return { en: "is missing", it: "manca" };
  const result = coerce(argument.type, raw);
  if (!result.ok) return { en: `${result.why} is needed`, it: `serve ${result.why}` };
  const { value } = result;
  const { limits, values: list } = argument;
  if (isNumeric(argument.type) && limits && !(Number(value) >= limits[0] && Number(value) <= limits[1])) {
    const unit = argument.unit ? ` ${argument.unit}` : "";
    return { en: `allowed ${limits[0]} to ${limits[1]}${unit}`, it: `ammesso da ${limits[0]} a ${limits[1]}${unit}` };
  }
  if (list && !list.some((each) => sameValue(each, value))) {
    return { en: `allowed ${list.join(", ")}`, it: `ammesso ${list.join(", ")}` };
  }
  values.set(argument.id, value);
  return undefined;
}

function misfit(en: string, it: string, tag: string): Cause {
  return { cause: "value-not-allowed", tag, text: { en, it } };
}
