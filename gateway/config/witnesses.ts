import { withArguments } from "../core/control/arguments.ts";
import { isShownBy } from "../core/control/shown-by.ts";
import { madeFrom, rootsOf } from "../core/derived/roots.ts";
import type { ConditionTree, ExpressionCompiler } from "../core/expression-port.ts";
import type { CommandArgument, CommandStep, DeclaredCommand, Equipment, Tag } from "../core/plant.ts";
import { engineeringType } from "../core/scaling.ts";
import type { PlacedEquipment } from "./equipment.ts";
import type { Path, Report } from "./report.ts";

/** Longest time in which a stop may show: it is repeated until then, and nothing else is written meanwhile, ms. */
const longestStopMs = 60_000;

/** Longest time between two looks at a key or an emergency-stop chain, ms. */
const longestPeriodMs = 5_000;

/**
 * What tells the gateway how a machine is must come from the machine (R7, R10, R20, R39): whoever could
 * write it from afar could turn the key, clear the zone, or see a stop that never was. And what the
 * gateway writes by itself must command nothing (R14).
 */
export function checkWitnesses(report: Report, plant: readonly PlacedEquipment[], compile: ExpressionCompiler): void {
  const tags = new Map(plant.flatMap(({ equipment }) => equipment.tags.map((tag) => [tag.name, tag] as const)));
  const types = new Map([...tags.values()].map((tag) => [tag.name, engineeringType(tag)]));
  const writable = writablePlaces(tags.values());
  for (const { equipment, path } of plant) {
    const readBy: ReadBy = (text, given = []) => {
      const compiled = compile(text, { equipment: equipment.id, types: withArguments(types, given) });
      return compiled.ok ? compiled.expression.tags.flatMap((name) => tags.get(name) ?? []) : [];
    };
    for (const [inner, what, read] of witnessesOf(equipment, readBy)) {
      const written = read.flatMap((tag) => rootsOf(tag, tags)).find((tag) => writable.has(placeOf(tag)));
      if (written) report.problem([...path, ...inner], `${written.id} can be written; ${what}`);
    }
    checkMoments(report, equipment, path, { tags, readBy });
    checkPeriods(report, equipment, path);
    checkStop(report, equipment, path, {
      tags,
      treeOf(text) {
        const compiled = compile(text, { equipment: equipment.id, types });
        return compiled.ok ? compiled.expression.explain(() => undefined) : undefined;
      },
    });
    checkHeartbeat(report, equipment, path);
    for (const command of equipment.commands) checkPulse(report, command, [...path, "commands", command.id]);
  }
}

/** R39, R20: seen as seldom as that, a key that was turned would end nothing for so long. */
function checkPeriods(report: Report, { tags, local, emergencyStop }: Equipment, path: Path): void {
  const places = [
    [["local", "tag"], typeof local === "object" ? local.tag : undefined],
    [["emergencyStop", "tag"], emergencyStop?.tag],
  ] as const;
  for (const [inner, id] of places) {
    const tag = tags.find((each) => each.id === id);
    const periodMs = tag && (tag.expectMs ?? tag.intervalMs);
    if (periodMs !== undefined && periodMs > longestPeriodMs) {
      const text = `${id} is seen every ${periodMs / 1000} s only; it must be at least every ${longestPeriodMs / 1000} s`;
      report.problem([...path, ...inner], text);
    }
  }
}

/** The tags that a condition reads; nothing where it is wrong, which is told elsewhere. */
type ReadBy = (text: string, given?: readonly CommandArgument[]) => readonly Tag[];

type Witness = readonly [path: Path, what: string, read: readonly Tag[]];

function witnessesOf(
  { tags, local, mode, state, emergencyStop, commands }: Equipment,
  readBy: ReadBy,
): readonly Witness[] {
  const named = (id: string | undefined): readonly Tag[] => tags.filter((tag) => tag.id === id);
  const reset = emergencyStop?.reset;
  return [
    [["local", "tag"], "the key is only ever read (R39)", named(typeof local === "object" ? local.tag : undefined)],
    [["mode", "tag"], "the mode is never changed from afar", named(mode?.tag)],
    [["state", "tag"], "the state is only ever read", named(state && "tag" in state ? state.tag : undefined)],
    [
      ["emergencyStop", "tag"],
      "the real chain is only ever read (R20)",
      named(emergencyStop?.tag).filter((tag) => tag.derived),
    ],
    [["emergencyStop", "reset"], "the reset is seen at the machine (R20)", reset === undefined ? [] : readBy(reset)],
    ...commands.map(({ id, permit }): Witness => {
      const read = permit?.kind === "signal" ? readBy(permit.when) : [];
      return [["commands", id, "permit"], "a start permit is given at the machine (R20)", read];
    }),
  ];
}

