import { controlSheets } from "../../core/acceptance/describe.ts";
import type { Moment } from "../../core/acceptance/moment.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import type { Plant, Tag } from "../../core/plant.ts";
import { AcceptanceDesk } from "../../services/acceptance/acceptance.ts";
import { MemoryAcceptance } from "../../services/testing/acceptance-bench.ts";
import { smallCompiler } from "../../services/testing/control-bench.ts";

const sources = { compile: smallCompiler, connectionOf: () => ({}) };

/** What was accepted of the machines; nothing is known of it before one of the starts. */
export class ChangesBench {
  readonly store = new MemoryAcceptance();
  readonly desk: AcceptanceDesk;
  moment: Moment = { kind: "state", name: "Idle" };
  readonly #settings: ConstructorParameters<typeof AcceptanceDesk>[0];

  constructor(plant: Plant, audit: AuditWriter, clock: Clock) {
    const sheets = controlSheets(plant, sources);
    const moment = () => this.moment;
    this.#settings = { plant, sheets, store: this.store, audit, clock, log: silentLog, moment };
    this.desk = new AcceptanceDesk(this.#settings);
  }

  /** On a fresh data folder: everything is taken as it stands. */
  start(): Promise<void> {
    return this.desk.start();
  }

  /** On a data folder in which the press was accepted with a speed of at most 400: its limits wait. */
  async startWaiting(): Promise<void> {
    const sheets = controlSheets(slower(this.#settings.plant), sources);
    await new AcceptanceDesk({ ...this.#settings, sheets }).start();
    await this.desk.start();
  }
}

function slower(plant: Plant): Plant {
  const limited = (tag: Tag): Tag =>
    tag.name === "press/speed" && tag.writable ? { ...tag, writable: { ...tag.writable, limits: [0, 400] } } : tag;
  return {
    ...plant,
    equipment: plant.equipment.map((each) => ({ ...each, tags: each.tags.map(limited) })),
    tags: plant.tags.map(limited),
  };
}
