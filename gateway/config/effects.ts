import { withArguments } from "../core/control/arguments.ts";
import { leadsIntoExecute } from "../core/control/disguise.ts";
import { approvesAll } from "../core/control/pre-approval.ts";
import { isShownBy } from "../core/control/shown-by.ts";
import { Formulas, type Seen } from "../core/derived/formulas.ts";
import { madeFrom, rootsOf } from "../core/derived/roots.ts";
import type { Expression, ExpressionCompiler, TagLookup } from "../core/expression-port.ts";
import type { CommandArgument, CommandClass, DeclaredCommand, Equipment, Tag } from "../core/plant.ts";
import { engineeringType } from "../core/scaling.ts";
import type { PlacedEquipment } from "./equipment.ts";
import type { Path, Report } from "./report.ts";
import { placeOf, writablePlaces } from "./witnesses.ts";

/** A command, or a tag that may be written by itself, as far as its effect and its class go. */
interface Commanded {
  readonly id: string;
  readonly class: CommandClass;
  readonly when: string | undefined;
  readonly arguments: readonly CommandArgument[];
  readonly states: readonly string[] | undefined;
  readonly path: Path;
}

/**
 * What a command says of itself must be so: its effect is shown by the machine (R7), what starts it is
 * of a class that starts (R6, R14), and class C3 is not approved for everything beforehand (R42).
 */
export function checkEffects(report: Report, plant: readonly PlacedEquipment[], compile: ExpressionCompiler): void {
  const tags = new Map(plant.flatMap(({ equipment }) => equipment.tags.map((tag) => [tag.name, tag] as const)));
  const writable = writablePlaces(tags.values());
  // An expression that is wrong is told elsewhere, and nothing of it is looked into here.
  const formulas = new Formulas(report.failed ? [] : [...tags.values()], compile);
  for (const { equipment, path } of plant) {
    const effects = new Effects(equipment, tags, compile, formulas);
    for (const each of commandedOf(equipment, path)) {
      checkShown(report, each, effects, (tag) => isOfMachine(tags.get(tag), tags, writable));
      checkDisguise(report, each, effects);
    }
    for (const command of equipment.commands) checkSame(report, equipment, command, [...path, "commands", command.id]);
    checkLoss(report, equipment, effects, [...path, "onLossOfControl", "command"]);
    checkApprovals(report, equipment, path);
  }
}

/** What is computed from anything that is written from afar shows nothing of the machine. */
function isOfMachine(tag: Tag | undefined, tags: ReadonlyMap<string, Tag>, writable: ReadonlySet<string>): boolean {
  return tag !== undefined && !rootsOf(tag, tags).some((root) => writable.has(placeOf(root)));
}

function commandedOf({ commands, tags }: Equipment, path: Path): readonly Commanded[] {
  return [
    ...commands.map((each) => ({ ...each, when: each.feedback?.when, path: [...path, "commands", each.id] })),
    ...tags.flatMap(({ id, writable }): readonly Commanded[] => {
      if (!writable || writable.only) return [];
      const { feedback, states } = writable;
      const at = [...path, "tags", id, "writable"];
      return [{ id, class: writable.class, when: feedback.when, arguments: [], states, path: at }];
    }),
  ];
}

/** Compiles what its machine's commands are proven by. */
class Effects {
  readonly #equipment: Equipment;
  readonly #tags: ReadonlyMap<string, Tag>;
  readonly #compile: ExpressionCompiler;
  readonly #formulas: Formulas;

  constructor(equipment: Equipment, tags: ReadonlyMap<string, Tag>, compile: ExpressionCompiler, formulas: Formulas) {
    this.#equipment = equipment;
    this.#tags = tags;
    this.#compile = compile;
    this.#formulas = formulas;
  }

