import { existsSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { askGateway, askGatewayJson } from "../api/local/client.ts";
import type { Place } from "../cli/actions.ts";
import type { DataActions, ExportRequest } from "../cli/data-actions.ts";
import type { DeviceActions, ReadAnswer } from "../cli/device-actions.ts";
import { DirectDevices } from "../cli/direct-devices.ts";
import { loadPlant } from "../config/load.ts";
import { localAccount } from "../core/access/local-account.ts";
import { matches } from "../core/access/policy.ts";
import { didYouMean } from "../core/closest.ts";
import type { BrowseEntry } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import { keepEverything } from "../core/history/retention.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { drivers } from "../drivers/registry.ts";
import { historyCsv } from "../exports/history-csv.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import { AuditDesk } from "../services/audit.ts";
import { HistoryDesk } from "../services/history.ts";
import { HistoryExport } from "../services/history-export.ts";
import { type DataFolder, dataPaths } from "../stores/folder/data-folder.ts";
import { dryRun } from "../stores/history/dry-run.ts";
import { fileName as historyFile } from "../stores/history/history-file.ts";
import { createHistoryStore } from "../stores/history/history-store.ts";
import { repairHistory } from "../stores/history/repair.ts";
import { verifyHistory } from "../stores/history/verify.ts";
import { createRecords } from "../stores/records/records.ts";
import { auditedBackup } from "./backup.ts";
import { certificateActions } from "./certificates.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import { assertDataFolder, underLock } from "./folder-lock.ts";
import { assertBrowsable } from "./local-door.ts";
import { restore } from "./restore.ts";
import { secretsOpener } from "./sealed-secrets.ts";

export interface CommandLineSettings {
  readonly version: string;
  readonly log: Log;
}

/** Each through the gateway that runs on the data folder, where one does; else on the folder and the devices themselves. */
export function createCommandLine({ version, log }: CommandLineSettings): DeviceActions & DataActions {
  return {
    ...certificateActions(log),
    async browse(place, device, path) {
      const query = [["device", device] as const, ["path", path] as const];
      const answer = await askGatewayJson<{ entries: BrowseEntry[] }>(place.data, {
        method: "GET",
        path: "/browse",
        query,
      });
      return answer?.entries ?? browseDirectly(place, device, path, log);
    },
    async read(place, patterns) {
      const query = patterns.map((pattern) => ["tag", pattern] as const);
      const answer = await askGatewayJson<ReadAnswer>(place.data, { method: "GET", path: "/values", query });
      return answer ?? readDirectly(place, patterns, log);
    },
    async exportCsv(place, request, sink) {
      const query = exportQuery(request);
      const chunks = await askGateway(place.data, { method: "POST", path: "/export", query });
      if (chunks) return sink(chunks);
      const plant = await plantOf(place, "warning");
      assertHistory(place);
      await underLock(place.data, (folder) =>
        onHistory(plant, folder, log, async (exporting) =>
          sink(historyCsv(await exporting.rows(localAccount, request), request.buckets ? "aggregates" : "samples")),
        ),
      );
    },
    async verifyHistory(place) {
      assertHistory(place);
      return damageOf(place);
    },
    async repairHistory(place) {
      assertHistory(place);
      const done = await underLock(place.data, async (folder) => repairHistory(folder.history, clock.wallMs()));
      return { done, left: damageOf(place) };
    },
    async dryRetention(place) {
      assertHistory(place);
      const { historian, tags } = await plantOf(place, "warning");
      const names = new Set(tags.filter((tag) => tag.record).map((tag) => tag.name));
      return dryRun(dataPaths(place.data).history, historian.retention ?? keepEverything, names, clock.wallMs());
    },
    async backup(place, sink) {
      assertDataFolder(place.data);
      const chunks = await askGateway(place.data, { method: "POST", path: "/backup", query: [] });
      if (chunks) return sink(chunks);
      await underLock(place.data, (folder) =>
        onAudit(folder, log, async (audit) => {
          const parts = {
            dataFolder: folder.path,
            configuration: place.config,
            gateway: await gatewayName(place.config),
          };
          await sink(await auditedBackup({ ...parts, version, audit }, new AbortController().signal));
        }),
      );
    },
    async diagnostics(place, sink) {
      assertDataFolder(place.data);
      const chunks = await askGateway(place.data, { method: "POST", path: "/diagnostics", query: [] });
      if (chunks) return sink(chunks);
      await underLock(place.data, async (folder) => {
        const text = await diagnosticsOf(folder, place, version, log);
        await sink(Readable.from([text]));
      });
    },
    restore: (place, file, into) => restore(place, file, into, log),
  };
}

async function browseDirectly(place: Place, id: string, path: string, log: Log): Promise<readonly BrowseEntry[]> {
  const plant = await plantOf(place);
  const device = plant.devices.find((each) => each.id === id);
  if (device === undefined) {
    const near = didYouMean(
      id,
      plant.devices.map((each) => each.id),
    );
    throw new PlanciaError("request/not-found", `there is no device ${id}${near}`);
  }
  assertBrowsable(device.driver);
  return underLock(place.data, (folder) => directDevices(plant, folder, log).browse(device, path));
}

async function readDirectly(place: Place, patterns: readonly string[], log: Log): Promise<ReadAnswer> {
  const plant = await plantOf(place);
  const names = plant.tags.map(({ name }) => name);
  const missing = patterns
    .filter((pattern) => !names.some((name) => matches(pattern, name)))
    .map((pattern) => `no tag ${pattern}${didYouMean(pattern, names)}`);
  const tags = plant.tags.filter(({ name }) => patterns.some((pattern) => matches(pattern, name)));
  if (tags.length === 0) return { values: [], missing };
  const values = await underLock(place.data, (folder) => directDevices(plant, folder, log).read(tags));
  return { values, missing };
}

function directDevices(plant: Plant, folder: DataFolder, log: Log): DirectDevices {
  return new DirectDevices({
    plant,
    compile,
    folder: folder.driver,
    load(driver) {
      const manifest = drivers.find(({ name }) => name === driver);
      if (!manifest) throw new Error(`no driver is called ${driver}`);
      return manifest.load();
    },
    ...{ clock, timers, log },
  });
}

/**
 * @param missingSecrets `warning`: for what asks no device.
 * @throws PlanciaError start/config with the first problem.
 */
async function plantOf(place: Place, missingSecrets: "problem" | "warning" = "problem"): Promise<Plant> {
  const loaded = await loadPlant(place.config, {
    ...{ environment: process.env, compile, missingSecrets },
    openSecret: secretsOpener(place),
  });
  if (loaded.ok) return loaded.plant;
  throw new PlanciaError("start/config", loaded.problems[0]?.message ?? "the configuration is not valid");
}

/** A configuration that is being mended must not keep anyone from a backup. */
export async function gatewayName(config: string): Promise<string> {
  const loaded = await loadPlant(config, { environment: process.env, compile, missingSecrets: "warning" });
  return loaded.ok ? loaded.plant.gatewayId : "unknown";
}

function assertHistory({ data }: Place): void {
  if (!existsSync(join(dataPaths(data).history, historyFile)))
    throw new PlanciaError("request/not-found", `there is no history in the data folder ${data}; --data names another`);
}

function damageOf({ data }: Place): readonly string[] {
  try {
    return verifyHistory(dataPaths(data).history);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_SQLITE_ERROR") throw error;
    return [`the file cannot be read: ${(error as Error).message}`];
  }
}

async function onAudit(folder: DataFolder, log: Log, use: (audit: AuditDesk) => Promise<void>): Promise<void> {
  const records = await createRecords({ file: folder.records, log });
  const audit = new AuditDesk({ store: records.audit, clock, timers, log });
  try {
    await use(audit);
  } finally {
    await audit.close();
    await records.close();
  }
}

/** As the local door reads it. */
function exportQuery({ patterns, startMs, endMs, buckets }: ExportRequest): (readonly [string, string])[] {
  const tags = patterns.map((pattern) => ["tag", pattern] as const);
  const query: (readonly [string, string])[] = [...tags, ["from", String(startMs)], ["to", String(endMs)]];
  if (!buckets) return query;
  const { aggregates, every } = buckets;
  query.push(
    ["aggregates", aggregates.join(",")],
    ["interval", typeof every === "number" ? String(every) : every.unit],
  );
  if (typeof every !== "number" && every.zone !== undefined) query.push(["zone", every.zone]);
  if (buckets.state !== undefined) query.push(["state", buckets.state]);
  return query;
}

/** The history as it lies there. No tag is bound to it, so that a wrong configuration leaves no trace in it. */
async function onHistory(
  plant: Plant,
  folder: DataFolder,
  log: Log,
  use: (exporting: HistoryExport) => Promise<void>,
): Promise<void> {
  await onAudit(folder, log, async (audit) => {
    const store = createHistoryStore({ folder: folder.history, ...plant.historian, log, clock });
    try {
      await store.open([]);
      await use(new HistoryExport({ plant, history: new HistoryDesk(plant, store), audit, clock }));
    } finally {
      await store.close();
    }
  });
}
