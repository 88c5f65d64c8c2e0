import { filesBeside } from "../config/templates/beside.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { auditEntry } from "../services/audit.ts";
import { createBackup } from "../stores/backup/create-backup.ts";

export interface BackupParts {
  readonly dataFolder: string;
  readonly configuration: string;
  readonly gateway: string;
  readonly version: string;
  readonly audit: AuditWriter;
}

/** A backup on the audit's record before its first byte, and so in itself. @throws PlanciaError store/unavailable. */
export async function auditedBackup(parts: BackupParts, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { dataFolder, configuration, gateway, version, audit } = parts;
  const nowMs = clock.wallMs();
  await audit.append(
    auditEntry({
      at: nowMs,
      class: "administration",
      action: "backup.made",
      who: "system:command-line",
      address: "local",
      detail: { version },
    }),
  );
  const beside = await filesBeside(configuration);
  return createBackup({ dataFolder, configuration, beside, gateway, version, nowMs, signal });
}
