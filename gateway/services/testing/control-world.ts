import { type CommandRecord, isFinal } from "../../core/control/command.ts";
import type { Plant } from "../../core/plant.ts";
import { BatchBuilder } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { LeaseNews } from "../control/leases.ts";
import { OpenCircumstances } from "./circumstances.ts";
import { ControlOracle } from "./control-oracle.ts";
import { modelPlant, people, modelTags as tags } from "./model-press.ts";
import { oneGateway } from "./one-gateway.ts";
import { type Disk, FrailRecords } from "./one-life.ts";
import { Controller, SlowLine } from "./slow-line.ts";

type Gateway = ReturnType<ControlWorld["assemble"]>;

/** A press, its people and their gateways, one after the other; all in memory, on a clock that a test moves. */
export class ControlWorld {
  readonly time = new ManualTime();
  readonly oracle: ControlOracle;
  readonly controller = new Controller();
  readonly records = new FrailRecords();
  readonly site = new OpenCircumstances();
  readonly #plant: Plant;
  gateway: Gateway;
  /** Sign-ins whose rights have been taken away. */
  readonly #ended = new Set<string>();
  readonly #rights = new Set<() => void>();
  /** Ends that were told, by command. */
  readonly #told = new Map<string, CommandRecord>();
  #seenMs = 0;
  /** The disk failed in this gateway's life, so that a result may not have been kept. */
  #troubled = false;

  constructor(lease: "required" | "off") {
    this.#plant = modelPlant(lease);
    this.oracle = new ControlOracle(this.time, lease);
    const values = { speed: 0, key: true, running: false, stop_request: false, recipe: 0, batch: 0 };
    const contacts = { guard: true, fed: true, zone: true, loaded: false };
    for (const [id, value] of Object.entries({ ...values, ...contacts })) {
      this.controller.values.set(`press/${id}`, value);
    }
    this.controller.onWrite = (tag, value) => this.#follow(tag, value === true);
    this.gateway = this.assemble();
    this.poll();
  }

  /** @param how `kill`: as kill -9, with whatever was under way; `close`: as on SIGTERM. */
  async restart(how: "kill" | "close"): Promise<void> {
    if (how === "close") {
      // A store that hangs is not waited for.
      void this.gateway.commands.close();
      await this.time.advance(100);
    }
    this.gateway.kill();
    this.oracle.restarted();
    this.gateway = this.assemble();
    await this.gateway.commands.closeOpen();
    this.#compareTold();
    this.#troubled = this.records.disk !== "works";
    this.poll();
  }

  /** Moves time on in small turns, with a poll in each. */
  async pass(ms: number): Promise<void> {
    const step = ms > 2000 ? 250 : 50;
    for (let left = ms; left > 0; left -= step) {
      this.poll();
      await this.time.advance(Math.min(step, left));
    }
    this.poll();
  }

