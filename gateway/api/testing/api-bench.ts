import type { Clock, Timers } from "../../core/clock.ts";
import type { PointFacts, WriteResult } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import type { Plant, Tag } from "../../core/plant.ts";
import { BatchBuilder, type Sample } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import { RightsClock } from "../../kit/rights-clock.ts";
import { CommissioningDesk } from "../../services/acceptance/commissioning.ts";
import { BookingDesk } from "../../services/bookings.ts";
import { Activity } from "../../services/control/activity.ts";
import { CommandBook } from "../../services/control/command-book.ts";
import { CommandDesk } from "../../services/control/commands.ts";
import { Conditions } from "../../services/control/conditions.ts";
import { ControlDesk } from "../../services/control/control-desk.ts";
import type { Desk } from "../../services/control/desk.ts";
import { MachineStates } from "../../services/control/machine-state.ts";
import { TicketOffice } from "../../services/control/tickets.ts";
import type { DerivedNow } from "../../services/derived/derived-desk.ts";
import { DiagnosticsDesk } from "../../services/diagnostics.ts";
import { EquipmentDesk } from "../../services/equipment.ts";
import { Image } from "../../services/image.ts";
import { NoticeDesk } from "../../services/notice.ts";
import { SignInAlarmDesk } from "../../services/sign-in-alarms.ts";
import { OpenCircumstances } from "../../services/testing/circumstances.ts";
import { MemoryCommands, smallCompiler } from "../../services/testing/control-bench.ts";
import { TestLocks } from "../../services/testing/device-locks.ts";
import { MemoryHandOver } from "../../services/testing/hand-over.ts";
import { KioskBench } from "../../services/testing/kiosk-bench.ts";
import type { DeviceStatus, Devices, LinkState, UseCases } from "../../services/use-cases.ts";
import { memoryAccessDesks } from "./access.ts";
import { MemoryBookings } from "./bookings.ts";
import { memoryJudge } from "./certificates.ts";
import { ChangesBench } from "./changes.ts";
import { ConfigurationsBench } from "./configurations.ts";
import { memoryFactors, memoryPasskeys, memoryScreens, memorySignIns } from "./factors.ts";
import { MemoryPeople } from "./people.ts";
import { twoMachines } from "./plant.ts";
import { MemoryAudit, MemoryHistory } from "./records.ts";

/**
 * The use cases over two machines in memory: control, image and visibility are the real services,
 * stores and field are small ones that behave.
 */
export class ApiBench {
  readonly plant: Plant;
  readonly image: Image;
  readonly people: MemoryPeople;
  readonly audit = new MemoryAudit();
  readonly bookings = new MemoryBookings();
  readonly history: MemoryHistory;
  readonly tickets: TicketOffice;
  readonly machine = new Map<string, Value>();
  /** What devices say of tags, by name. */
  readonly offers = new Map<string, PointFacts>();
  readonly derived = new Map<string, DerivedNow>();
  readonly links = new Map<string, LinkState>();
  readonly circumstances = new OpenCircumstances();
  readonly handOver = new MemoryHandOver();
  readonly locks = new TestLocks();
  readonly control: ControlDesk;
  readonly kiosk: KioskBench;
  readonly denied: string[] = [];
  readonly writes: { tag: string; value: Value }[] = [];
  readonly changes: ChangesBench;
  readonly configurations: ConfigurationsBench;
  readonly signInAlarms: SignInAlarmDesk;
  readonly useCases: UseCases;
  /** From here on nothing new is in the history. */
  readonly stopRecording: () => void;
  readonly #clock: Clock;

