import type { Caller } from "../../core/access/policy.ts";
import type { WriteResult } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import type { Equipment, Plant, Tag } from "../../core/plant.ts";
import type { AuditEntry } from "../../core/records-port.ts";
import { BatchBuilder } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import { testCaller } from "../../core/testing/caller.ts";
import { testPlant, testPress } from "../../core/testing/plant.ts";
import { textOf } from "../../core/text.ts";
import type { Value } from "../../core/value.ts";
import { RightsClock } from "../../kit/rights-clock.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Conditions } from "../control/conditions.ts";
import { ControlDesk, type ControlParts } from "../control/control-desk.ts";
import { MachineStates } from "../control/machine-state.ts";
import { Image } from "../image.ts";
import { OpenCircumstances } from "./circumstances.ts";
import { MemoryCommands, smallCompiler } from "./control-bench.ts";
import { TestLocks } from "./device-locks.ts";
import { MemoryHandOver } from "./hand-over.ts";

/** A page of somebody's browser, which answers what it is asked, or sleeps. */
export class TestPage {
  readonly prompts: { equipment: string; n: number }[] = [];
  awake = true;
  visible = true;
  active = false;
  close: () => void = () => undefined;
}

/** Who has control of a press, an oven and a mill, on a clock that a test moves. */
export class LeaseBench {
  readonly time = new ManualTime();
  readonly plant: Plant;
  readonly press: Equipment;
  readonly image: Image;
  readonly machine = new Map<string, Value>([
    ["press/key", true],
    ["press/running", true],
    ["press/recipe", 0],
    ["press/guard", false],
  ]);
  /** Tags that are read as Bad. */
  readonly unreadable = new Set<string>();
  readonly site = new OpenCircumstances();
  readonly audit: AuditEntry[] = [];
  readonly handOver = new MemoryHandOver();
  readonly locks = new TestLocks();
  readonly commands = new MemoryCommands();
  readonly writes: { tag: string; value: Value; atMs: number }[] = [];
  readonly news: string[] = [];
  readonly calls: string[] = [];
  /** What the gateway did by itself. */
  readonly acts: string[] = [];
  actsEnd: "VERIFIED" | "UNKNOWN" = "VERIFIED";
  answer: (tag: Tag) => WriteResult | Promise<WriteResult> | undefined = () => undefined;
  auditBroken = false;
  /** An entry is on the disk only after this. */
  auditSlow: Promise<void> | undefined;
  /** Rights of today where they are others than at sign-in; undefined: the sign-in has ended. */
  readonly today = new Map<string, Caller | undefined>();
  readonly control: ControlDesk;
  readonly #rights = new Set<() => void>();

