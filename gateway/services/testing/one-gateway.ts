import type { Caller } from "../../core/access/policy.ts";
import { silentLog } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import { textOf } from "../../core/text.ts";
import { RightsClock } from "../../kit/rights-clock.ts";
import type { ManualTime } from "../../kit/testing/manual-time.ts";
import { Activity } from "../control/activity.ts";
import { CommandBook } from "../control/command-book.ts";
import { CommandDesk } from "../control/commands.ts";
import { Conditions } from "../control/conditions.ts";
import { ControlDesk } from "../control/control-desk.ts";
import { MachineStates } from "../control/machine-state.ts";
import { TicketOffice } from "../control/tickets.ts";
import { Image } from "../image.ts";
import type { OpenCircumstances } from "./circumstances.ts";
import { smallCompiler } from "./control-bench.ts";
import { TestLocks } from "./device-locks.ts";
import { MemoryHandOver } from "./hand-over.ts";
import { type FrailRecords, OneLife } from "./one-life.ts";
import type { SlowLine } from "./slow-line.ts";

/** What outlives a gateway. */
export interface Around {
  readonly plant: Plant;
  readonly time: ManualTime;
  readonly records: FrailRecords;
  readonly site: OpenCircumstances;
  readonly link: () => "connected" | "lost";
  readonly today: (caller: Caller) => Caller | undefined;
  readonly onRights: (listener: () => void) => () => void;
}

/** One gateway on the press, as the wiring puts it together; `kill` leaves nothing of it that acts. */
export function oneGateway(around: Around, line: SlowLine) {
  const { time, plant, records, site, today, onRights } = around;
  const life = new OneLife(time);
  const image = new Image(plant.tags.length, time, silentLog);
  const conditions = new Conditions(plant, smallCompiler);
  const store = records.storeOf(life);
  const tickets = new TicketOffice(time);
  const parts = {
    plant,
    values: image,
    machines: new MachineStates(plant, image, conditions),
    site: site.site,
    audit: records.auditOf(life),
    devices: { status: () => ({ ...controllerStatus, state: around.link() }), all: () => [] },
    field: line,
    clock: time,
    timers: life.timers,
    rights: new RightsClock(time, () => undefined),
    today,
    onRights,
    log: silentLog,
  };
  const control = new ControlDesk({
    ...parts,
    acceptance: site.acceptance,
    locks: new TestLocks(),
    commands: store,
    handOver: new MemoryHandOver(),
  });
  const commands = new CommandDesk({
    ...parts,
    conditions,
    circumstances: { leases: control.leases, site: site.site, acceptance: site.acceptance },
    tickets,
    store,
    book: new CommandBook(time, silentLog),
    activity: new Activity(),
  });
  const kill = (): void => {
    life.kill();
    line.kill();
  };
  return { commands, control, image, tickets, kill, isOver: () => life.over };
}

const controllerStatus = {
  id: "plc",
  name: textOf("plc"),
  driver: "bench",
  intervalMs: 100,
  tags: 10,
  since: 0,
  ageMs: 0,
  error: undefined,
  nextRetryMs: undefined,
  reconnects: 0,
  statistics: undefined,
  diagnosis: { letter: "good", reason: "none" },
} as const;
