import { existsSync } from "node:fs";
import { createApi } from "./api/api.ts";
import type { InstallationKey } from "./auth/installation-key.ts";
import type { OpenSecret } from "./core/access/credentials-port.ts";
import type { Log } from "./core/log.ts";
import type { Plant } from "./core/plant.ts";
import { systemClock as clock, systemTimers } from "./kit/clock.ts";
import { GuardedTimers } from "./kit/guarded-timers.ts";
import type { LogTail } from "./kit/log-tail.ts";
import { type AuditDesk, auditEntry } from "./services/audit.ts";
import { Image } from "./services/image.ts";
import { removeStaging } from "./stores/backup/create-backup.ts";
import { assertNoHalfRestore } from "./stores/backup/restore.ts";
import { openDataFolder } from "./stores/folder/data-folder.ts";
import { createRecords } from "./stores/records/records.ts";
import { acquisitionOf } from "./wiring/acquisition.ts";
import { openAudit } from "./wiring/audit.ts";
import { openConfigurations } from "./wiring/configurations.ts";
import { openControl } from "./wiring/control.ts";
import { openDerived } from "./wiring/derived.ts";
import { withDiagnostics } from "./wiring/diagnostics.ts";
import { firstLink } from "./wiring/first-start.ts";
import { openHistory } from "./wiring/history.ts";
import { openDoor } from "./wiring/local-door.ts";
import { openPeople } from "./wiring/people.ts";
import { openRights } from "./wiring/rights.ts";
import { assertTransport, openTls } from "./wiring/tls.ts";
import { useCasesOf } from "./wiring/use-cases.ts";

export interface GatewaySettings {
  readonly plant: Plant;
  /** The plant as its file has it, without what the command line said. */
  readonly configured: Plant;
  /** Where the installation's key is kept outside of the data folder. */
  readonly keyFile?: string | undefined;
  /** The configuration file's text, as the plant was read from it. */
  readonly configurationText: string;
  readonly dataFolder: string;
  /** Asked once the data folder is ours. @throws PlanciaError start/unsafe, start/read-only. */
  key(): InstallationKey;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration file, for backups. */
  readonly configuration: string;
  /** Opens the sealed secrets of the configuration, so that diagnostics leave them out. */
  readonly openSecret: OpenSecret;
  readonly dashboardFolder: string;
  readonly version: string;
  readonly log: Log;
  /** The log's last lines, for diagnostics. */
  readonly logTail?: LogTail;
}

export interface RunningGateway {
  /** `http://127.0.0.1:8080`. */
  readonly address: string;
  /** SHA-256 of the private certificate authority, where there is one. */
  readonly authority: string | undefined;
  /** Link of the first administrator, where there is none yet. */
  readonly firstLink: string | undefined;
  close(): Promise<void>;
}

/** What was opened, closed again in the opposite order, whatever fails. */
class Opened implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();

  add(close: () => void | Promise<void>): void {
    this.#stack.defer(close);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Starts one gateway; on a fault everything that was opened is closed again. @throws PlanciaError start/*. */
export async function startGateway(settings: GatewaySettings): Promise<RunningGateway> {
  const opened = new Opened();
  try {
    return await assemble(settings, opened);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

async function assemble(settings: GatewaySettings, opened: Opened): Promise<RunningGateway> {
  const { plant, configurationText, log, version } = settings;
  const timers = new GuardedTimers(systemTimers, log, clock.monotonicMs);
  assertTransport(plant);
  const folder = openDataFolder(settings.dataFolder);
  opened.add(() => folder.release());
  assertNoHalfRestore(folder.path);
  await removeStaging(folder.path);
  const records = await createRecords({ file: folder.records, log });
  opened.add(() => records.close());
  const key = settings.key();
  const transport = await openTls(plant, folder.keys, key, log);
  const { audit, reading } = await openAudit({ plant, configurationText, records, key, timers, log, opened });
  const rights = openRights({ dataFolder: folder.path, audit, clock, timers, log, opened });
  const people = await openPeople({ plant, records, audit, rights, key, timers, log, opened });
  await people.firstAdministrator(settings.environment);

  const image = new Image(plant.tags.length, clock, log);
  const derived = await openDerived({ plant, image, records, timers, log });
  const seen = { plant, image, folder, timers, log, opened };
  const history = await openHistory(seen);
  const acquisition = acquisitionOf(seen);
  const { known } = people;
  const standing = { plant, image, derived, acquisition, records, audit, rights, timers, log, opened };
  const opening = await openControl({ ...standing, known });
  const { certificate } = transport;
  const { acceptance } = opening;
  const { configured, keyFile } = settings;
  const place = { data: folder.path, ...(keyFile === undefined ? {} : { keyFile }) };
  const kept = openConfigurations({
    ...{ configured, configuration: settings.configuration, place, records, acceptance, audit, log, opened },
    gate: people.gate,
  });
  const more = { people, history, opening, certificate, ...kept };
  const parts = { ...standing, version, folder, reading, ...more };
  const withoutDiagnostics = useCasesOf(parts);
  const { configuration, openSecret, logTail: tail } = settings;
  const here = { version, dataFolder: folder.path, configuration, openSecret, tail };
  const { useCases, countedBy } = withDiagnostics(here, withoutDiagnostics, audit);
  const dashboardFolder = existsSync(settings.dashboardFolder) ? settings.dashboardFolder : undefined;
  const api = await createApi({ useCases, dashboardFolder, log, clock, timers, tls: transport.tls });
  countedBy(() => api.counters());
  opened.add(() => api.close());
  opened.add(transport.follow((tls) => api.renewCertificate(tls)));
  derived.start();
  acquisition.start();
  // Closed before the recorder, so that the goodbye of every tag is still recorded.
  opened.add(async () => {
    await acquisition.stop();
    await derived.stop();
    history.stopRecording();
  });
  const door = await openDoor({ useCases, acquisition, audit, dataFolder: folder.path, configuration, log });
  opened.add(() => door.close());
  const { address } = await api.listen(plant.server.host, plant.server.port);
  noteStart(audit, version);
  return {
    address,
    authority: transport.certificate()?.authority?.fingerprint,
    firstLink: await firstLink(people.signIns, plant.server.publicUrl ?? address),
    close: () => opened[Symbol.asyncDispose](),
  };
}

function noteStart(audit: AuditDesk, version: string): void {
  const at = clock.wallMs();
  const who = "system:gateway";
  audit.note(auditEntry({ at, class: "system", action: "gateway.started", who, detail: { version } }));
}
