import { readFile, statfs } from "node:fs/promises";
import { arch, cpus, freemem, loadavg, platform, release, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { Place } from "../cli/actions.ts";
import type { OpenSecret } from "../core/access/credentials-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import type { LogTail } from "../kit/log-tail.ts";
import { AuditDesk, auditEntry } from "../services/audit.ts";
import { DiagnosticsDesk, type DiagnosticsParts, diagnosticsText } from "../services/diagnostics.ts";
import type { UseCases } from "../services/use-cases.ts";
import { filesOf } from "../stores/backup/folder-files.ts";
import type { DataFolder } from "../stores/folder/data-folder.ts";
import { createRecords } from "../stores/records/records.ts";
import { secretsOpener } from "./sealed-secrets.ts";

interface Here {
  readonly version: string;
  readonly dataFolder: string;
  readonly configuration: string;
  readonly openSecret: OpenSecret;
}

/** Largest configuration that is looked at, characters. */
const longest = 8 * 1024 * 1024;

/** Of a running gateway. The counters of `/metrics` are there once the API is: `countedBy` says how to ask. */
export function withDiagnostics(
  here: Here & { readonly tail: LogTail | undefined },
  useCases: Omit<UseCases, "diagnostics">,
  audit: AuditDesk,
): { readonly useCases: UseCases; countedBy(read: () => Promise<string>): void } {
  let counters = async (): Promise<string> => "";
  const parts: DiagnosticsParts["parts"] = {
    ...partsOf(here),
    gateway: () => ({
      id: useCases.plant.gatewayId,
      startedAt: new Date(useCases.startedAtMs).toISOString(),
      tls: useCases.plant.server.tls.mode,
      certificateEnds: useCases.certificate?.()?.endsAtMs,
    }),
    devices: () => useCases.devices.all(),
    history: () => useCases.history.statistics(),
    targets: () => useCases.targets?.() ?? [],
    counters: async () => (await counters()).split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    log: () => here.tail?.lines() ?? [],
  };
  const diagnostics = new DiagnosticsDesk({ parts, secrets: () => secretsOf(here), clock }, audit);
  return {
    useCases: { ...useCases, diagnostics },
    countedBy(read) {
      counters = read;
    },
  };
}

/** Where no gateway runs: the folder and the configuration alone, on the audit's record too. */
export async function diagnosticsOf(folder: DataFolder, place: Place, version: string, log: Log): Promise<string> {
  const records = await createRecords({ file: folder.records, log });
  const audit = new AuditDesk({ store: records.audit, clock, timers, log });
  try {
    const entry = { class: "administration", action: "diagnostics.made", who: "system:command-line" } as const;
    await audit.append(auditEntry({ at: clock.wallMs(), ...entry, address: "local" }));
    const openSecret = secretsOpener(place);
    const here = { version, dataFolder: folder.path, configuration: place.config, openSecret };
    return await diagnosticsText({ parts: partsOf(here), secrets: () => secretsOf(here), clock });
  } finally {
    await audit.close();
    await records.close();
  }
}

function partsOf({ version, dataFolder, configuration }: Here): DiagnosticsParts["parts"] {
  return {
    versions: () => ({ plancia: version, node: process.version, openssl: process.versions.openssl }),
    computer: () => ({
      ...{ platform: platform(), release: release(), arch: arch(), cpus: cpus().length, load: loadavg() },
      memory: { total: totalmem(), free: freemem(), process: process.memoryUsage() },
      handles: process.getActiveResourcesInfo().length,
    }),
    clock: () => ({
      wall: new Date(clock.wallMs()).toISOString(),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      processUptimeS: Math.round(process.uptime()),
    }),
    disk: async () => {
      const { bsize, blocks, bavail } = await statfs(dataFolder);
      const files = await filesOf(dataFolder);
      return { total: bsize * blocks, free: bsize * bavail, files: files.map(({ path, bytes }) => ({ path, bytes })) };
    },
    /** As it is written: references to the environment and to files are not followed. */
    configuration: async () => parse((await readFile(configuration, "utf8")).slice(0, longest)),
    /** Names alone. */
    environment: () => Object.keys(process.env).filter((name) => name.startsWith("PLANCIA")),
  };
}

/** What `${env:…}`, `${file:…}` and `${sealed:…}` of the configuration stand for, and what the environment gives by itself. */
async function secretsOf({ configuration, openSecret }: Here): Promise<readonly string[]> {
  const text = await readFile(configuration, "utf8").catch(() => "");
  const found: (string | undefined)[] = Object.entries(process.env)
    .filter(([name]) => name.startsWith("PLANCIA") && /KEY|PASSWORD|SECRET|TOKEN/.test(name))
    .map(([, value]) => value);
  for (const [, kind, name = ""] of text.matchAll(/\$\{(env|file|sealed):([^}]*)\}/g)) {
    if (kind === "env") found.push(process.env[name]);
    else if (kind === "sealed") found.push(opened(openSecret, name));
    else found.push(await readFile(resolve(dirname(configuration), name), "utf8").catch(() => undefined));
  }
  return found.flatMap((value) => (value === undefined ? [] : [value.trimEnd()]));
}

/** A key that must not be used opens nothing, and there is nothing to hide then. */
function opened(openSecret: OpenSecret, sealed: string): string | undefined {
  try {
    const found = openSecret(sealed);
    return found.ok ? found.secret : undefined;
  } catch (error) {
    if (error instanceof PlanciaError) return undefined;
    throw error;
  }
}
