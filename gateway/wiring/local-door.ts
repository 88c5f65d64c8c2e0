import { type LocalDoor, openLocalDoor } from "../api/local/door.ts";
import { localRoutes } from "../api/local/routes.ts";
import { localAccount } from "../core/access/local-account.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { drivers } from "../drivers/registry.ts";
import { historyCsv } from "../exports/history-csv.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { Acquisition } from "../services/acquisition/acquisition.ts";
import type { AuditDesk } from "../services/audit.ts";
import { HistoryExport } from "../services/history-export.ts";
import type { UseCases } from "../services/use-cases.ts";
import { auditedBackup } from "./backup.ts";

export interface DoorParts {
  readonly useCases: UseCases;
  readonly acquisition: Acquisition;
  readonly audit: AuditDesk;
  readonly dataFolder: string;
  readonly configuration: string;
  readonly log: Log;
}

/** The running gateway's door for the command line of this machine. */
export function openDoor(parts: DoorParts): Promise<LocalDoor> {
  const { useCases, acquisition, audit, dataFolder, configuration, log } = parts;
  const { plant, version, startedAtMs, values, equipment, devices, history, changes, diagnostics } = useCases;
  const exporting = new HistoryExport({ plant, history, audit, clock });
  const routes = localRoutes({
    ...{ plant, startedAtMs, values, equipment, devices, changes, diagnostics },
    async browse(device, path, signal) {
      assertBrowsable(devices.status(device)?.driver ?? "");
      return acquisition.browse(device, path, signal);
    },
    exportCsv: async (input) =>
      historyCsv(await exporting.rows(localAccount, input), input.buckets ? "aggregates" : "samples"),
    backup: (signal) => auditedBackup({ dataFolder, configuration, gateway: plant.gatewayId, version, audit }, signal),
  });
  return openLocalDoor({ dataFolder, routes, log });
}

/** @throws PlanciaError request/invalid. */
export function assertBrowsable(driver: string): void {
  const manifest = drivers.find(({ name }) => name === driver);
  if (manifest?.capabilities.browse) return;
  const title = manifest?.title ?? driver;
  throw new PlanciaError(
    "request/invalid",
    `${title}: no list of what a device holds, its addresses stand in its manual`,
  );
}
