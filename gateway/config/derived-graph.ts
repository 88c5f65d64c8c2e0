import { canHold } from "../core/derived/result.ts";
import { rootsOf } from "../core/derived/roots.ts";
import type { ExpressionCompiler, Formula } from "../core/expression-port.ts";
import type { Derived, Tag } from "../core/plant.ts";
import { engineeringType } from "../core/scaling.ts";
import type { PlacedEquipment } from "./equipment.ts";
import { isBrokenIn } from "./expressions.ts";
import type { Path, Report } from "./report.ts";

/** Inputs of one expression. */
const mostInputs = 100;
/** Derived tags of a plant, and those among them that remember something. */
const mostDerived = 20_000;
const mostOverTime = 5_000;
/** A microsecond or two each: more would take the time of everything else. */
const mostPerSecond = 50_000;

/**
 * Checks what derived tags are made of (names, types, no circles) and says of each what it reads and which tags of
 * devices it stands on in the end. One that is wrong is reported, and reads nothing.
 */
export function resolveDerived(
  report: Report,
  plant: readonly PlacedEquipment[],
  compile: ExpressionCompiler,
  site: { readonly hasShifts: boolean },
): readonly PlacedEquipment[] {
  const tags = new Map(plant.flatMap(({ equipment }) => equipment.tags.map((tag) => [tag.name, tag] as const)));
  const all = [...tags.values()].filter((tag) => tag.derived);
  if (all.length === 0) return plant;
  const inputs = new Map(inputsOf(report, plant, tags, compile, site));
  reportCircles(report, inputs);
  const resolved = new Map(all.map((tag) => [tag.name, withRoots(tag, inputs, tags)]));
  const now = new Map([...tags, ...resolved]);
  checkLimits(report, [...resolved.values()], now);
  return plant.map((placed) => {
    const own = placed.equipment.tags.map((tag) => now.get(tag.name) ?? tag);
    return { ...placed, equipment: { ...placed.equipment, tags: own } };
  });
}

type Inputs = ReadonlyMap<string, readonly string[]>;

function* inputsOf(
  report: Report,
  plant: readonly PlacedEquipment[],
  tags: ReadonlyMap<string, Tag>,
  compile: ExpressionCompiler,
  site: { readonly hasShifts: boolean },
): Iterable<readonly [string, readonly string[]]> {
  const types = new Map([...tags.values()].map((tag) => [tag.name, engineeringType(tag)]));
  const isBroken = isBrokenIn(plant);
  for (const { equipment, path } of plant) {
    for (const { id, name, type, derived } of equipment.tags) {
      if (!derived) continue;
      const at = [...path, "tags", id];
      if (derived.over?.each === "shift" && !site.hasShifts)
        report.problem([...at, "over", "each"], 'shift needs site.shifts, such as ["06:00", "14:00", "22:00"]');
      const compiled = compile(derived.expression, { equipment: equipment.id, types, gives: "value" });
      if (compiled.ok) {
        const why = typeProblem(derived, type, compiled.formula?.type) ?? countProblem(compiled.expression.tags);
        if (why !== undefined) report.problem([...at, "expression"], why);
        yield [name, compiled.expression.tags];
      } else if (!isBroken(derived.expression)) {
        const { problem, position } = compiled;
        const where =
          position === undefined ? "" : ` (at character ${position + 1} of ${JSON.stringify(derived.expression)})`;
        report.problem([...at, "expression"], `${problem}${where}`);
      }
    }
  }
}

function typeProblem({ over }: Derived, type: Tag["type"], gives: Formula["type"] | undefined): string | undefined {
  if (gives === undefined) return "gives no value";
  const words = { bool: "true or false", int: "a whole number", double: "a number", string: "a text" } as const;
  if (over) {
    const isCondition = over.function === "runningTime";
    if (isCondition === (gives === "bool") && gives !== "string") return undefined;
    return `gives ${words[gives]}; ${over.function} needs ${isCondition ? "a condition, true or false" : "a number"}`;
  }
  if (canHold(type, gives)) return undefined;
  const right = { bool: "boolean", int: "int64, or a smaller whole number,", double: "double", string: "string" }[
    gives
  ];
  return `gives ${words[gives]}, and the tag is ${type}; type: ${right} is right`;
}

function countProblem(read: readonly string[]): string | undefined {
  if (read.length === 0) return "reads no tag, so it would never be computed; what never changes is no tag";
  return read.length > mostInputs ? `reads ${read.length} tags; at most ${mostInputs}` : undefined;
}

/** Each circle once, at the tag where it was met first. */
function reportCircles(report: Report, inputs: Inputs): void {
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (name: string): void => {
    const from = way.indexOf(name);
    if (from >= 0) {
      const circle = [...way.slice(from), name].join(" → ");
      report.problem(expressionAt(name), `goes round in a circle: ${circle}`);
      return;
    }
    if (done.has(name)) return;
    way.push(name);
    for (const input of inputs.get(name) ?? []) walk(input);
    way.pop();
    done.add(name);
  };
  for (const name of inputs.keys()) walk(name);
}

function expressionAt(name: string): Path {
  const [equipment = "", id = ""] = name.split("/");
  return ["equipment", equipment, "tags", id, "expression"];
}

function withRoots(tag: Tag, inputs: Inputs, tags: ReadonlyMap<string, Tag>): Tag {
  const roots = new Set<string>();
  const seen = new Set<string>();
  const walk = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    if (tags.get(name)?.derived) for (const input of inputs.get(name) ?? []) walk(input);
    else roots.add(name);
  };
  walk(tag.name);
  const derived = tag.derived && { ...tag.derived, inputs: inputs.get(tag.name) ?? [], roots: [...roots] };
  const periods = [...roots].map((name) => tags.get(name)).map((root) => root?.expectMs ?? root?.intervalMs ?? 0);
  return { ...tag, derived, intervalMs: Math.max(10, ...periods) };
}

function checkLimits(report: Report, derived: readonly Tag[], tags: ReadonlyMap<string, Tag>): void {
  const overTime = derived.filter((tag) => tag.derived?.over).length;
  if (derived.length > mostDerived)
    report.problem(["equipment"], `has ${derived.length} derived tags; at most ${mostDerived}`);
  if (overTime > mostOverTime)
    report.problem(["equipment"], `has ${overTime} tags that are computed over time; at most ${mostOverTime}`);
  let perSecond = 0;
  for (const tag of derived) {
    const polls = new Map(rootsOf(tag, tags).map((root) => [`${root.device} ${root.intervalMs}`, root.intervalMs]));
    for (const everyMs of polls.values()) perSecond += 1000 / everyMs;
  }
  if (perSecond > mostPerSecond) {
    const text = `derived tags may be computed ${Math.round(perSecond)} times a second; at most ${mostPerSecond}: let what they read come less often`;
    report.problem(["equipment"], text);
  }
}
