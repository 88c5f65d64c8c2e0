import { randomUUID } from "node:crypto";
import { memoryJudge } from "../../gateway/api/testing/certificates.ts";
import { ConfigurationsBench } from "../../gateway/api/testing/configurations.ts";
import { twoMachines } from "../../gateway/api/testing/plant.ts";
import { checkSignature, createHeadSigner } from "../../gateway/auth/head-signer.ts";
import { controlSheets } from "../../gateway/core/acceptance/describe.ts";
import type { Clock, Timers } from "../../gateway/core/clock.ts";
import type { HistoryStore } from "../../gateway/core/history-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import type { Equipment, Plant, Tag } from "../../gateway/core/plant.ts";
import { auditCsv, auditJsonLines } from "../../gateway/exports/audit-text.ts";
import { compile } from "../../gateway/expressions/compile.ts";
import { RightsClock } from "../../gateway/kit/rights-clock.ts";
import { AcceptanceDesk } from "../../gateway/services/acceptance/acceptance.ts";
import { CommissioningDesk } from "../../gateway/services/acceptance/commissioning.ts";
import { GrantDesk } from "../../gateway/services/access/grants.ts";
import { type AuditDesk, denialNotes } from "../../gateway/services/audit.ts";
import { AuditAnchors } from "../../gateway/services/audit-anchors.ts";
import { AuditExport } from "../../gateway/services/audit-export.ts";
import { auditReading } from "../../gateway/services/audit-reading.ts";
import { Activity } from "../../gateway/services/control/activity.ts";
import { CommandBook } from "../../gateway/services/control/command-book.ts";
import { CommandDesk } from "../../gateway/services/control/commands.ts";
import { Conditions } from "../../gateway/services/control/conditions.ts";
import { ControlDesk } from "../../gateway/services/control/control-desk.ts";
import type { Desk } from "../../gateway/services/control/desk.ts";
import { MachineStates } from "../../gateway/services/control/machine-state.ts";
import { TicketOffice } from "../../gateway/services/control/tickets.ts";
import { EquipmentDesk } from "../../gateway/services/equipment.ts";
import type { FactorGate } from "../../gateway/services/factor-gate.ts";
import { HistoryDesk } from "../../gateway/services/history.ts";
import type { Image } from "../../gateway/services/image.ts";
import type { KnownCallers } from "../../gateway/services/known-callers.ts";
import { NoticeDesk } from "../../gateway/services/notice.ts";
import type { Joining } from "../../gateway/services/organisations/joining.ts";
import type { Members } from "../../gateway/services/organisations/members.ts";
import type { Organisations } from "../../gateway/services/organisations/organisations.ts";
import { OpenCircumstances } from "../../gateway/services/testing/circumstances.ts";
import { TestLocks } from "../../gateway/services/testing/device-locks.ts";
import { KioskBench } from "../../gateway/services/testing/kiosk-bench.ts";
import type {
  AuditReading,
  Bookings,
  DeviceStatus,
  Devices,
  People,
  SignIns,
  UseCases,
} from "../../gateway/services/use-cases.ts";
import type { RecordStores } from "../../gateway/stores/records/calls.ts";

/** Press and oven, both for booking, the press without a least time between two writes. */
export function bookableMachines(): Plant {
  const plain = twoMachines();
  const speed = (tag: Tag): Tag =>
    tag.name === "press/speed" && tag.writable ? { ...tag, writable: { ...tag.writable, everyMs: undefined } } : tag;
  const equipment = plain.equipment.map((each): Equipment => ({ ...each, bookable: true, tags: each.tags.map(speed) }));
  return { ...plain, equipment, tags: equipment.flatMap((each) => each.tags) };
}

interface Parts {
  readonly plant: Plant;
  readonly image: Image;
  readonly history: HistoryStore;
  readonly records: RecordStores;
  readonly audit: AuditDesk;
  readonly known: KnownCallers;
  readonly field: Desk["field"];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signIns: SignIns;
  readonly openSignIns: UseCases["openSignIns"];
  readonly signInAlarms: UseCases["signInAlarms"];
  readonly screens: UseCases["screens"];
  readonly factors: UseCases["factors"];
  readonly passkeys: UseCases["passkeys"];
  readonly people: People;
  readonly gate: FactorGate;
  readonly bookings: Bookings;
  readonly organisations: Organisations;
  readonly members: Members;
  readonly joining: Joining;
  readonly programs: UseCases["programs"];
}