  /** @param leases what commands ask: who really has control, or `circumstances` as the test set it. */
  constructor(clock: Clock, timers: Timers, more: Partial<Plant> = {}, leases: "real" | "by hand" = "by hand") {
    this.#clock = clock;
    this.plant = twoMachines(more);
    this.image = new Image(this.plant.tags.length, clock, silentLog);
    this.people = new MemoryPeople(clock);
    this.history = new MemoryHistory(this.plant);
    this.tickets = new TicketOffice(clock);
    this.stopRecording = this.image.onBatch((batch) => this.history.record(batch));
    const parts = this.#desk(clock, timers);
    this.control = this.#control(parts);
    const { circumstances, control } = this;
    const asked = leases === "real" ? { ...circumstances, leases: control.leases } : circumstances;
    const desk: Desk = { ...parts, circumstances: asked };
    const equipment = new EquipmentDesk(desk);
    const commands = new CommandDesk(desk);
    control.watchLoss({
      stop: (id, rule, reason) => commands.runSystemStop(id, rule, reason),
      command: (id, command, rule, reason) => commands.runSystemCommand(id, command, rule, reason),
    });
    const { plant, image: values, audit } = this;
    const gate = { assertFresh: () => undefined };
    this.signInAlarms = new SignInAlarmDesk({ audit, gate, clock, id: () => `alarm-${audit.entries.length}` });
    this.kiosk = new KioskBench({ plant, values, equipment, commands, bookings: noBookings, audit, clock, timers });
    this.changes = new ChangesBench(plant, audit, clock);
    this.configurations = new ConfigurationsBench({ plant, changes: this.changes.desk, gate, audit, clock });
    this.useCases = {
      plant: this.plant,
      version: "0.0.0-test",
      startedAtMs: clock.wallMs(),
      offers: { offered: ({ name }) => this.offers.get(name) },
      derived: { of: (_caller, { name }) => this.derived.get(name) },
      values: this.image,
      devices: desk.devices,
      certificates: memoryJudge({ audit: this.audit, clock }),
      signIns: this.people,
      openSignIns: memorySignIns(),
      signInAlarms: this.signInAlarms,
      screens: memoryScreens(this.people),
      factors: memoryFactors(this.people),
      passkeys: memoryPasskeys(),
      people: this.people,
      ...memoryAccessDesks({ plant, people: this.people, bookings: this.bookings, audit: this.audit, clock }),
      bookings: new BookingDesk({
        plant: this.plant,
        store: this.bookings,
        people: {
          findUser: async (id) => this.people.users.get(id),
          listUsers: async () => [...this.people.users.values()],
        },
        audit: this.audit,
        clock,
        gate: { assertFresh: () => undefined },
        onChanged: () => undefined,
      }),
      audit: this.audit,
      notices: new NoticeDesk({ plant: this.plant, store: memoryNotices(), audit: this.audit, clock }),
      equipment,
      commands,
      kiosks: this.kiosk.desk,
      control,
      changes: this.changes.desk,
      configurations: this.configurations.desk,
      tagSheets: this.configurations.sheets,
      commissioning: new CommissioningDesk({ plant, changes: this.changes.desk, clock }),
      tickets: this.tickets,
      history: this.history,
      diagnostics: new DiagnosticsDesk({ parts: {}, secrets: async () => [], clock }, this.audit),
      denied: (caller, permission, route) => this.denied.push(`${caller.name} ${permission} ${route}`),
    };
    for (const [tag, value] of startValues) this.machine.set(tag, value);
    this.refresh();
  }

  /** One person of each kind; guests: `nobody-yet` without a slot, `elsewhere` on the oven, `inside` on the press. */
  populate(): void {
    const staff = ["viewer", "operator", "supervisor", "engineer", "auditor", "administrator"] as const;
    for (const role of staff) this.people.put(role, role);
    const now = this.#clock.wallMs();
    const slot = { startMs: now - 60_000, endMs: now + 3_600_000 };
    for (const name of ["nobody-yet", "elsewhere", "inside"]) this.people.put(name, "guest", []);
    this.#book("elsewhere", "oven", slot);
    this.#book("inside", "press", slot);
  }

