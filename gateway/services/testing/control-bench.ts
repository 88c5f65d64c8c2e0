import type { Caller } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { isFinal } from "../../core/control/command.ts";
import type { WriteLane, WriteResult } from "../../core/driver-port.ts";
import type { ConditionTree, ExpressionCompiler, TagLookup, Truth } from "../../core/expression-port.ts";
import { silentLog } from "../../core/log.ts";
import type { Equipment, Plant, Tag } from "../../core/plant.ts";
import type { AuditEntry, CommandStore } from "../../core/records-port.ts";
import { BatchBuilder, type Sample } from "../../core/sample.ts";
import { isGood, Status } from "../../core/status.ts";
import { testPlant } from "../../core/testing/plant.ts";
import type { Value } from "../../core/value.ts";
import { RightsClock } from "../../kit/rights-clock.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Activity } from "../control/activity.ts";
import { CommandBook } from "../control/command-book.ts";
import { CommandDesk } from "../control/commands.ts";
import { Conditions } from "../control/conditions.ts";
import type { Desk } from "../control/desk.ts";
import { MachineStates } from "../control/machine-state.ts";
import { TicketOffice } from "../control/tickets.ts";
import { Image } from "../image.ts";
import { OpenCircumstances } from "./circumstances.ts";

export { testCaller } from "../../core/testing/caller.ts";

/** `tag` and `!tag` over booleans: enough language for the rules that are tested here. */
export const smallCompiler: ExpressionCompiler = (text, scope) => {
  const negated = text.startsWith("!");
  const name = `${scope.equipment}/${negated ? text.slice(1) : text}`;
  const evaluate = (lookup: TagLookup): Truth => {
    const sample = lookup(name);
    if (!sample || !isGood(sample.status)) return "unknown";
    return negated ? sample.value === false : sample.value === true;
  };
  const explain = (lookup: TagLookup): ConditionTree => {
    const { value = null, status = Status.Bad_WaitingForInitialData } = lookup(name) ?? {};
    return { kind: "leaf", text, truth: evaluate(lookup), tags: [{ tag: name, value, status }], children: [] };
  };
  return { ok: true, expression: { text, tags: [name], evaluate, explain } };
};

/** A command store in memory, with the rules of the real one and a disk that can fail. */
export class MemoryCommands implements CommandStore {
  readonly records = new Map<string, CommandRecord>();
  broken = false;

  async recordIntent(record: CommandRecord): Promise<{ existing: CommandRecord | undefined }> {
    this.#check();
    const holder = record.key === undefined ? undefined : await this.findByKey(record.userId, record.key);
    if (holder && holder.id !== record.id) return { existing: holder };
    this.records.set(record.id, record);
    return { existing: undefined };
  }
  async record(record: CommandRecord): Promise<void> {
    this.#check();
    this.records.set(record.id, record);
  }
  async recordResult(record: CommandRecord): Promise<void> {
    this.#check();
    this.records.set(record.id, record);
  }
  async find(id: string): Promise<CommandRecord | undefined> {
    return this.records.get(id);
  }
  async findByKey(userId: string, key: string): Promise<CommandRecord | undefined> {
    return [...this.records.values()].find((each) => each.userId === userId && each.key === key);
  }
  async list(filter: Parameters<CommandStore["list"]>[0]): Promise<readonly CommandRecord[]> {
    const newest = [...this.records.values()].reverse();
    const from = filter.beforeId === undefined ? 0 : newest.findIndex((each) => each.id === filter.beforeId) + 1;
    const asked = newest
      .slice(from)
      .filter((each) => filter.equipment?.includes(each.equipment) ?? true)
      .filter((each) => filter.state === undefined || each.state === filter.state)
      .filter((each) => filter.userId === undefined || each.userId === filter.userId);
    return asked.slice(0, filter.limit);
  }
  async closeOpen(): Promise<readonly CommandRecord[]> {
    const open = [...this.records.values()].filter((each) => !isFinal(each.state));
    const closed = open.map((each) => ({
      ...each,
      state: each.state === "SENT" ? ("UNKNOWN" as const) : ("CANCELLED" as const),
    }));
    for (const each of closed) this.records.set(each.id, each);
    return closed;
  }
  #check(): void {
    if (this.broken) throw new Error("disk full");
  }
}

