import type { Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { RightsClock } from "../kit/rights-clock.ts";
import type { AcceptanceDesk } from "../services/acceptance/acceptance.ts";
import type { Acquisition } from "../services/acquisition/acquisition.ts";
import type { AuditDesk } from "../services/audit.ts";
import { Activity } from "../services/control/activity.ts";
import { CommandBook } from "../services/control/command-book.ts";
import { CommandDesk } from "../services/control/commands.ts";
import { Conditions } from "../services/control/conditions.ts";
import { ControlDesk } from "../services/control/control-desk.ts";
import type { Desk } from "../services/control/desk.ts";
import { MachineStates } from "../services/control/machine-state.ts";
import { TicketOffice } from "../services/control/tickets.ts";
import type { DerivedTags } from "../services/derived/derived-tags.ts";
import type { Image } from "../services/image.ts";
import type { KnownCallers } from "../services/known-callers.ts";
import { SiteDesk } from "../services/site/site-desk.ts";
import type { Records } from "../stores/records/records.ts";
import { momentOf, openAcceptance } from "./acceptance.ts";
import { fieldWith } from "./derived.ts";

export interface ControlSettings {
  readonly plant: Plant;
  readonly image: Image;
  readonly acquisition: Acquisition;
  readonly derived: DerivedTags;
  readonly records: Records;
  readonly audit: AuditDesk;
  readonly known: KnownCallers;
  readonly timers: Timers;
  readonly rights: RightsClock;
  readonly log: Log;
  /** What was opened is closed in the opposite order. */
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** Everything between a person who asks and a device that is written to. */
export interface OpenedControl {
  readonly desk: Desk;
  readonly acceptance: AcceptanceDesk;
  readonly site: SiteDesk;
  readonly control: ControlDesk;
  readonly commands: CommandDesk;
}

/** @throws PlanciaError store/unavailable. */
export async function openControl(settings: ControlSettings): Promise<OpenedControl> {
  const { plant, image, acquisition, derived, records, audit, known, timers, rights, log, opened } = settings;
  const conditions = new Conditions(plant, compile);
  const field = fieldWith(derived, acquisition);
  const machines = new MachineStates(plant, image, conditions);
  const shared = { plant, values: image, machines, audit, clock, timers, log };
  const acceptance = openAcceptance({
    plant,
    records,
    audit,
    log,
    moment: (equipment) => momentOf(machines, equipment),
    known,
  });
  await acceptance.start();
  const site = new SiteDesk({
    ...shared,
    store: records.site,
    expression: (equipment, text) => conditions.expression(equipment, text),
    onRevision: (listener) => known.onChange(listener),
    inForce: (userId) => known.ownInForce(userId),
  });
  await site.start();
  opened.add(() => site.stop());
  const today = known.today.bind(known);
  const control = new ControlDesk({
    ...shared,
    site,
    acceptance,
    rights,
    today,
    onRights: (listener) => known.onChange(listener),
    devices: acquisition,
    field,
    locks: acquisition.locks,
    commands: records.commands,
    handOver: records.handOver,
  });
  await control.load();
  opened.add(() => control.close());
  control.leases.onChange((equipment) => site.controlChanged(equipment));
  const desk: Desk = {
    ...shared,
    devices: acquisition,
    field,
    conditions,
    circumstances: { leases: control.leases, site, acceptance },
    tickets: new TicketOffice(clock),
    store: records.commands,
    book: new CommandBook(clock, log),
    activity: new Activity(),
    rights,
    today,
  };
  const commands = new CommandDesk(desk);
  opened.add(() => commands.close());
  await commands.closeOpen();
  control.watchLoss({
    stop: (equipment, rule, reason) => commands.runSystemStop(equipment, rule, reason),
    command: (equipment, id, rule, reason) => commands.runSystemCommand(equipment, id, rule, reason),
  });
  return { desk, acceptance, site, control, commands };
}
