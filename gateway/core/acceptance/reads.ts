import { withArguments } from "../control/arguments.ts";
import type { ExpressionCompiler } from "../expression-port.ts";
import type { CommandArgument, Condition, Equipment, Writable } from "../plant.ts";
import type { DataType } from "../value.ts";

/** Full names of the tags that decide whether something may be done, or show that it was. */
export function readNames(
  equipment: Equipment,
  compile: ExpressionCompiler,
  types: ReadonlyMap<string, DataType>,
): readonly string[] {
  const tagsIn = (text: string, given: readonly CommandArgument[]) => {
    const compiled = compile(text, { equipment: equipment.id, types: withArguments(types, given) });
    return compiled.ok ? compiled.expression.tags : [];
  };
  const effects = equipment.commands.flatMap((command) =>
    command.feedback ? tagsIn(command.feedback.when, command.arguments) : [],
  );
  const named = namedTags(equipment).map((id) => `${equipment.id}/${id}`);
  return [...new Set([...named, ...conditionTexts(equipment).flatMap((text) => tagsIn(text, [])), ...effects])];
}

/** By id: those that stand alone. */
function namedTags({ state, mode, local, emergencyStop: chain }: Equipment): readonly string[] {
  return [
    ...(state && "tag" in state ? [state.tag] : []),
    ...(mode ? [mode.tag] : []),
    ...(typeof local === "object" ? [local.tag] : []),
    ...(chain ? [chain.tag] : []),
  ];
}

/** All but the effects of commands, which have arguments. */
function conditionTexts(equipment: Equipment): readonly string[] {
  const { state, stop, emergencyStop: chain } = equipment;
  return [
    ...(state && "cases" in state ? state.cases.map((each) => each.when) : []),
    ...(stop ? [stop.feedback.when] : []),
    ...(chain?.reset === undefined ? [] : [chain.reset]),
    ...whens(equipment.interlocks, equipment.permissives),
    ...equipment.tags.flatMap(({ writable }) => (writable ? [...whens(writable.interlocks), ...effect(writable)] : [])),
    ...equipment.commands.flatMap((command) => [
      ...whens(command.interlocks, command.permissives),
      ...(command.permit?.kind === "signal" ? [command.permit.when] : []),
    ]),
  ];
}

function whens(...lists: readonly (readonly Condition[])[]): readonly string[] {
  return lists.flat().map(({ when }) => when);
}

function effect({ feedback }: Writable): readonly string[] {
  return feedback.when === undefined ? [] : [feedback.when];
}
