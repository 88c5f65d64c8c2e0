import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import closeWithGrace, { type Options as CloseWithGraceOptions } from "close-with-grace";
import { makeKeyFile } from "./auth/installation-key.ts";
import { createPasswords } from "./auth/passwords.ts";
import { createSecrets } from "./auth/secrets.ts";
import { newTokenKey } from "./auth/token-keys.ts";
import type { Actions, Place, Start } from "./cli/actions.ts";
import { type DemoPlant, startSimulators } from "./cli/demo-plant.ts";
import { runProgram } from "./cli/program.ts";
import { terminal } from "./cli/terminal.ts";
import { writeGenerated } from "./config/generate.ts";
import { loadPlant } from "./config/load.ts";
import { PlanciaError } from "./core/errors.ts";
import type { Plant } from "./core/plant.ts";
import { opcua } from "./drivers/opcua/manifest.ts";
import { compile } from "./expressions/compile.ts";
import { systemClock as clock, systemTimers as timers } from "./kit/clock.ts";
import { createLog } from "./kit/log.ts";
import { LogTail } from "./kit/log-tail.ts";
import { clearStartGarbage } from "./kit/start-garbage.ts";
import { AuditDesk, auditEntry } from "./services/audit.ts";
import {
  addUserLocally,
  disableUserLocally,
  type LocalPeopleSettings,
  listUsersLocally,
  resetFactorLocally,
  setPasswordLocally,
} from "./services/local-people.ts";
import { dataPaths, makeFolder } from "./stores/folder/data-folder.ts";
import { createRecords, type Records } from "./stores/records/records.ts";
import { auditActions } from "./wiring/audit-actions.ts";
import { createCommandLine, gatewayName } from "./wiring/command-line.ts";
import { configActions } from "./wiring/config-actions.ts";
import { installationKeyOf } from "./wiring/installation-key.ts";
import { sealedReference, secretsOpener } from "./wiring/sealed-secrets.ts";
import { siteActions } from "./wiring/site-actions.ts";
import { templateActions } from "./wiring/template-actions.ts";
import type { RunningGateway } from "./wiring.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
const logTail = new LogTail();
const log = createLog({
  level: process.env.PLANCIA_LOG_LEVEL ?? "info",
  pretty: process.stderr.isTTY === true,
  tail: logTail,
});
/** Of verbs that print one answer and end. */
const quietLog = createLog({ level: process.env.PLANCIA_LOG_LEVEL ?? "error", pretty: process.stderr.isTTY === true });

const actions: Actions = {
  version,
  run: (start) => untilStopped(start, undefined),
  async demo(start) {
    const simulators = await startDemoPlant(start);
    await untilStopped(start, simulators);
  },
  async simulate(file) {
    const simulators = await startSimulators(file === undefined ? ["--plant", "demo"] : ["--file", file]);
    terminal.out("Simulated machines are running; Ctrl-C ends them.");
    await Promise.race([stopped(), simulators.ended]);
    await simulators.stop();
  },
  async check(file, place) {
    const context = { environment: process.env, compile, openSecret: secretsOpener(place) };
    const loaded = await loadPlant(file, { ...context, missingSecrets: "warning" });
    const problems = loaded.ok ? [] : loaded.problems;
    return { problems, warnings: loaded.warnings, summary: loaded.ok ? summaryOf(loaded.plant) : "" };
  },
  addUser: (place, person) => onPeople(place, async (people) => void (await addUserLocally(people, person))),
  listUsers: (place) => onPeople(place, (people) => listUsersLocally(people)),
  disableUser: (place, name) => onPeople(place, async (people) => void (await disableUserLocally(people, name))),
  resetFactor: (place, name) => onPeople(place, (people) => resetFactorLocally(people, name)),
  setPassword: (place, name, password) =>
    onPeople(place, async (people) => void (await setPasswordLocally(people, name, password))),
  ...auditActions(quietLog, gatewayName),
  rotateTokenKey: (place) =>
    onRecords(place, async ({ installation, audit }) => {
      const at = clock.wallMs();
      const entry = { at, class: "administration", action: "token-key.rotated", who: "system:command-line" } as const;
      await audit.append(auditEntry({ ...entry, address: "local", result: "done" }));
      await installation.addTokenKey(newTokenKey(at));
    }),
  makeKey: async (file) => makeKeyFile(file),
  seal: async (place, secret) => sealedReference(place, secret),
  ...createCommandLine({ version, log: quietLog }),
  ...siteActions(quietLog),
  ...configActions(quietLog),
  ...templateActions,
  generate: () => writeGenerated(root),
};

