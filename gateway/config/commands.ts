import { didYouMean } from "../core/closest.ts";
import type {
  Approval,
  CommandArgument,
  CommandClass,
  CommandStep,
  DeclaredCommand,
  Operand,
  StartPermit,
  StopDeclaration,
} from "../core/plant.ts";
import { textOf } from "../core/text.ts";
import { isNumeric, type Value } from "../core/value.ts";
import { placeAddress } from "./device.ts";
import { parsePart } from "./parse.ts";
import type { References } from "./references.ts";
import type { Path } from "./report.ts";
import { CommandArgument as ArgumentSchema, Command, type Step } from "./schema/command.ts";
import type { EquipmentSchema } from "./schema/equipment.ts";
import type { TagContext } from "./tag.ts";
import { conditionsOf, plainValue, tagValue } from "./writable.ts";

/** R13: a declared command, each of its steps resolved; undefined: wrong, and reported. */
export function readCommand(
  context: TagContext,
  references: References,
  id: string,
  value: unknown,
): DeclaredCommand | undefined {
  const path = ["commands", id];
  const parsed = parsePart(context.parsing, Command, value, references.at(path));
  if (!parsed) return undefined;
  const given = Object.entries(parsed.arguments).flatMap(
    ([name, argument]) => readArgument(context, references, [...path, "arguments", name], name, argument) ?? [],
  );
  const steps = new Steps(context, references, new Map(given.map((each) => [each.id, each])));
  checkClasses(references, parsed, path);
  return {
    id,
    name: parsed.name ?? textOf(id.replaceAll("_", " ")),
    class: parsed.class,
    do: steps.read(parsed.do, [...path, "do"]),
    arguments: given,
    states: parsed.states,
    permit: parsed.permit === undefined ? undefined : permitOf(parsed.permit),
    interlocks: conditionsOf(parsed.interlocks),
    permissives: conditionsOf(parsed.permissives),
    feedback: parsed.feedback && { when: parsed.feedback.when, withinMs: parsed.feedback.within },
    approval: approvalOf(references, parsed.approval, parsed.class, [...path, "approval"]),
    consequence: parsed.consequence,
  };
}

/** R10: repeated until the feedback comes, so it must be a level: each tag once, with a constant. */
export function stopOf(
  context: TagContext,
  references: References,
  stop: NonNullable<EquipmentSchema["stop"]>,
): StopDeclaration {
  const seen = new Set<string>();
  for (const [i, step] of stop.do.entries()) {
    if (!("write" in step)) continue;
    if (seen.has(step.write)) {
      const text = `writes ${step.write} twice, which makes a pulse; a stop is repeated, so it must be a constant level`;
      references.report.problem(references.at(["stop", "do", i, "write"]), text);
    }
    seen.add(step.write);
  }
  const feedback = { when: stop.feedback.when, withinMs: stop.feedback.within };
  return { do: new Steps(context, references, new Map()).read(stop.do, ["stop", "do"]), feedback };
}

/** R42: class C3 needs a second person whatever the file says. */
export function approvalOf(
  references: Pick<References, "report" | "at">,
  parsed: { readonly required: boolean; readonly preApproved?: Approval["preApproved"] } | undefined,
  commandClass: CommandClass,
  path: Path,
): Approval {
  if (commandClass === "C3" && parsed?.required === false) {
    references.report.problem(references.at([...path, "required"]), "class C3 always needs a second person (R42)");
  }
  const required = commandClass === "C3" || (parsed?.required ?? false);
  return { required, preApproved: parsed?.preApproved };
}

/**
 * A command may not be a way around the class of what it writes. A tag that only commands write has no
 * class of its own for one constant: PackML's Hold and Start are two values of the same tag.
 */
function checkClasses(references: References, command: Command, path: Path): void {
  for (const [i, step] of command.do.entries()) {
    const writable = "write" in step ? references.tags.get(step.write)?.writable : undefined;
    if (!writable || !("write" in step) || writable.class <= command.class) continue;
    if (writable.only === "commands" && step.value !== undefined) continue;
    const text = `${step.write} is of class ${writable.class}, the command only ${command.class}`;
    references.report.problem(references.at([...path, "do", i, "write"]), text);
  }
}

