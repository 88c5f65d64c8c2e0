import { didYouMean } from "../core/closest.ts";
import type { Equipment } from "../core/plant.ts";
import type { PlacedEquipment } from "./equipment.ts";
import type { Path, Report } from "./report.ts";

/**
 * What a configuration must say before anything can be moved with it (R7, R10, R15, R39). A machine
 * with a part that could not be read is judged by the rest of it.
 */
export function checkSafety(report: Report, { equipment, path, declared }: PlacedEquipment): void {
  const at = (...inner: readonly (string | number)[]) => [...path, ...inner];
  const commanded = isCommanded(equipment);
  if (commanded && !declared.has("local")) {
    report.keyProblem(path, "something can be written here, so local must be said: { tag, remote }, or none (R39)");
  }
  for (const command of equipment.commands) {
    if (isSignificant(command.class) && !command.feedback) {
      report.keyProblem(at("commands", command.id), `class ${command.class} needs feedback that shows the effect (R7)`);
    }
    if (command.states && !declared.has("state")) {
      report.keyProblem(at("commands", command.id, "states"), "needs the machine's state");
    }
  }
  for (const { id, writable } of equipment.tags) {
    if (!writable) continue;
    if (isSignificant(writable.class) && writable.only === undefined && writable.feedback.when === undefined) {
      const text = `class ${writable.class} needs feedback.when that shows the effect (R7), or only: commands`;
      report.keyProblem(at("tags", id, "writable"), text);
    }
    if (writable.states && !declared.has("state")) {
      report.keyProblem(at("tags", id, "writable", "states"), "needs the machine's state");
    }
  }
  if (equipment.onLossOfControl?.policy === "stop" && !declared.has("stop")) {
    report.problem(at("onLossOfControl", "policy"), "stop needs a stop that is declared");
  }
  checkLoss(report, equipment, at("onLossOfControl"));
  if (equipment.lease === "off" && classesOf(equipment).includes("C3"))
    report.problem(at("lease"), "class C3 needs one person in control (R40)");
  if (classesOf(equipment).some(isSignificant)) {
    if (!declared.has("stop")) report.keyProblem(path, "a machine with C2 or C3 needs stop (R10)");
    if (!declared.has("onLossOfControl"))
      report.keyProblem(path, "a machine with C2 or C3 needs onLossOfControl (R15)");
  }
}

/** R15: what runs when whoever holds control is gone must be declared, and must be able to run by itself. */
function checkLoss(report: Report, equipment: Equipment, path: Path): void {
  const loss = equipment.onLossOfControl;
  if (!loss) return;
  const { command: id, policy } = loss;
  if (policy === "hold" && id === undefined) report.keyProblem(path, "hold needs the command that holds (R15)");
  if ((policy === "stop" || policy === "continue") && id !== undefined)
    report.problem([...path, "command"], `${policy} runs no command`);
  if (id === undefined) return;
  const command = equipment.commands.find((each) => each.id === id);
  if (!command) {
    const names = equipment.commands.map((each) => each.id);
    report.problem([...path, "command"], `there is no command "${id}" on this machine${didYouMean(id, names)}`);
  } else if (command.class === "C3" || command.arguments.length > 0 || command.permit) {
    report.problem(
      [...path, "command"],
      `${id} needs a person (class C3, arguments or a permit); it must run by itself`,
    );
  }
}

/** R40: a phone sleeps in a pocket. */
const phoneGraceMs = 60_000;

/** What is allowed and yet worth a second look. */
export function warnOfLimits(report: Report, { equipment, path, declared }: PlacedEquipment): void {
  const loss = equipment.onLossOfControl;
  if (equipment.phoneControl === "operate" && loss && loss.policy !== "continue" && loss.graceMs < phoneGraceMs) {
    report.problem([...path, "phoneControl"], "operate needs policy continue, or a grace of a minute or more (R40)");
  }
  if (equipment.lease === "off" && loss && loss.policy !== "continue") {
    const text = `lease: off, so nobody's control can be lost and ${loss.policy} never runs`;
    report.warning([...path, "onLossOfControl", "policy"], text);
  }
  for (const command of equipment.commands) {
    if (isSignificant(command.class) && equipment.unattended && !command.permit && startsMotion(command.feedback?.when))
      report.warning(
        [...path, "commands", command.id],
        "an unattended machine with a command without start permit (R20)",
      );
  }
  // What has states runs, and what runs should be stoppable; a lamp in a hall need not.
  if (isCommanded(equipment) && declared.has("state") && !declared.has("stop"))
    report.warning(path, "has no stop: a remote stop request cannot be made");
}

/** A guess by its effect: what ends in Execute started something. */
function startsMotion(effect: string | undefined): boolean {
  return effect !== undefined && /==\s*6\b|running/.test(effect);
}

function isSignificant(commandClass: string): boolean {
  return commandClass === "C2" || commandClass === "C3";
}

function isCommanded(equipment: Equipment): boolean {
  return equipment.commands.length > 0 || equipment.tags.some((tag) => tag.writable !== undefined);
}

function classesOf(equipment: Equipment): readonly string[] {
  return [
    ...equipment.commands.map((each) => each.class),
    ...equipment.tags.flatMap((tag) => tag.writable?.class ?? []),
  ];
}