/**
 * The simulated plant for a gateway on this data folder. Each side trusts the other's certificate and
 * they share a password made up for this start because it is put there here, not because anything is
 * accepted blindly.
 */
async function startDemoPlant(place: Place): Promise<DemoPlant> {
  makeFolder(place.data);
  const folder = dataPaths(place.data).driver(opcua.name);
  const desk = await opcua.certificates?.();
  const own = await desk?.own(folder);
  // The simulators inherit it: on their command line it could be read by everybody, and taken for an option.
  process.env.PLANCIA_DEMO_PASSWORD ??= randomBytes(18).toString("base64url");
  const access = ["--pki", join(place.data, "demo"), ...(own ? ["--trust", own.file] : [])];
  const simulators = await startSimulators(["--plant", "demo", ...access]);
  for (const file of simulators.certificates) await desk?.add(folder, await readFile(file, "utf8"), "device");
  return simulators;
}

/** The gateway until somebody stops it; with simulators, these end with it and it with them. */
async function untilStopped(start: Start, simulators: DemoPlant | undefined): Promise<void> {
  try {
    const loaded = await loadedOf(start);
    const plant = withListen(loaded.plant, start.listen);
    // Loaded here alone: the other verbs answer in half the time without it.
    const { startGateway } = await import("./wiring.ts");
    const gateway = await startGateway({
      plant,
      configured: loaded.plant,
      keyFile: start.keyFile,
      configurationText: loaded.text,
      dataFolder: start.data,
      key: () => installationKeyOf(start, log),
      environment: process.env,
      configuration: start.config,
      openSecret: secretsOpener(start),
      dashboardFolder: join(root, "dashboard", "dist"),
      version,
      log,
      logTail,
    });
    clearStartGarbage();
    greet(plant, gateway, simulators !== undefined);
    try {
      await Promise.race([
        stopped(signalsOf(plant, simulators)),
        simulators?.ended ?? new Promise<never>(() => undefined),
      ]);
    } finally {
      // After an error that nobody caught, too: what was taken in is still written down.
      await gateway.close();
    }
  } finally {
    await simulators?.stop();
  }
}

/** SIGHUP has certificate and configuration looked at anew; from a terminal that was closed it ends the gateway, as ever. */
function signalsOf({ server }: Plant, simulators: DemoPlant | undefined): "all" | "not SIGHUP" {
  // Simulators that a closed terminal leaves behind are nobody's any more.
  const stays = simulators === undefined || server.tls.mode === "own" || server.tls.mode === "files";
  return stays && process.stdin.isTTY !== true ? "not SIGHUP" : "all";
}

function stopped(signals: "all" | "not SIGHUP" = "all"): Promise<void> {
  const skip: NonNullable<CloseWithGraceOptions["skip"]> =
    signals === "all" ? ["beforeExit"] : ["beforeExit", "SIGHUP"];
  return new Promise((resolve, reject) => {
    closeWithGrace({ delay: 10_000, logger: false, skip }, ({ err }) => {
      if (err) {
        log.error({ err }, "an error that nobody caught; stopping");
        reject(err);
      } else resolve();
      // The process ends when everything is closed, or after the delay.
      return finished;
    });
  });
}