/** The use cases as `wiring.ts` puts them together, over these parts. */
export function useCasesOver(parts: Parts): UseCases {
  const { plant, image, audit, clock, signIns, openSignIns, screens, factors, passkeys, people, bookings } = parts;
  const desk = deskOver(parts);
  const changes = changesOver(parts, desk);
  const equipment = new EquipmentDesk(desk);
  const commands = new CommandDesk(desk);
  const configurations = new ConfigurationsBench({ plant, changes, gate: parts.gate, audit, clock });
  const site = { plant, values: image, equipment, commands, bookings, audit, clock, timers: parts.timers };
  return {
    plant,
    version: "0.0.0-test",
    startedAtMs: clock.wallMs(),
    values: image,
    devices: desk.devices,
    offers: { offered: () => undefined },
    derived: { of: () => undefined },
    certificates: memoryJudge({ audit, clock, gate: parts.gate }),
    signInAlarms: parts.signInAlarms,
    ...{ signIns, openSignIns, screens, factors, passkeys },
    people,
    grants: new GrantDesk({
      ...{ plant, people: parts.records.people, audit, clock, gate: parts.gate, bookings: parts.records.bookings },
      ...{ store: parts.records.access, changed: () => parts.known.refresh(), id: randomUUID },
    }),
    ...{ bookings, organisations: parts.organisations, members: parts.members, joining: parts.joining },
    programs: parts.programs,
    audit: readingOver(parts),
    notices: new NoticeDesk({ plant, store: parts.records.installation, audit, clock }),
    equipment,
    commands,
    kiosks: new KioskBench(site).desk,
    control: controlOver(parts, desk),
    changes,
    configurations: configurations.desk,
    tagSheets: configurations.sheets,
    commissioning: new CommissioningDesk({ plant, changes, clock }),
    tickets: desk.tickets,
    history: new HistoryDesk(plant, parts.history),
    diagnostics: { make: async () => "{}" },
    denied: denialNotes(audit, clock),
  };
}

function readingOver({ plant, records, audit, clock, timers }: Parts): AuditReading {
  const signer = createHeadSigner(new Uint8Array(32));
  const parts = { store: records.audit, audit, signer, gateway: plant.gatewayId, clock };
  const { keep } = plant.security.audit;
  const own = { check: checkSignature, zone: plant.site.timezone, keep, timers, log: silentLog };
  const texts = { jsonl: auditJsonLines, csv: auditCsv };
  return auditReading(audit, new AuditExport({ ...parts, texts }), new AuditAnchors({ ...parts, ...own }));
}

function changesOver({ plant, records, audit, clock }: Parts, { log }: Desk): AcceptanceDesk {
  const sheets = controlSheets(plant, { compile, connectionOf: () => ({}) });
  const moment = () => ({ kind: "not-declared" }) as const;
  return new AcceptanceDesk({ plant, sheets, store: records.acceptance, audit, clock, log, moment });
}

function controlOver({ known, records }: Parts, desk: Desk): ControlDesk {
  return new ControlDesk({
    ...desk,
    site: desk.circumstances.site,
    acceptance: desk.circumstances.acceptance,
    onRights: (listener) => known.onChange(listener),
    locks: new TestLocks(),
    commands: desk.store,
    handOver: records.handOver,
  });
}

function deskOver({ plant, image, records, audit, known, field, clock, timers }: Parts): Desk {
  const conditions = new Conditions(plant, compile);
  return {
    plant,
    values: image,
    devices: connectedDevices(plant, clock),
    field,
    conditions,
    machines: new MachineStates(plant, image, conditions),
    tickets: new TicketOffice(clock),
    store: records.commands,
    audit,
    book: new CommandBook(clock, silentLog),
    activity: new Activity(),
    circumstances: new OpenCircumstances(),
    clock,
    rights: new RightsClock(clock, () => undefined),
    today: (caller) => known.today(caller),
    timers,
    log: silentLog,
  };
}

function connectedDevices(plant: Plant, clock: Clock): Devices {
  const quiet = { ageMs: 5, error: undefined, nextRetryMs: undefined, reconnects: 0, statistics: undefined };
  const diagnosis = { letter: "good", reason: "none" } as const;
  const all = plant.devices.map(({ id, name, driver, intervalMs }): DeviceStatus => {
    const tags = plant.tags.filter((tag) => tag.device === id).length;
    return { id, name, driver, intervalMs, tags, state: "connected", since: clock.wallMs(), ...quiet, diagnosis };
  });
  return { all: () => all, status: (id) => all.find((each) => each.id === id) };
}
