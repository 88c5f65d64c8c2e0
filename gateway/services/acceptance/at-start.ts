import { type ControlSheet, sheetText } from "../../core/acceptance/sheet.ts";
import { narrowed } from "../../core/acceptance/widening.ts";
import type { AcceptanceStore, AcceptedControl } from "../../core/acceptance-port.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { auditEntry } from "../audit.ts";
import { acceptedSheet, diffOf, type MachineControl, machineControl, sha256 } from "./machine-control.ts";

/** With what a start settles what has changed since the last one. */
export interface StartParts {
  readonly sheets: ReadonlyMap<string, ControlSheet>;
  readonly store: AcceptanceStore;
  readonly audit: AuditWriter;
  readonly clock: Clock;
  readonly log: Log;
}

const gateway = "system:gateway";

/**
 * R9, at start. A data folder in which nothing was ever accepted takes the first configuration as it
 * stands. Later what narrows control takes effect and is kept at once; what widens it waits. What
 * cannot be written is tried again at the next start, and until then nothing is wider than before.
 * @throws PlanciaError store/unavailable where it cannot be read what was accepted.
 */
export async function settleAtStart(parts: StartParts): Promise<ReadonlyMap<string, MachineControl>> {
  const records = await parts.store.listAccepted();
  const accepted = records.length === 0 ? await takeFirst(parts) : await takeNarrowing(parts, records);
  const found = new Map<string, MachineControl>();
  for (const [id, sheet] of parts.sheets) {
    const control = machineControl(sheet, accepted.get(id));
    found.set(id, control);
    const waits = control.changes.filter((each) => each.widens);
    if (waits.length === 0) continue;
    parts.log.warn({ equipment: id, changes: waits.length }, "control was widened; it waits to be accepted");
    note(parts, "config.waits", id, { digest: control.digest, changes: diffOf(waits) });
  }
  return found;
}

async function takeFirst(parts: StartParts): Promise<ReadonlyMap<string, AcceptedControl>> {
  const at = parts.clock.wallMs();
  const first = [...parts.sheets].map(([equipment, sheet]): AcceptedControl => {
    const text = sheetText(sheet);
    const by = { acceptedAt: at, acceptedBy: "system:first-start", address: "local" };
    return { equipment, sheet: text, digest: sha256(text), ...by, narrowedAt: undefined };
  });
  if (first.length === 0 || !(await kept(parts, first))) return new Map();
  for (const { equipment, digest } of first) note(parts, "config.first", equipment, { digest });
  return new Map(first.map((each) => [each.equipment, each]));
}

async function takeNarrowing(
  parts: StartParts,
  records: readonly AcceptedControl[],
): Promise<ReadonlyMap<string, AcceptedControl>> {
  const before = new Map(records.map((each) => [each.equipment, each]));
  const after = new Map<string, AcceptedControl>();
  for (const [equipment, sheet] of parts.sheets) {
    const record = before.get(equipment);
    const next = narrowedRecord(parts, sheet, record) ?? record;
    if (next) after.set(equipment, next);
  }
  const changed = [...after.values()].filter((each) => before.get(each.equipment) !== each);
  if (changed.length > 0) await kept(parts, changed);
  for (const { equipment } of records) if (!parts.sheets.has(equipment)) await forget(parts, equipment);
  return after;
}

/** undefined: nothing narrower than what is kept. */
function narrowedRecord(
  parts: StartParts,
  sheet: ControlSheet,
  record: AcceptedControl | undefined,
): AcceptedControl | undefined {
  const known = record && acceptedSheet(record);
  if (record && !known) {
    parts.log.error({ equipment: sheet.equipment }, "what was accepted cannot be read; the machine waits as a new one");
    return undefined;
  }
  const merged = narrowed(known, sheet);
  const text = merged && sheetText(merged);
  if (text === undefined || text === record?.sheet) return undefined;
  const { digest, changes } = machineControl(sheet, record);
  const narrower = changes.filter((each) => !each.widens);
  const at = parts.clock.wallMs();
  if (narrower.length > 0) note(parts, "config.narrowed", sheet.equipment, { digest, changes: diffOf(narrower) });
  // A new machine that can only be looked at.
  const by = record ?? { acceptedAt: at, acceptedBy: gateway, address: "local" };
  const { acceptedAt, acceptedBy, address } = by;
  const narrowedAt = narrower.length > 0 ? at : record?.narrowedAt;
  return {
    equipment: sheet.equipment,
    sheet: text,
    digest: sha256(text),
    ...{ acceptedAt, acceptedBy, address, narrowedAt },
  };
}

async function forget(parts: StartParts, equipment: string): Promise<void> {
  try {
    await parts.store.removeAccepted(equipment);
    note(parts, "config.machine-gone", equipment, {});
  } catch (error) {
    parts.log.error({ err: error, equipment }, "what was accepted of a machine that is gone cannot be removed");
  }
}

/** False: it could not be written. */
async function kept({ store, log }: StartParts, accepted: readonly AcceptedControl[]): Promise<boolean> {
  try {
    await store.putAccepted(accepted);
    return true;
  } catch (error) {
    log.error({ err: error }, "what is accepted of the machines' control cannot be written");
    return false;
  }
}

function note({ audit, clock }: StartParts, action: string, equipment: string, detail: object): void {
  audit.note(
    auditEntry({
      ...{ at: clock.wallMs(), class: "administration", action, who: gateway, equipment, target: equipment },
      detail: { ...detail },
    }),
  );
}
