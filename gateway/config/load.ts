import type { OpenSecret } from "../core/access/credentials-port.ts";
import type { ExpressionCompiler } from "../core/expression-port.ts";
import type { Equipment, Plant, Tag } from "../core/plant.ts";
import { drivers as installed } from "../drivers/registry.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { resolveDerived } from "./derived-graph.ts";
import { checkChannels, type PlacedDevice, readDevice } from "./device.ts";
import { driverThreadsOf } from "./driver-threads.ts";
import { checkEffects } from "./effects.ts";
import { type PlacedEquipment, readEquipment } from "./equipment.ts";
import { expandAddresses } from "./expansion.ts";
import { checkExpressions } from "./expressions.ts";
import { historianOf } from "./historian.ts";
import { override } from "./overrides.ts";
import { type Parsing, parsePart } from "./parse.ts";
import { checkProviders } from "./providers.ts";
import { readText } from "./read-text.ts";
import { type Problem, Report } from "./report.ts";
import { checkSafety, warnOfLimits } from "./safety.ts";
import { Root } from "./schema/root.ts";
import { isLoopback, securityOf, serverOf } from "./server.ts";
import { type Environment, substitute } from "./substitute.ts";
import { type Expanded, expandTemplates } from "./templates/expand.ts";
import { checkWitnesses } from "./witnesses.ts";
import { type Plain, readYaml } from "./yaml-source.ts";

export type Loaded =
  | {
      readonly ok: true;
      readonly plant: Plant;
      /** What was read, as it was written. */
      readonly text: string;
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** What a load needs from outside of `config/`. */
export interface LoadContext {
  /** Environment variables: `PLANCIA__…` overrides and `${env:NAME}`. */
  readonly environment: Environment;
  readonly compile: ExpressionCompiler;
  /** Opens `${sealed:…}`; where not given, none can be opened. */
  readonly openSecret?: OpenSecret;
  /** `warning` where the file is only checked, perhaps on a machine without the plant's secrets; default `problem`. */
  readonly missingSecrets?: "problem" | "warning";
  /** What to read in the place of what the file says: it is checked as if it lay there. */
  readonly text?: string;
  /** The installed drivers where not given. */
  readonly drivers?: readonly DriverManifest[];
}

/**
 * Reads a configuration file and checks all of it: one mistake hides no other. Never throws for
 * what stands in the file or for a file that cannot be read. At most 8 MiB and 30 levels.
 */
export async function loadPlant(file: string, context: LoadContext): Promise<Loaded> {
  const report = new Report(file);
  const text = context.text ?? (await readText(file, report));
  const value = text === undefined ? undefined : readYaml(text, report);
  const plant = value === undefined ? undefined : await build(file, value, report, context);
  const warnings = report.warnings();
  return plant && text !== undefined && !report.failed
    ? { ok: true, plant, text, warnings }
    : { ok: false, problems: report.problems(), warnings };
}

async function build(file: string, raw: Plain, report: Report, context: LoadContext): Promise<Plant | undefined> {
  const substituted = new Set<string>();
  const parsing: Parsing = { report, substituted };
  const made = await expandTemplates(parsing, file, raw);
  const value = await substitute(made.value, {
    file,
    environment: context.environment,
    report,
    substituted,
    open: context.openSecret,
    missing: context.missingSecrets ?? "problem",
  });
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    override(value, Root, context.environment, { report, substituted });
  }
  const root = parsePart(parsing, Root, value, []);
  if (groupOf(value, "tables") !== none)
    report.problem(["tables"], `cannot be set from the environment; a parameter can be \${env:NAME}`);
  const devices = new Map<string, PlacedDevice>();
  const rawDevices = groupOf(value, "devices");
  for (const [id, device] of Object.entries(rawDevices)) {
    const placed = readDevice(parsing, context.drivers ?? installed, id, device);
    if (placed) devices.set(id, placed);
  }
  checkChannels(report, devices.values());
  const rawEquipment = groupOf(value, "equipment");
  const expanded = expandAddresses(report, devices, rawEquipment);
  const tagContext = { parsing, devices, deviceIds: new Set(Object.keys(rawDevices)), expanded };
  const read = Object.entries(rawEquipment).map(([id, machine]) => readEquipment(tagContext, id, machine));
  const hasShifts = root === undefined || root.site.shifts !== undefined;
  const placed = resolveDerived(report, read, context.compile, { hasShifts });
  checkPlant(parsing, placed, devices, context.compile);
  const driverThreads = root && driverThreadsOf(report, root.drivers, context.drivers ?? installed);
  const plant = root && { ...plantOf(report, root, devices, withOrigin(placed, made)), driverThreads };
  if (root && plant) checkProviders(parsing, root, plant.equipment);
  return plant;
}