/** R10: that what was written stands as written says nothing of the machine. */
function checkStop(
  report: Report,
  { stop, tags }: Equipment,
  path: Path,
  plant: {
    readonly tags: ReadonlyMap<string, Tag>;
    readonly treeOf: (text: string) => ConditionTree | undefined;
  },
): void {
  if (!stop) return;
  const at = [...path, "stop", "feedback"];
  if (stop.feedback.withinMs > longestStopMs) {
    report.problem([...at, "within"], `a stop shows within ${longestStopMs / 1000} s or is NOT CONFIRMED (R10)`);
  }
  const written = new Set(writtenBy(stop.do));
  const places = new Set(tags.filter((tag) => written.has(tag.id)).map(placeOf));
  const own = new Set(tags.filter((tag) => places.has(placeOf(tag))).map((tag) => tag.name));
  const tree = plant.treeOf(stop.feedback.when);
  if (tree && !isShownBy(tree, (name) => !standsOn(name, own, plant.tags))) {
    report.problem(
      [...at, "when"],
      "shows only what the stop itself writes; another signal shows that it stopped (R10)",
    );
  }
}

/** Whether a tag is one of these or is computed from any of them. */
function standsOn(name: string, own: ReadonlySet<string>, tags: ReadonlyMap<string, Tag>): boolean {
  const tag = tags.get(name);
  return own.has(name) || (tag !== undefined && rootsOf(tag, tags).some((root) => own.has(root.name)));
}

/**
 * What proves, permits or stops is read at that moment (R7, R10, R20, R39), and what was counted over time cannot be
 * read again. The number that is the state is compared with what commands are proven by, so it is a device's own.
 */
function checkMoments(
  report: Report,
  equipment: Equipment,
  path: Path,
  plant: { readonly tags: ReadonlyMap<string, Tag>; readonly readBy: ReadBy },
): void {
  const { local, mode, state, emergencyStop: chain, stop, commands, tags } = equipment;
  const named = (id: string | undefined): readonly Tag[] => tags.filter((tag) => tag.id === id);
  const stateTag = named(state && "tag" in state ? state.tag : undefined);
  if (stateTag.some((tag) => tag.derived))
    report.problem([...path, "state", "tag"], "is computed; a table of conditions can read it (R6)");
  const moments: readonly (readonly [Path, readonly Tag[]])[] = [
    [["local", "tag"], named(typeof local === "object" ? local.tag : undefined)],
    [["mode", "tag"], named(mode?.tag)],
    [["emergencyStop", "tag"], named(chain?.tag)],
    [["emergencyStop", "reset"], chain?.reset === undefined ? [] : plant.readBy(chain.reset)],
    [["stop", "feedback", "when"], stop ? plant.readBy(stop.feedback.when) : []],
    ...commands.flatMap(({ id, permit, feedback, arguments: given }): readonly (readonly [Path, readonly Tag[]])[] => [
      [["commands", id, "permit"], permit?.kind === "signal" ? plant.readBy(permit.when) : []],
      [["commands", id, "feedback", "when"], feedback ? plant.readBy(feedback.when, given) : []],
    ]),
    ...tags.map(({ id, writable }): readonly [Path, readonly Tag[]] => {
      const when = writable?.feedback.when;
      return [["tags", id, "writable", "feedback", "when"], when === undefined ? [] : plant.readBy(when)];
    }),
  ];
  for (const [inner, read] of moments) {
    const over = read.flatMap((tag) => madeFrom(tag, plant.tags)).find((tag) => tag.derived?.over);
    if (over) report.problem([...path, ...inner], `${over.name} is computed over time; this is read at its moment`);
  }
}

/** It is written each second whatever the key says. */
function checkHeartbeat(report: Report, { heartbeat, commands, stop }: Equipment, path: Path): void {
  if (!heartbeat) return;
  const written = new Set([...commands.flatMap((command) => writtenBy(command.do)), ...writtenBy(stop?.do ?? [])]);
  for (const key of ["gateway", "operator"] as const) {
    const tag = heartbeat[key];
    if (tag !== undefined && written.has(tag)) {
      const text = `${tag} is written by a command or the stop; a sign of life has a tag of its own (R14)`;
      report.problem([...path, "heartbeat", key], text);
    }
  }
}

/** R7: neither a pulse nor a call leaves anything behind that could be read back. */
function checkPulse(report: Report, command: DeclaredCommand, path: Path): void {
  const written = writtenBy(command.do);
  const isPulse = written.length < command.do.length || new Set(written).size < written.length;
  if (isPulse && command.class === "C1" && !command.feedback) {
    report.keyProblem(path, "a call, or a tag that is written twice, needs feedback that shows the effect (R7)");
  }
}

export function writtenBy(steps: readonly CommandStep[]): readonly string[] {
  return steps.flatMap((step) => ("write" in step ? step.write : []));
}

/** The same point of a device may have two tags. */
export function writablePlaces(tags: Iterable<Tag>): ReadonlySet<string> {
  return new Set([...tags].filter((tag) => tag.writable).map(placeOf));
}

export function placeOf({ device, address }: Tag): string {
  return JSON.stringify([device, address]);
}
