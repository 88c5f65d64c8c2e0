import { controlSheets } from "../../core/acceptance/describe.ts";
import type { Moment } from "../../core/acceptance/moment.ts";
import { type ControlSheet, sheetText } from "../../core/acceptance/sheet.ts";
import type { AcceptanceStore, AcceptedControl } from "../../core/acceptance-port.ts";
import type { Role } from "../../core/access/policy.ts";
import { silentLog } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import type { AuditEntry } from "../../core/records-port.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { AcceptanceDesk } from "../acceptance/acceptance.ts";
import { sha256 } from "../acceptance/machine-control.ts";
import { smallCompiler } from "./control-bench.ts";

/** What was accepted, in memory, on a disk that can fail. */
export class MemoryAcceptance implements AcceptanceStore {
  readonly rows = new Map<string, AcceptedControl>();
  broken = false;

  async listAccepted(): Promise<readonly AcceptedControl[]> {
    return [...this.rows.values()];
  }
  async putAccepted(accepted: readonly AcceptedControl[]): Promise<void> {
    if (this.broken) throw new Error("disk full");
    for (const each of accepted) this.rows.set(each.equipment, each);
  }
  async removeAccepted(equipment: string): Promise<void> {
    if (this.broken) throw new Error("disk full");
    this.rows.delete(equipment);
  }
}

export function sheetsOf(plant: Plant): ReadonlyMap<string, ControlSheet> {
  return controlSheets(plant, { compile: smallCompiler, connectionOf: () => ({}) });
}

/** One data folder, on which a gateway starts again and again with another configuration. */
export class AcceptanceBench {
  readonly time = new ManualTime();
  readonly store = new MemoryAcceptance();
  readonly audit: AuditEntry[] = [];
  auditBroken = false;
  moment: Moment = { kind: "state", name: "Idle" };
  /** Today's rights, where they are others than at sign-in; undefined: disabled. */
  readonly people = new Map<string, { role: Role; equipment: readonly string[] } | undefined>();
  #rights: (() => void)[] = [];

  rightsAre(userId: string, now: { role: Role; equipment: readonly string[] } | undefined): void {
    this.people.set(userId, now);
    for (const listener of this.#rights) listener();
  }

  desk(plant: Plant): AcceptanceDesk {
    return new AcceptanceDesk({
      ...{ plant, sheets: sheetsOf(plant), store: this.store, clock: this.time, log: silentLog },
      audit: {
        append: async (entry) => {
          if (this.auditBroken) throw new Error("audit full");
          this.audit.push(entry);
        },
        note: (entry) => void this.audit.push(entry),
        available: () => !this.auditBroken,
      },
      moment: () => this.moment,
      person: (id) => (this.people.has(id) ? this.people.get(id) : { role: "administrator", equipment: ["*"] }),
      onRights: (listener) => {
        this.#rights.push(listener);
        return () => undefined;
      },
    });
  }

  async start(plant: Plant): Promise<AcceptanceDesk> {
    const desk = this.desk(plant);
    await desk.start();
    return desk;
  }

  actions(): readonly string[] {
    return this.audit.map(({ action, equipment }) => `${action} ${equipment}`);
  }
}

/** What somebody accepts who accepts this plant as it is. */
export function digestOf(plant: Plant, equipment: string): string {
  const sheet = sheetsOf(plant).get(equipment);
  return sheet ? sha256(sheetText(sheet)) : "";
}