/** A press with its controller, in memory: what is written can be answered, refused, lost or falsified. */
export class ControlBench {
  readonly time = new ManualTime();
  readonly plant: Plant;
  readonly image: Image;
  readonly machine = new Map<string, Value>([
    ["press/speed", 400],
    ["press/key", true],
    ["press/running", true],
    ["press/stop_request", false],
    ["press/recipe", 1],
    ["press/guard", true],
  ]);
  readonly writes: { tag: string; value: Value; lane: WriteLane; atMs: number }[] = [];
  readonly calls: { device: string; method: unknown; given: readonly Value[]; lane: WriteLane }[] = [];
  readonly circumstances = new OpenCircumstances();
  readonly audit: AuditEntry[] = [];
  readonly store = new MemoryCommands();
  auditBroken = false;
  link: "connected" | "lost" = "connected";
  /** How a write ends; undefined: it takes effect and is answered. */
  answer: ((tag: Tag, value: Value) => WriteResult | Promise<WriteResult> | undefined) | undefined;
  /** What happens in the machine when a value arrives. */
  onWrite: (tag: string, value: Value) => void = (tag, value) => {
    this.machine.set(tag, value);
    if (tag === "press/stop_request" && value === true) this.machine.set("press/running", false);
  };
  /** What happens in the machine when a method is called. */
  onCall: (method: unknown) => void = () => undefined;
  readable = true;
  /** Today's rights of a caller; undefined: its sign-in has ended. */
  today: (caller: Caller) => Caller | undefined = (caller) => caller;
  /** Writes but stops wait for this, as behind a busy bus. */
  busy: Promise<void> | undefined;
  readonly desk: Desk;
  readonly commands: CommandDesk;

  constructor(press: Partial<Equipment> = {}, plant: Partial<Plant> = {}) {
    this.plant = testPlant(plant, press);
    this.image = new Image(this.plant.tags.length, this.time, silentLog);
    const conditions = new Conditions(this.plant, smallCompiler);
    const machines = new MachineStates(this.plant, this.image, conditions);
    const status = {
      id: "plc",
      name: { en: "", it: "" },
      driver: "bench",
      intervalMs: 100,
      tags: 6,
      since: 0,
      ageMs: 0,
      error: undefined,
      nextRetryMs: undefined,
      reconnects: 0,
      statistics: undefined,
      diagnosis: { letter: "good", reason: "none" },
    } as const;
    this.desk = {
      plant: this.plant,
      values: this.image,
      devices: { status: () => ({ ...status, state: this.link }), all: () => [] },
      field: {
        readNow: (tags) => this.#read(tags),
        write: (...request) => this.#write(...request),
        call: (...request) => this.#call(...request),
      },
      conditions,
      machines,
      circumstances: this.circumstances,
      tickets: new TicketOffice(this.time),
      store: this.store,
      audit: {
        append: async (entry) => {
          if (this.auditBroken) throw new Error("audit full");
          this.audit.push(entry);
        },
        note: (entry) => void this.audit.push(entry),
        available: () => !this.auditBroken,
      },
      book: new CommandBook(this.time, silentLog),
      activity: new Activity(),
      clock: this.time,
      rights: new RightsClock(this.time, () => undefined),
      today: (caller) => this.today(caller),
      timers: this.time,
      log: silentLog,
    };
    this.commands = new CommandDesk(this.desk);
    this.refresh();
  }

  /** The poll: the image sees the machine as it is. */
  refresh(): void {
    const batch = new BatchBuilder();
    for (const tag of this.plant.tags) {
      this.image.confirm(tag.handle);
      batch.push(tag.handle, this.machine.get(tag.name) ?? null, Status.Good, this.time.wallMs());
    }
    this.image.apply(batch.build(this.time.wallMs()));
  }

  set(tag: string, value: Value): void {
    this.machine.set(tag, value);
    this.refresh();
  }

  /** Moves time on in small turns, with a poll in each. */
  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      if (this.readable) this.refresh();
      await this.time.advance(Math.min(50, left));
    }
  }

  async #read(tags: readonly Tag[]): Promise<readonly Sample[]> {
    const now = this.time.wallMs();
    return tags.map((tag) =>
      this.readable
        ? { value: this.machine.get(tag.name) ?? null, status: Status.Good, sourceTime: now, serverTime: now }
        : { value: null, status: Status.Bad_Timeout, sourceTime: now, serverTime: now },
    );
  }

  async #call(...request: Parameters<Desk["field"]["call"]>): Promise<WriteResult> {
    const [device, method, given, lane, notAfterMs, withdrawn] = request;
    const sentAtMs = this.time.monotonicMs();
    if (sentAtMs > notAfterMs) return { outcome: "not-sent", reason: "expired", detail: "too late" };
    if (withdrawn?.aborted) return { outcome: "not-sent", reason: "withdrawn", detail: "taken back" };
    this.calls.push({ device, method, given: given.map(({ value }) => value), lane });
    this.onCall(method);
    return { outcome: "written", sentAtMs };
  }

  async #write(...request: Parameters<Desk["field"]["write"]>): Promise<WriteResult> {
    const [tag, value, lane, notAfterMs, withdrawn] = request;
    if (lane === "normal") await this.busy;
    const atMs = this.time.monotonicMs();
    if (this.link === "lost") return { outcome: "not-sent", reason: "not-connected", detail: "plc is not connected" };
    if (atMs > notAfterMs) return { outcome: "not-sent", reason: "expired", detail: "too late" };
    if (withdrawn?.aborted) return { outcome: "not-sent", reason: "withdrawn", detail: "taken back" };
    this.writes.push({ tag: tag.name, value, lane, atMs });
    const special = this.answer?.(tag, value);
    if (special !== undefined) return special;
    this.onWrite(tag.name, value);
    return { outcome: "written", sentAtMs: atMs };
  }
}