function groupOf(value: Plain, key: string): Readonly<Record<string, Plain>> {
  const group = typeof value === "object" && value !== null && !Array.isArray(value) ? value[key] : undefined;
  return typeof group === "object" && group !== null && !Array.isArray(group) ? group : none;
}

const none: Readonly<Record<string, Plain>> = {};

function checkPlant(
  { report }: Parsing,
  placed: readonly PlacedEquipment[],
  devices: ReadonlyMap<string, PlacedDevice>,
  compile: ExpressionCompiler,
): void {
  checkExpressions(report, placed, compile);
  checkWitnesses(report, placed, compile);
  checkEffects(report, placed, compile);
  const used = new Set<string>();
  for (const each of placed) {
    checkSafety(report, each);
    warnOfLimits(report, each);
    for (const tag of each.equipment.tags) used.add(tag.device);
  }
  for (const id of devices.keys())
    if (!used.has(id) && !report.failed) report.warning(["devices", id], "no tag uses this device");
  checkFormerNames(report, placed);
}

function withOrigin(placed: readonly PlacedEquipment[], { madeOf }: Expanded): readonly PlacedEquipment[] {
  if (madeOf.size === 0) return placed;
  return placed.map((each) => ({ ...each, equipment: { ...each.equipment, madeOf: madeOf.get(each.equipment.id) } }));
}

/** A former name that lives on, or that two tags claim, would mix two histories. */
function checkFormerNames(report: Report, placed: readonly PlacedEquipment[]): void {
  const tags = placed.flatMap(({ equipment }) => equipment.tags);
  const taken = new Map(tags.map((tag) => [tag.name, "a tag of today"]));
  for (const tag of tags) {
    for (const name of tag.formerly) {
      const owner = taken.get(name);
      const path = ["equipment", tag.equipment, "tags", tag.id, "formerly"];
      if (owner !== undefined) report.problem(path, `"${name}" is ${owner}`);
      taken.set(name, `a former name of ${tag.name}`);
    }
  }
}

function plantOf(
  report: Report,
  root: Root,
  devices: ReadonlyMap<string, PlacedDevice>,
  placed: readonly PlacedEquipment[],
): Plant {
  const server = serverOf(root.server);
  if (server.tls.mode === "unset" && !isLoopback(server.host)) {
    const text = `${server.host} can be reached from outside: tls.mode must be said (own, files, or none behind a proxy)`;
    report.problem(["server", "listen"], text);
  }
  const tags: Tag[] = [];
  const equipment = placed.map(({ equipment: machine }): Equipment => {
    const numbered = machine.tags.map((tag, i): Tag => ({ ...tag, handle: tags.length + i }));
    tags.push(...numbered);
    return { ...machine, tags: numbered };
  });
  return {
    gatewayId: root.gateway.id,
    site: { ...root.site, phone: root.site.phone },
    server,
    security: securityOf(root.security),
    historian: historianOf(report, root.historian, tags),
    devices: [...devices.values()].flatMap(({ device }) => device ?? []),
    equipment,
    tags,
  };
}