  /** undefined: it does not compile, and that is reported elsewhere. */
  expression(text: string, given: readonly CommandArgument[] = []): Expression | undefined {
    const own = new Map([...this.#tags.values()].map((tag) => [tag.name, engineeringType(tag)]));
    const compiled = this.#compile(text, { equipment: this.#equipment.id, types: withArguments(own, given) });
    return compiled.ok ? compiled.expression : undefined;
  }

  startsMachine({ when, states, arguments: given }: Pick<Commanded, "when" | "states" | "arguments">): boolean {
    const effect = when === undefined ? undefined : this.expression(when, given);
    if (!effect) return false;
    return leadsIntoExecute({
      state: this.#equipment.state,
      equipment: this.#equipment.id,
      states,
      effect,
      caseOf: (each) => this.expression(each.when),
      typeOf: (name) => {
        const tag = this.#tags.get(name);
        return tag ? engineeringType(tag) : given.find(({ id }) => name === `args/${id}`)?.type;
      },
      through: (lookup) => this.#formulas.through((name) => seenNow(lookup(name))),
      madeOf: (name) => {
        const tag = this.#tags.get(name);
        const parts = tag ? madeFrom(tag, this.#tags) : [];
        return {
          roots: parts.flatMap((part) => (part.derived ? [] : part.name)),
          texts: parts.flatMap((part) => part.derived?.expression ?? []),
        };
      },
    });
  }
}

function seenNow(sample: ReturnType<TagLookup>): Seen | undefined {
  return sample && { ...sample, sourceTime: 0 };
}

/** R7: that a register holds a number says nothing of the machine, whoever has written it. */
function checkShown(report: Report, each: Commanded, effects: Effects, isWitness: (tag: string) => boolean): void {
  if (each.when === undefined || each.class === "C1" || each.class === "C0") return;
  const tree = effects.expression(each.when, each.arguments)?.explain(() => undefined);
  if (!tree || isShownBy(tree, isWitness)) return;
  const text = `class ${each.class}: this can come true without the machine, since it stands on nothing but tags that are written from afar; name a tag that only the machine sets, such as its state or what it has loaded (R7)`;
  report.problem([...each.path, "feedback", "when"], text);
}

/** Classes: start is C2 at least, whatever it is called. */
function checkDisguise(report: Report, each: Commanded, effects: Effects): void {
  if (each.class !== "C1" || !effects.startsMachine(each)) return;
  const text = `${each.id} may end in Execute, so it is a start: class C2 or C3; where it is none, say in which states it is permitted, or an effect that does not hold in Execute (R6)`;
  report.problem([...each.path, "feedback", "when"], text);
}

/** What another command does is not done under a lower class by a second name. */
function checkSame(report: Report, { commands }: Equipment, command: DeclaredCommand, path: Path): void {
  if (command.class !== "C1") return;
  const does = shownSteps(command);
  const higher = commands.find((each) => each.class > command.class && shownSteps(each) === does);
  if (higher) {
    report.keyProblem([...path, "class"], `does the same as ${higher.id}, which is of class ${higher.class} (R13)`);
  }
}

function shownSteps({ do: steps }: DeclaredCommand): string {
  return JSON.stringify(steps, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

/** R14: what runs when somebody is gone starts nothing. */
function checkLoss(report: Report, { onLossOfControl, commands }: Equipment, effects: Effects, path: Path): void {
  const command = commands.find((each) => each.id === onLossOfControl?.command);
  if (!command || !effects.startsMachine({ ...command, when: command.feedback?.when })) return;
  report.problem(path, `${command.id} may end in Execute; nothing starts because somebody is gone (R14)`);
}

/** R42: class C3 asks a second person; what is approved beforehand is a part of what can be asked for. */
function checkApprovals(report: Report, { commands, tags }: Equipment, path: Path): void {
  const text = "class C3 always asks a second person; preApproved names a part of what can be asked for (R42)";
  for (const command of commands) {
    if (command.class !== "C3" || !approvesAll(command.approval, command.arguments)) continue;
    report.problem([...path, "commands", command.id, "approval", "preApproved"], text);
  }
  for (const { id, type, writable } of tags) {
    if (writable?.class !== "C3") continue;
    const asked = { type, limits: writable.limits, values: writable.values };
    if (approvesAll(writable.approval, [asked]))
      report.problem([...path, "tags", id, "writable", "approval", "preApproved"], text);
  }
}
