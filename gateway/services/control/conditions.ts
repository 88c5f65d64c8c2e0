import { lookupWith, withArguments } from "../../core/control/arguments.ts";
import type { ConditionNow } from "../../core/control/facts.ts";
import type { Order } from "../../core/control/order.ts";
import { isShownBy } from "../../core/control/shown-by.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { ConditionTree, Expression, ExpressionCompiler, TagLookup, Truth } from "../../core/expression-port.ts";
import type { CommandArgument, Condition, DeclaredCommand, Equipment, Plant } from "../../core/plant.ts";
import { engineeringType } from "../../core/scaling.ts";
import type { DataType } from "../../core/value.ts";

/** Every expression of the plant, compiled once; a text that does not compile never got past the configuration check. */
export class Conditions {
  readonly #compiler: ExpressionCompiler;
  readonly #types: ReadonlyMap<string, DataType>;
  readonly #derived: ReadonlyMap<string, readonly string[]>;
  readonly #compiled = new Map<string, Expression>();
  readonly #effects = new Map<DeclaredCommand, Expression>();

  constructor(plant: Plant, compiler: ExpressionCompiler) {
    this.#compiler = compiler;
    this.#derived = new Map(plant.tags.flatMap(({ name, derived }) => (derived ? [[name, derived.roots]] : [])));
    this.#types = new Map(plant.tags.map((tag) => [tag.name, engineeringType(tag)]));
    for (const equipment of plant.equipment) this.#compileAll(equipment);
  }

  expression(equipment: string, text: string): Expression {
    const key = `${equipment}\n${text}`;
    const known = this.#compiled.get(key) ?? this.#compile(equipment, text, []);
    this.#compiled.set(key, known);
    return known;
  }

  now(equipment: string, condition: Condition, lookup: TagLookup): ConditionNow {
    const truth = this.expression(equipment, condition.when).evaluate(lookup);
    return { id: condition.id, name: condition.name, truth };
  }

  explain(equipment: string, condition: Condition, lookup: TagLookup): ConditionTree {
    return this.expression(equipment, condition.when).explain(lookup);
  }

  /** The effect that proves a command (R7), with what was asked for as `args`; undefined: the values read back. */
  effect(order: Order): Effect | undefined {
    const { command, equipment, feedback } = order;
    if (feedback.when === undefined) return undefined;
    const known = command ? this.#effects.get(command) : undefined;
    const expression =
      known ??
      (command
        ? this.#compile(equipment.id, feedback.when, command.arguments)
        : this.expression(equipment.id, feedback.when));
    if (command) this.#effects.set(command, expression);
    return {
      tags: expression.tags,
      // What is computed shows no more than everything that it stands on.
      isShownBy: (isWitness) => isShownBy(expression.explain(nothing), (name) => this.#rootsOf(name).every(isWitness)),
      judge: (lookup) => expression.evaluate(lookupWith(lookup, order.arguments)),
    };
  }

  #rootsOf(name: string): readonly string[] {
    return this.#derived.get(name) ?? [name];
  }

  #compile(equipment: string, text: string, given: readonly CommandArgument[]): Expression {
    const types = given.length > 0 ? withArguments(this.#types, given) : this.#types;
    const compiled = this.#compiler(text, { equipment, types });
    if (!compiled.ok) throw new PlanciaError("start/config", `${equipment}: ${text}: ${compiled.problem}`);
    return compiled.expression;
  }

  #compileAll(equipment: Equipment): void {
    const texts = [
      ...(equipment.state && "cases" in equipment.state ? equipment.state.cases.map((each) => each.when) : []),
      ...(equipment.stop ? [equipment.stop.feedback.when] : []),
      ...[...equipment.interlocks, ...equipment.permissives].map((each) => each.when),
      ...(equipment.emergencyStop?.reset === undefined ? [] : [equipment.emergencyStop.reset]),
      ...equipment.tags.flatMap((tag) => [
        ...(tag.writable?.feedback.when === undefined ? [] : [tag.writable.feedback.when]),
        ...(tag.writable?.interlocks.map((each) => each.when) ?? []),
      ]),
      ...equipment.commands.flatMap((command) => [
        ...(command.permit?.kind === "signal" ? [command.permit.when] : []),
        ...[...command.interlocks, ...command.permissives].map((each) => each.when),
      ]),
    ];
    for (const text of texts) this.expression(equipment.id, text);
    for (const command of equipment.commands) {
      if (command.feedback)
        this.#effects.set(command, this.#compile(equipment.id, command.feedback.when, command.arguments));
    }
  }
}

/** What shows that a command worked. */
export interface Effect {
  /** Full names; `args/NAME` among them. */
  readonly tags: readonly string[];
  judge(lookup: TagLookup): Truth;
  /** Whether it cannot come true without what one of these tags says (R7). */
  isShownBy(isWitness: (tag: string) => boolean): boolean;
}

const nothing: TagLookup = () => undefined;
