import { checkSignature, createHeadSigner } from "../auth/head-signer.ts";
import type { InstallationKey } from "../auth/installation-key.ts";
import type { Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { auditCsv, auditJsonLines } from "../exports/audit-text.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { AuditDesk } from "../services/audit.ts";
import { AuditAnchors } from "../services/audit-anchors.ts";
import { AuditExport } from "../services/audit-export.ts";
import { auditReading } from "../services/audit-reading.ts";
import { recordConfiguration } from "../services/configuration-record.ts";
import { startVersion } from "../services/configuration-versions.ts";
import type { Records } from "../stores/records/records.ts";
import { keptConfiguration } from "./plain-plant.ts";

export interface AuditOpening {
  readonly plant: Plant;
  /** The file that it was read from. */
  readonly configurationText: string;
  readonly records: Pick<Records, "audit" | "installation" | "configurations">;
  readonly key: InstallationKey;
  readonly timers: Timers;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** The record of who did what: written, anchored, kept small, read and taken out of the house. */
export async function openAudit(opening: AuditOpening) {
  const { plant, configurationText, records, key, timers, log, opened } = opening;
  const store = records.audit;
  const audit = new AuditDesk({ store, clock, timers, log });
  opened.add(() => audit.close());
  const kept = keptConfiguration(plant, configurationText);
  await recordConfiguration({ store: records.installation, audit, clock }, kept.plain);
  await startVersion(records.configurations, clock, kept);
  const signer = createHeadSigner(key);
  const { gatewayId: gateway, site, security } = plant;
  const anchors = new AuditAnchors({
    ...{ store, audit, signer, check: checkSignature, gateway, clock, timers, log },
    zone: site.timezone,
    keep: security.audit.keep,
  });
  anchors.start();
  opened.add(() => anchors.close());
  const texts = { jsonl: auditJsonLines, csv: auditCsv };
  const exporting = new AuditExport({ store, audit, signer, gateway, clock, texts });
  const reading = auditReading(audit, exporting, anchors);
  return { audit, reading };
}