async function loadedOf(place: Place): Promise<{ readonly plant: Plant; readonly text: string }> {
  const context = { environment: process.env, compile, openSecret: secretsOpener(place) };
  const loaded = await loadPlant(place.config, context);
  for (const { message } of loaded.warnings) terminal.err(`warning: ${message}`);
  if (loaded.ok) return loaded;
  const [first, ...more] = loaded.problems;
  const rest = more.length === 0 ? "" : ` (and ${more.length} more: plancia check ${place.config})`;
  throw new PlanciaError("start/config", `${first?.message ?? "the configuration is not valid"}${rest}`);
}

function withListen(plant: Plant, listen: string | undefined): Plant {
  if (listen === undefined) return plant;
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, "");
  return { ...plant, server: { ...plant.server, host, port: Number(listen.slice(colon + 1)) } };
}

function greet(
  plant: Plant,
  { address, firstLink, authority }: Pick<RunningGateway, "address" | "firstLink" | "authority">,
  demo: boolean,
): void {
  terminal.out("");
  terminal.out(`  Plancia ${version}, ${plant.site.name}: ${summaryOf(plant)}${demo ? ", simulated" : ""}`);
  terminal.out(`  ${plant.server.publicUrl ?? address}`);
  if (authority !== undefined) {
    terminal.out("");
    terminal.out("  Certificate authority of this gateway; browsers trust it once /ca.pem is installed. SHA-256:");
    terminal.out(`  ${authority}`);
  }
  if (firstLink !== undefined) {
    terminal.out("");
    terminal.out("  First administrator (single use, 15 minutes; whoever opens it first becomes administrator):");
    terminal.out(`  ${firstLink}`);
  }
  if (plant.security.secondFactor === "off") terminal.out("\n  Second factor: off, as the configuration says.");
  terminal.out("\n  Ctrl-C stops it.\n");
}

function summaryOf(plant: Plant): string {
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
  const all = `${count(plant.equipment.length, "machine")}, ${count(plant.devices.length, "device")}, ${count(plant.tags.length, "tag")}`;
  const made = Map.groupBy(plant.equipment, ({ madeOf }) => madeOf?.template ?? "");
  made.delete("");
  return [all, ...[...made].map(([name, { length }]) => `${count(length, "machine")} of the template ${name}`)].join(
    "; ",
  );
}

/** The data folder's records, whether the gateway runs or not. */
async function onRecords<T>(place: Place, use: (records: Records) => Promise<T>): Promise<T> {
  const quiet = createLog({ level: "warn", pretty: process.stderr.isTTY === true });
  const records = await createRecords({ file: dataPaths(place.data).records, log: quiet });
  try {
    return await use(records);
  } finally {
    await records.close();
  }
}

async function onPeople<T>(place: Place, use: (people: LocalPeopleSettings) => Promise<T>): Promise<T> {
  return onRecords(place, async (records) => {
    const audit = new AuditDesk({ store: records.audit, clock, timers, log });
    const key = installationKeyOf(place, log);
    const siteNames = existsSync(place.config) ? await siteNamesOf(place) : [];
    try {
      return await use({
        people: records.people,
        organisations: records.access,
        factors: records.factors,
        passwords: createPasswords({ siteNames }),
        secrets: createSecrets(key),
        audit,
        clock,
      });
    } finally {
      await audit.close();
    }
  });
}

/** A password must not be the site's name; a configuration that is being mended must not keep anyone from adding people. */
async function siteNamesOf(place: Place): Promise<readonly string[]> {
  const context = { environment: process.env, compile, openSecret: secretsOpener(place) };
  const loaded = await loadPlant(place.config, context);
  return loaded.ok ? [loaded.plant.site.id, loaded.plant.site.name] : [];
}

let finish = (): void => undefined;
const finished = new Promise<void>((resolve) => {
  finish = resolve;
});
process.exitCode = await runProgram(process.argv.slice(2), actions, terminal);
finish();
