import { configChanges } from "../core/audit/config-diff.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import type { InstallationStore } from "../core/installation-port.ts";
import { auditEntry } from "./audit.ts";

/** Told one by one; more are counted. */
const mostChanges = 200;

export interface ConfigurationRecordSettings {
  readonly store: Pick<InstallationStore, "lastConfiguration" | "putConfiguration">;
  readonly audit: Pick<AuditWriter, "append">;
  readonly clock: Clock;
}

/**
 * At a start: what is different from the configuration of the start before is on the record, whatever
 * it is about. What widens control waits besides (R9). @throws PlanciaError store/unavailable.
 * @param text without secrets, canonical JSON.
 */
export async function recordConfiguration(
  { store, audit, clock }: ConfigurationRecordSettings,
  text: string,
): Promise<void> {
  const last = await store.lastConfiguration();
  if (last === text) return;
  const first = last === undefined;
  const before = first ? {} : JSON.parse(last, withoutClientSecret);
  const { changes, total } = configChanges(before, JSON.parse(text), mostChanges);
  await audit.append(
    auditEntry({
      at: clock.wallMs(),
      class: "administration",
      action: "config.changed",
      who: "system:gateway",
      result: "done",
      detail: first ? { first } : { changes, total },
    }),
  );
  await store.putConfiguration(text);
}

/** What was stored before the secrets of providers were left out is not told now. */
function withoutClientSecret(key: string, value: unknown): unknown {
  return key === "clientSecret" ? undefined : value;
}
