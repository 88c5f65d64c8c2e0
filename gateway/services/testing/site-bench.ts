import { silentLog } from "../../core/log.ts";
import type { Equipment, Plant } from "../../core/plant.ts";
import type { AuditEntry } from "../../core/records-port.ts";
import { BatchBuilder } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import { pressTags, testCommand, testPlant, testTag } from "../../core/testing/plant.ts";
import type { Value } from "../../core/value.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Conditions } from "../control/conditions.ts";
import { Image } from "../image.ts";
import { SiteDesk, type SiteSettings } from "../site/site-desk.ts";
import { smallCompiler } from "./control-bench.ts";
import { MemorySite } from "./memory-site.ts";

/** A press with key, emergency-stop chain, reset and a start that waits for an attendant. */
export const guardedPress: Partial<Equipment> = {
  tags: [...pressTags, testTag(6, "chain", { type: "boolean" }), testTag(7, "reset_done", { type: "boolean" })],
  emergencyStop: { tag: "chain", closed: true, reset: "reset_done" },
  commands: [
    testCommand("start", { permit: { kind: "attendant", withinMs: 60_000 } }),
    testCommand("inch", { permit: { kind: "attendant", withinMs: 20_000 } }),
  ],
};

export type Row = readonly [tag: string, value: Value, status?: number];

/** What is set at one press, over stores in memory and on a clock that a test moves. */
export class SiteBench {
  readonly time = new ManualTime();
  readonly plant: Plant;
  readonly image: Image;
  readonly store: MemorySite;
  readonly audit: AuditEntry[] = [];
  readonly changes: string[] = [];
  auditBroken = false;
  #listener: () => void = () => undefined;
  readonly site: SiteDesk;

  constructor(press: Partial<Equipment> = guardedPress, store = new MemorySite()) {
    this.store = store;
    this.plant = testPlant({}, press);
    this.image = new Image(this.plant.tags.length, this.time, silentLog);
    const conditions = new Conditions(this.plant, smallCompiler);
    const settings: SiteSettings = {
      plant: this.plant,
      values: this.image,
      expression: (equipment, text) => conditions.expression(equipment, text),
      store,
      audit: {
        append: async (entry) => {
          if (this.auditBroken) throw new Error("audit full");
          this.audit.push(entry);
        },
        note: (entry) => void this.audit.push(entry),
        available: () => !this.auditBroken,
      },
      clock: this.time,
      timers: this.time,
      log: silentLog,
      onRevision: (listener) => {
        this.#listener = listener;
        return () => undefined;
      },
    };
    this.site = new SiteDesk(settings);
    this.site.onChange((equipment) => this.changes.push(equipment));
  }

  /** Starts with key on REMOTE and the chain closed and reset, all of it read. */
  static async started(press?: Partial<Equipment>, store?: MemorySite): Promise<SiteBench> {
    const bench = new SiteBench(press, store);
    await bench.site.start();
    bench.see(["key", true], ["chain", true], ["reset_done", true]);
    bench.changes.length = 0;
    return bench;
  }

  /** One batch, its rows in this order; each of them was read just now. */
  see(...rows: readonly Row[]): void {
    const batch = new BatchBuilder();
    for (const [id, value, status = Status.Good] of rows) {
      const tag = this.plant.tags.find((each) => each.id === id);
      if (!tag) continue;
      this.image.confirm(tag.handle);
      batch.push(tag.handle, value, status, this.time.wallMs());
    }
    this.image.apply(batch.build(this.time.wallMs()));
  }

  /** The channels of these tags answered, and nothing had changed. */
  confirm(...ids: readonly string[]): void {
    for (const tag of this.plant.tags) if (ids.includes(tag.id)) this.image.confirm(tag.handle);
  }

  /** Another process changed the records, and the gateway's poll has seen it. */
  async noticed(): Promise<void> {
    this.#listener();
    await this.time.advance(0);
  }

  get why(): string | undefined {
    return this.site.chain("press")?.why?.en;
  }

  actions(): readonly string[] {
    return this.audit.map(({ action, who, result }) => [action, who, result].filter(Boolean).join(" "));
  }
}
