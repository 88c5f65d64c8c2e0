import { controlSheets } from "../core/acceptance/describe.ts";
import type { Moment } from "../core/acceptance/moment.ts";
import type { Plain } from "../core/acceptance/sheet.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Log } from "../core/log.ts";
import type { Device, Equipment, Plant } from "../core/plant.ts";
import { drivers } from "../drivers/registry.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { AcceptanceDesk } from "../services/acceptance/acceptance.ts";
import type { MachineStates } from "../services/control/machine-state.ts";
import type { KnownCallers } from "../services/known-callers.ts";
import type { RecordStores } from "../stores/records/calls.ts";

export interface AcceptanceParts {
  readonly plant: Plant;
  readonly records: Pick<RecordStores, "acceptance">;
  readonly audit: AuditWriter;
  readonly log: Log;
  readonly moment: (equipment: Equipment) => Moment;
  /** Whose rights count; the command line on its own has none to ask. */
  readonly known?: Pick<KnownCallers, "person" | "onChange">;
}

/** What was accepted of the plant's control, for a gateway or for the command line where none runs. */
export function openAcceptance({ plant, records, audit, log, moment, known }: AcceptanceParts): AcceptanceDesk {
  const sheets = controlSheets(plant, { compile, connectionOf });
  const rights = known && {
    person: (userId: string) => known.person(userId),
    onRights: (listener: () => void) => known.onChange(listener),
  };
  return new AcceptanceDesk({ plant, sheets, store: records.acceptance, audit, clock, log, moment, ...rights });
}

export function momentOf(machines: MachineStates, equipment: Equipment): Moment {
  const state = machines.state(equipment);
  return state ? { kind: "state", name: state.name } : { kind: "not-declared" };
}

/** Everything of a device's settings but its secrets and how to speak with it. */
export function connectionOf({ driver, settings }: Device): Plain {
  const manifest = drivers.find(({ name }) => name === driver);
  const left = new Set([...(manifest?.secrets ?? []), ...(manifest?.tuning ?? [])]);
  const entries = Object.entries(settings as Readonly<Record<string, Plain | undefined>>);
  return Object.fromEntries(entries.filter(([key]) => !left.has(key)));
}