  constructor(press: Partial<Equipment> = {}, plant: Partial<Plant> = {}) {
    this.press = testPress(press);
    const others = ["oven", "mill"].map((id) =>
      testPress({ id, name: textOf(id), local: "none", state: undefined, stop: undefined, tags: [] }),
    );
    const equipment = [this.press, ...others];
    this.plant = testPlant({ equipment, tags: this.press.tags, ...plant });
    this.image = new Image(this.plant.tags.length, this.time, silentLog);
    this.control = new ControlDesk(this.#parts());
    this.control.watchLoss({
      stop: async (id, rule, reason) => this.#acted(`stop ${id} (${rule}: ${reason})`),
      command: async (id, command, rule) => this.#acted(`${id}:${command} (${rule})`),
    });
    this.control.onNews(({ change, holder, by, reason }) => {
      const said = [by && `by ${by}`, reason].filter((each) => each !== undefined).join(", ");
      this.news.push(`${change} → ${holder ?? "nobody"}${said ? ` (${said})` : ""}`);
    });
    this.control.onCall(({ text }) => this.calls.push(text.en));
    this.refresh();
  }

  /** A person with one page open. */
  enter(name: string, more: Partial<Caller> = {}, userAgent = "desktop"): { caller: Caller; page: TestPage } {
    const signInId = more.signInId ?? `s-${name}`;
    const caller = testCaller({ name, userId: `u-${name}`, ...more, signInId });
    return { caller, page: this.open(caller, userAgent) };
  }

  open(caller: Caller, userAgent = "desktop"): TestPage {
    const page = new TestPage();
    page.close = this.control.open(caller, userAgent, (equipment, n) => {
      page.prompts.push({ equipment, n });
      const { visible, active } = page;
      if (page.awake) this.control.alive(caller, { n, visible, active });
    });
    return page;
  }

  /** Somebody who has control of the press. */
  async holder(name = "Anna", more: Partial<Caller> = {}): Promise<{ caller: Caller; page: TestPage }> {
    const entered = this.enter(name, more);
    const causes = await this.control.take(entered.caller, "press", { phone: false });
    if (causes.length > 0) throw new Error(causes.map((each) => each.text.en).join("; "));
    return entered;
  }

  holds(equipment = "press"): string | undefined {
    return this.control.leases.holder(equipment)?.party.caller.name;
  }

  set(tag: string, value: Value): void {
    this.machine.set(tag, value);
    this.refresh();
  }

  /** The tag cannot be read any more, or again. */
  lose(tag: string): void {
    this.unreadable.add(tag);
    this.refresh();
  }

  /** Values of one tag that come in one batch. */
  see(tag: string, ...values: readonly Value[]): void {
    const handle = this.plant.tags.find(({ name }) => name === tag)?.handle ?? -1;
    const batch = new BatchBuilder();
    for (const value of values) batch.push(handle, value, Status.Good, this.time.wallMs());
    this.image.apply(batch.build(this.time.wallMs()));
  }

  rightsChanged(): void {
    for (const listener of this.#rights) listener();
  }

  refresh(): void {
    const batch = new BatchBuilder();
    for (const tag of this.plant.tags) {
      const bad = this.unreadable.has(tag.name);
      const status = bad ? Status.Bad_Timeout : Status.Good;
      this.image.confirm(tag.handle);
      batch.push(tag.handle, this.machine.get(tag.name) ?? null, status, this.time.wallMs());
    }
    this.image.apply(batch.build(this.time.wallMs()));
  }

  actions(action: string): AuditEntry[] {
    return this.audit.filter((entry) => entry.action === action);
  }

  #parts(): ControlParts {
    const machines = new MachineStates(this.plant, this.image, new Conditions(this.plant, smallCompiler));
    return {
      plant: this.plant,
      values: this.image,
      machines,
      site: this.site.site,
      audit: {
        append: async (entry) => {
          await this.auditSlow;
          if (this.auditBroken) throw new Error("audit full");
          this.audit.push(entry);
        },
        note: (entry) => void this.audit.push(entry),
        available: () => true,
      },
      clock: this.time,
      timers: this.time,
      rights: new RightsClock(this.time, () => undefined),
      today: (caller) => (this.today.has(caller.signInId) ? this.today.get(caller.signInId) : caller),
      onRights: (listener) => {
        this.#rights.add(listener);
        return () => void this.#rights.delete(listener);
      },
      log: silentLog,
      devices: { status: () => undefined },
      acceptance: this.site.acceptance,
      field: { write: async (tag, value) => this.#write(tag, value) },
      locks: this.locks,
      commands: this.commands,
      handOver: this.handOver,
    };
  }

  async #write(tag: Tag, value: Value): Promise<WriteResult> {
    const special = await this.answer(tag);
    if (special) return special;
    this.writes.push({ tag: tag.name, value, atMs: this.time.monotonicMs() });
    return { outcome: "written", sentAtMs: this.time.monotonicMs() };
  }

  #acted(what: string): { state: "VERIFIED" | "UNKNOWN" } {
    this.acts.push(what);
    return { state: this.actsEnd };
  }
}