  /** The gateway sees the machine as it is; of one that it cannot reach it knows nothing soon. */
  poll(): void {
    const now = this.time.monotonicMs();
    const { connected, values } = this.controller;
    if (connected) this.#seenMs = now;
    else if (now - this.#seenMs < 600) return;
    const { image } = this.gateway;
    const batch = new BatchBuilder();
    for (const { handle, name } of tags) {
      if (connected) image.confirm(handle);
      const status = connected ? Status.Good : Status.Bad_Timeout;
      batch.push(handle, connected ? (values.get(name) ?? null) : null, status, this.time.wallMs());
    }
    this.#tellOracle(connected);
    image.apply(batch.build(this.time.wallMs()));
  }

  /** Every end that was told. */
  get ends(): Iterable<CommandRecord> {
    return this.#told.values();
  }

  hasEnded(id: string | undefined): boolean {
    return id !== undefined && this.#told.has(id);
  }

  fail(disk: Disk, auditDisk: Disk, takesMs: number): void {
    Object.assign(this.records, { disk, auditDisk, takesMs });
    this.#troubled ||= disk !== "works";
  }

  /** What a person at the machine does. */
  set(id: string, value: boolean): void {
    this.controller.values.set(`press/${id}`, value);
    if (id === "zone") this.oracle.told("zone", value);
    this.poll();
  }

  cut(): void {
    this.oracle.setLine("cut");
    this.gateway.line.cut();
  }

  mend(): void {
    this.oracle.setLine("connected");
    this.controller.connected = true;
    this.poll();
  }

  /** R18, R21: at the site. */
  setSite(state: "open" | "locked" | "island"): void {
    const lock = { id: "1", equipment: "press", person: "Verdi", reason: undefined, since: 0 };
    this.site.lockedOut = state === "locked" ? [lock] : [];
    this.site.cut = state === "island";
    this.oracle.told("no lock", state !== "locked");
    this.oracle.told("no island", state !== "island");
    if (state !== "open") this.#takenAway();
    this.site.changed();
  }

  /** Nothing stands in anybody's way. */
  restore(): void {
    this.fail("works", "works", 0);
    Object.assign(this.controller, { fate: "done", answersInMs: 0 });
    this.mend();
    this.setSite("open");
    for (const { signInId } of Object.values(people)) this.setRights(signInId, "given");
    for (const id of ["key", "guard", "fed", "zone"]) this.set(id, true);
    this.set("running", false);
  }

  setRights(signIn: string, rights: "given" | "ended"): void {
    if (rights === "ended") this.#ended.add(signIn);
    else this.#ended.delete(signIn);
    this.oracle.told(`may ${signIn}`, rights === "given");
    if (rights === "ended" && this.oracle.holder() === signIn) this.oracle.control(undefined);
    for (const listener of this.#rights) listener();
  }

  assemble() {
    const { time, records, site } = this;
    const line = this.#line();
    const gateway = oneGateway(
      {
        plant: this.#plant,
        time,
        records,
        site,
        link: () => (this.controller.connected ? "connected" : "lost"),
        today: (caller) => (this.#ended.has(caller.signInId) ? undefined : caller),
        onRights: (listener) => {
          this.#rights.add(listener);
          return () => void this.#rights.delete(listener);
        },
      },
      line,
    );
    gateway.commands.onEvent((record) => {
      if (!gateway.isOver()) this.#hear(record);
    });
    gateway.control.leases.onNews((news) => {
      if (!gateway.isOver()) this.#heard(news);
    });
    return { ...gateway, line };
  }

  /** What did not hold until now. */
  judge(): readonly string[] {
    const { oracle, gateway } = this;
    const { leases } = gateway.control;
    const self = Object.values(people).filter((caller) => leases.standing(caller, "press").holder === "self");
    if (self.length > 1) oracle.broken.push(`${self.length} sign-ins have control`);
    for (const { signInId } of self)
      if (signInId !== oracle.holder()) oracle.broken.push(`${signInId} has control and should not`);
    if (oracle.isStopDue()) oracle.broken.push("no stop request behind the write that was in flight");
    return oracle.broken;
  }

  #line(): SlowLine {
    const { controller, time, oracle } = this;
    return new SlowLine(controller, time, {
      asked: (leaving) => oracle.asked(leaving),
      left: (leaving) => oracle.left(leaving, (value) => this.#isIntended(value)),
      ended: (leaving) => oracle.ended(leaving),
    });
  }

  /** Losing control is always right; who gets it must be somebody who may, from somebody who let go. */
  #heard({ change, to, by }: LeaseNews): void {
    const { oracle } = this;
    const holder = oracle.holder();
    const right =
      to === undefined ||
      !["taken", "forced", "handed-over"].includes(change) ||
      (change === "taken" && holder === undefined) ||
      (change === "forced" && by?.role === "supervisor") ||
      (change === "handed-over" && by?.signInId === holder);
    if (!right) oracle.broken.push(`${change} to ${to?.caller.signInId} although ${holder ?? "nobody"} has control`);
    oracle.control(to?.caller.signInId);
  }

  #hear(record: CommandRecord): void {
    const { oracle } = this;
    const before = this.#told.get(record.id);
    if (before && before.state !== record.state)
      oracle.broken.push(`${record.target} was ${before.state} and is ${record.state}`);
    if (!isFinal(record.state)) return;
    if (!before && record.kind === "stop") oracle.stopEnded();
    this.#told.set(record.id, record);
  }

  /** R1 over a restart. A stop request is recorded beside its course (R10), so its end may have been lost. */
  #compareTold(): void {
    for (const [id, { state, kind, target }] of this.#told) {
      const kept = this.records.durable(id);
      if (kept && kept.state !== state && kind !== "stop" && !this.#troubled)
        this.oracle.broken.push(`${target} was ${state} and is ${kept.state} after the restart`);
      if (kept) this.#told.set(id, kept);
    }
  }

  #tellOracle(readable: boolean): void {
    const isOn = (id: string): boolean => this.controller.values.get(`press/${id}`) === true;
    const { oracle } = this;
    oracle.told("key", readable && isOn("key"));
    for (const id of ["guard", "fed"]) oracle.told(id, readable && isOn(id));
    oracle.told("Stopped", readable && !isOn("running"));
    if (readable && !isOn("key")) this.#takenAway();
  }

  #takenAway(): void {
    this.oracle.control(undefined);
    this.oracle.die(() => true);
  }

  #isIntended(value: Value): boolean {
    const recorded = [...this.records.commands.records.values()].some(
      (each) => each.value === value && each.state === "SENT",
    );
    return (
      recorded &&
      this.records.audit.some((each) => each.action === "command.intent" && each.detail?.["wanted"] === value)
    );
  }

  /** What the machine does when something arrives. */
  #follow(tag: string, on: boolean): void {
    const { values } = this.controller;
    if (tag === "press/stop_request" && on) values.set("press/running", false);
    if (tag !== "press/batch") return;
    values.set("press/loaded", true);
    this.time.after(1500, () => void values.set("press/loaded", false));
  }
}
