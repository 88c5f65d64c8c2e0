import { withArguments } from "../core/control/arguments.ts";
import type { ExpressionCompiler } from "../core/expression-port.ts";
import type { CommandArgument, Condition, Equipment } from "../core/plant.ts";
import { engineeringType } from "../core/scaling.ts";
import type { DataType } from "../core/value.ts";
import type { PlacedEquipment } from "./equipment.ts";
import type { Path, Report } from "./report.ts";

type Placed = readonly [Path, string, (readonly CommandArgument[])?];

/** Compiles every condition of the plant against the types of its tags. */
export function checkExpressions(report: Report, plant: readonly PlacedEquipment[], compile: ExpressionCompiler): void {
  const types = new Map<string, DataType>();
  for (const { equipment } of plant) {
    for (const tag of equipment.tags) types.set(tag.name, engineeringType(tag));
  }
  const isBroken = isBrokenIn(plant);
  for (const { equipment, path } of plant) {
    for (const [inner, text, given] of expressionsOf(equipment)) {
      const compiled = compile(text, { equipment: equipment.id, types: given ? withArguments(types, given) : types });
      if (compiled.ok || isBroken(text)) continue;
      const where =
        compiled.position === undefined ? "" : ` (at character ${compiled.position + 1} of ${JSON.stringify(text)})`;
      report.problem([...path, ...inner], `${compiled.problem}${where}`);
    }
  }
}

/** A tag that is itself wrong and already reported would only be reported as missing where a text names it. */
export function isBrokenIn(plant: readonly PlacedEquipment[]): (text: string) => boolean {
  const broken = new Set(plant.flatMap((placed) => [...placed.broken]));
  return (text) => broken.size > 0 && [...text.matchAll(/[a-z][a-z0-9_]*/g)].some(([word]) => broken.has(word));
}

function expressionsOf(equipment: Equipment): readonly Placed[] {
  return [
    ...statesOf(equipment),
    ...(equipment.stop ? [[["stop", "feedback", "when"], equipment.stop.feedback.when] as const] : []),
    ...interlocksAt(["interlocks"], equipment.interlocks),
    ...interlocksAt(["permissives"], equipment.permissives),
    ...optional(["emergencyStop", "reset"], equipment.emergencyStop?.reset),
    ...equipment.commands.flatMap((command): readonly Placed[] => {
      const path = ["commands", command.id];
      return [
        ...optional([...path, "permit"], command.permit?.kind === "signal" ? command.permit.when : undefined),
        ...(command.feedback
          ? [[[...path, "feedback", "when"], command.feedback.when, command.arguments] as const]
          : []),
        ...interlocksAt([...path, "interlocks"], command.interlocks),
        ...interlocksAt([...path, "permissives"], command.permissives),
      ];
    }),
    ...equipment.tags.flatMap((tag): readonly Placed[] => {
      const path = ["tags", tag.id, "writable"];
      return [
        ...optional([...path, "feedback", "when"], tag.writable?.feedback.when),
        ...interlocksAt([...path, "interlocks"], tag.writable?.interlocks ?? []),
      ];
    }),
  ];
}

function statesOf({ state }: Equipment): readonly Placed[] {
  return state && "cases" in state ? state.cases.map(({ when }, i) => [["state", i, "when"], when] as const) : [];
}

function optional(path: Path, text: string | undefined): readonly Placed[] {
  return text === undefined ? [] : [[path, text]];
}

function interlocksAt(path: Path, interlocks: readonly Condition[]): readonly Placed[] {
  return interlocks.map(({ when }, i) => [[...path, i], when] as const);
}