  #book(name: string, equipment: string, slot: { startMs: number; endMs: number }): void {
    this.people.book(name, { equipment, ...slot });
    const [id, userId] = [`booking-${name}`, `u-${name}`];
    const kept = {
      version: 1,
      state: "CONFIRMED",
      title: "",
      createdBy: "u-supervisor",
      createdAt: slot.startMs,
    } as const;
    this.bookings.records.set(id, { id, userId, equipment, ...slot, ...kept });
  }

  /** The poll: the image sees every machine as it is. */
  refresh(): void {
    const batch = new BatchBuilder();
    for (const tag of this.plant.tags) {
      this.image.confirm(tag.handle);
      batch.push(tag.handle, this.machine.get(tag.name) ?? null, Status.Good, this.#clock.wallMs());
    }
    this.image.apply(batch.build(this.#clock.wallMs()));
  }

  set(tag: string, value: Value): void {
    this.machine.set(tag, value);
    this.refresh();
  }

  #desk(clock: Clock, timers: Timers): Omit<Desk, "circumstances"> {
    const conditions = new Conditions(this.plant, smallCompiler);
    return {
      plant: this.plant,
      values: this.image,
      devices: this.#devices(),
      field: { readNow: (tags) => this.#read(tags), write: (tag, raw) => this.#write(tag, raw), call: noMethods },
      conditions,
      machines: new MachineStates(this.plant, this.image, conditions),
      tickets: this.tickets,
      store: new MemoryCommands(),
      audit: this.audit,
      book: new CommandBook(clock, silentLog),
      activity: new Activity(),
      clock,
      rights: new RightsClock(clock, () => undefined),
      today: (caller) => caller,
      timers,
      log: silentLog,
    };
  }

  #control(desk: Omit<Desk, "circumstances">): ControlDesk {
    return new ControlDesk({
      ...desk,
      site: this.circumstances.site,
      acceptance: this.circumstances.acceptance,
      today: (caller) => this.people.today(caller),
      onRights: (listener) => this.people.onChange(listener),
      locks: this.locks,
      commands: desk.store,
      handOver: this.handOver,
    });
  }

  #devices(): Devices {
    const status = (id: string): DeviceStatus | undefined => {
      const device = this.plant.devices.find((each) => each.id === id);
      if (!device) return undefined;
      const tags = this.plant.tags.filter((tag) => tag.device === id).length;
      const { name, driver, intervalMs } = device;
      const quiet = { error: undefined, nextRetryMs: undefined, reconnects: 0, statistics: undefined };
      const diagnosis = { letter: "good", reason: "none" } as const;
      const state = this.links.get(id) ?? "connected";
      return { id, name, driver, intervalMs, tags, state, since: this.#clock.wallMs(), ageMs: 5, ...quiet, diagnosis };
    };
    const all = () => this.plant.devices.flatMap((device) => status(device.id) ?? []);
    return { status, all };
  }

  async #read(tags: readonly Tag[]): Promise<readonly Sample[]> {
    const now = this.#clock.wallMs();
    return tags.map((tag) => {
      return { value: this.machine.get(tag.name) ?? null, status: Status.Good, sourceTime: now, serverTime: now };
    });
  }

  async #write(tag: Tag, value: Value): Promise<WriteResult> {
    this.writes.push({ tag: tag.name, value });
    this.machine.set(tag.name, value);
    const stops = tag.id === "stop_request" || tag.id === "halt";
    if (stops && value === true) this.machine.set(`${tag.equipment}/running`, false);
    return { outcome: "written", sentAtMs: this.#clock.monotonicMs() };
  }
}

const startValues: readonly (readonly [string, Value])[] = [
  ["press/speed", 400],
  ["press/key", true],
  ["press/running", true],
  ["press/stop_request", false],
  ["press/recipe", 1],
  ["press/guard", true],
  ["oven/temperature", 850.5],
  ["oven/setpoint", 850],
  ["oven/running", true],
  ["oven/note", "=cmd|' /C calc'!A0"],
  ["oven/count", 9_007_199_254_740_993n],
  ["oven/halt", false],
];

function memoryNotices() {
  const read = new Set<string>();
  return {
    hasReadNotice: async (userId: string, version: string) => read.has(`${userId} ${version}`),
    putNoticeRead: async (userId: string, version: string) => void read.add(`${userId} ${version}`),
  };
}

/** A kiosk here is about the machine alone. */
const noBookings = { list: async () => [] };

/** None of the two machines has a method. */
async function noMethods(): Promise<WriteResult> {
  return { outcome: "not-sent", reason: "not-supported", detail: "no methods" };
}