function permitOf(permit: NonNullable<Command["permit"]>): StartPermit {
  if (typeof permit === "string") return { kind: "signal", when: permit };
  if ("attendant" in permit) return { kind: "attendant", withinMs: permit.attendant.within };
  return { kind: "warning", text: permit.warning };
}

function readArgument(
  context: TagContext,
  references: References,
  path: Path,
  id: string,
  value: unknown,
): CommandArgument | undefined {
  const parsed = parsePart(context.parsing, ArgumentSchema, value, references.at(path));
  if (!parsed) return undefined;
  const placed = (key: "values" | "suggested", text: boolean | number | string, i?: number): Value =>
    plainValue(
      references.report,
      parsed.type,
      text,
      references.at(i === undefined ? [...path, key] : [...path, key, i]),
    );
  if (isNumeric(parsed.type) && !parsed.limits && !parsed.values) {
    references.report.keyProblem(references.at(path), "a number needs limits or values (R9)");
  }
  if (!isNumeric(parsed.type) && parsed.limits) {
    references.report.keyProblem(
      references.at([...path, "limits"]),
      `is for numbers only; the argument is ${parsed.type}`,
    );
  }
  return {
    id,
    name: parsed.name ?? textOf(id.replaceAll("_", " ")),
    type: parsed.type,
    unit: parsed.unit,
    decimals: parsed.decimals,
    limits: parsed.limits,
    values: parsed.values?.map((each, i) => placed("values", each, i)),
    suggested: parsed.suggested === undefined ? undefined : placed("suggested", parsed.suggested),
  };
}

/** Reads the steps of one command, or of a stop (which has no arguments). */
class Steps {
  readonly #context: TagContext;
  readonly #references: References;
  readonly #arguments: ReadonlyMap<string, CommandArgument>;

  constructor(context: TagContext, references: References, given: ReadonlyMap<string, CommandArgument>) {
    this.#context = context;
    this.#references = references;
    this.#arguments = given;
  }

  read(steps: readonly Step[], path: Path): readonly CommandStep[] {
    return steps.flatMap((step, i) =>
      "write" in step ? (this.#write(step, [...path, i]) ?? []) : (this.#call(step, [...path, i]) ?? []),
    );
  }

  #write(step: Extract<Step, { write: string }>, path: Path): CommandStep | undefined {
    const { report } = this.#references;
    const tag = this.#references.find(step.write, [...path, "write"]);
    if (!tag) return undefined;
    if (!tag.writable) {
      report.problem(this.#references.at([...path, "write"]), `${step.write} is not writable; say so at the tag`);
    }
    const operand = this.#operand(step, path, (value, at) => tagValue(report, tag, value, at));
    return operand && { write: step.write, ...operand };
  }

  #call(step: Extract<Step, { device: string }>, path: Path): CommandStep | undefined {
    const { report } = this.#references;
    const method = placeAddress(this.#context, step.device, "method", step.call, this.#references.at(path));
    const given = step.arguments.map((argument, i) => {
      const operand = this.#operand(argument, [...path, "arguments", i], (value, at) =>
        plainValue(report, argument.type, value, at),
      );
      return operand && { ...operand, type: argument.type };
    });
    if (method === undefined || given.includes(undefined)) return undefined;
    const complete = given.filter((each) => each !== undefined);
    return { call: labelOf(step.call), device: step.device, method, arguments: complete };
  }

  #operand(
    step: { readonly value?: boolean | number | string | undefined; readonly argument?: string | undefined },
    path: Path,
    placed: (value: boolean | number | string, at: Path) => Value,
  ): Operand | undefined {
    if (step.argument === undefined) {
      return step.value === undefined
        ? undefined
        : { value: placed(step.value, this.#references.at([...path, "value"])) };
    }
    if (!this.#arguments.has(step.argument)) {
      const text = `there is no argument "${step.argument}"${didYouMean(step.argument, this.#arguments.keys())}`;
      this.#references.report.problem(this.#references.at([...path, "argument"]), text);
    }
    return { argument: step.argument };
  }
}

/** How people read a method in the record of a command: its own name where its address has one. */
function labelOf(address: unknown): string {
  const named: unknown = typeof address === "object" && address !== null ? Reflect.get(address, "method") : address;
  return typeof named === "string" ? named : JSON.stringify(address);
}
