import { type Acceptable, acceptableIn, type Moment } from "../../core/acceptance/moment.ts";
import type { ControlSheet } from "../../core/acceptance/sheet.ts";
import { actsOtherwise, type ControlChange, type OwnAct } from "../../core/acceptance/widening.ts";
import type { AcceptanceStore, AcceptedControl } from "../../core/acceptance-port.ts";
import { localAccount } from "../../core/access/local-account.ts";
import { allows, allowsOn, type Caller, matches, rolePermits } from "../../core/access/policy.ts";
import { factorIsFresh } from "../../core/access/second-factor.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Equipment, Plant, Tag } from "../../core/plant.ts";
import type { UserRecord } from "../../core/records-port.ts";
import { auditEntry } from "../audit.ts";
import type { AcceptanceStanding } from "../control/circumstances.ts";
import { settleAtStart } from "./at-start.ts";
import { acceptedSheet, diffOf, type MachineControl, machineControl } from "./machine-control.ts";
import { type Proposal, Proposals } from "./proposals.ts";

/** A machine with changes that widen control and wait. */
export interface WaitingMachine {
  readonly equipment: Equipment;
  /** Of the control as configured now. */
  readonly digest: string;
  readonly changes: readonly ControlChange[];
  readonly whole: boolean;
  readonly targets: readonly string[];
  /** What holds now; undefined: nothing, the machine is new. */
  readonly accepted: AcceptedControl | undefined;
  /** Who has looked at exactly this and wants it. */
  readonly confirmedBy: { readonly userId: string; readonly name: string } | undefined;
  readonly now: Acceptable;
}

/** Changes that wait, for whoever shows or accepts them. */
export interface ControlChanges {
  /** Those of the machines that the caller may see. @throws PlanciaError auth/forbidden. */
  list(caller: Caller): readonly WaitingMachine[];
  /** The first of the two who are needed from afar. @throws PlanciaError request/not-found, request/conflict, auth/forbidden. */
  confirm(caller: Caller, equipment: string, digest: string): Promise<void>;
  /** The second. @throws PlanciaError as `confirm`, config/second-person, site/not-now. */
  accept(caller: Caller, equipment: string, digest: string): Promise<void>;
  /** By whoever may write the data folder. @throws PlanciaError request/not-found, request/conflict, site/not-now. */
  acceptOnBox(equipment: string, digest: string): Promise<Acceptable>;
  /** Changes of this machine were confirmed or accepted. Returns what ends it. */
  onChange(listener: (equipment: string) => void): () => void;
  /** One machine's control beside what was accepted; undefined: there is no such machine. */
  control(equipment: string): MachineControl | undefined;
}

export interface AcceptanceSettings {
  readonly plant: Plant;
  readonly sheets: ReadonlyMap<string, ControlSheet>;
  readonly store: AcceptanceStore;
  readonly audit: AuditWriter;
  readonly clock: Clock;
  readonly log: Log;
  readonly moment: (equipment: Equipment) => Moment;
  /** Today's role and machines of somebody; undefined: he is disabled, or gone. */
  readonly person?: (userId: string) => Pick<UserRecord, "role" | "equipment"> | undefined;
  /** Calls the listener when anybody's rights may have changed. */
  readonly onRights?: (listener: () => void) => () => void;
}

/** R9: what of the configuration was accepted, and what waits to be. Until it is loaded everything waits. */
export class AcceptanceDesk implements AcceptanceStanding, ControlChanges {
  readonly #settings: AcceptanceSettings;
  readonly #proposals: Proposals;
  readonly #listeners = new Set<(equipment: string) => void>();
  #machines: ReadonlyMap<string, MachineControl> = new Map();

  constructor(settings: AcceptanceSettings) {
    this.#settings = settings;
    this.#proposals = new Proposals(settings.clock);
    settings.onRights?.(() => this.#dropLapsed());
  }

  /** At start of a gateway. @throws PlanciaError store/unavailable. */
  async start(): Promise<void> {
    this.#machines = await settleAtStart(this.#settings);
  }

  /**
   * For a look, where no gateway runs: settles nothing. False: nothing was ever accepted, so the first
   * start takes the configuration as it stands. @throws PlanciaError store/unavailable.
   */
  async look(): Promise<boolean> {
    const records = new Map((await this.#settings.store.listAccepted()).map((each) => [each.equipment, each]));
    this.#machines = new Map(
      [...this.#settings.sheets].map(([id, sheet]) => [id, machineControl(sheet, records.get(id))]),
    );
    return records.size > 0;
  }

  waits(equipment: string, target: string): boolean {
    const control = this.#machines.get(equipment);
    if (!control) return true;
    const { whole, targets } = control.waiting;
    return whole || (target === equipment ? targets.size > 0 : targets.has(target));
  }

  actsOtherwise(equipment: string, act: OwnAct): boolean {
    const control = this.#machines.get(equipment);
    return !control || actsOtherwise(control.changes, act);
  }

  placeWaits({ equipment, name, device }: Pick<Tag, "equipment" | "name" | "device">): boolean {
    const control = this.#machines.get(equipment);
    if (!control) return true;
    const moved = control.changes.some((each) => each.widens && each.target === device);
    return moved || control.waiting.targets.has(name);
  }

  lossWaits(equipment: string): boolean {
    const control = this.#machines.get(equipment);
    return !control || control.changes.some((each) => each.widens && (each.key === "loss" || each.key === "machine"));
  }

  onChange(listener: (equipment: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  control(equipment: string): MachineControl | undefined {
    return this.#machines.get(equipment);
  }

  list(caller: Caller): readonly WaitingMachine[] {
    if (!allows(caller, "system:view")) throw new PlanciaError("auth/forbidden", "Not in your role");
    return this.#settings.plant.equipment.flatMap((equipment) => {
      const control = this.#machines.get(equipment.id);
      return control && isWaiting(control) && this.#sees(caller, equipment.id)
        ? [this.#waiting(equipment, control)]
        : [];
    });
  }

  async confirm(caller: Caller, id: string, digest: string): Promise<void> {
    const control = this.#asked(caller, id, digest);
    this.#assertSecondFactor(caller, control);
    await this.#record(caller, "config.confirmed", control, {});
    this.#proposals.put(id, { digest, userId: caller.userId, name: caller.name });
    this.#tell(id);
  }

  async accept(caller: Caller, id: string, digest: string): Promise<void> {
    const control = this.#asked(caller, id, digest);
    this.#assertSecondFactor(caller, control);
    const proposal = this.#proposal(id, digest);
    if (proposal === undefined || proposal.userId === caller.userId) {
      const detail = "From afar it takes two: another administrator looks at exactly this and confirms it first";
      throw new PlanciaError("config/second-person", detail);
    }
    const assertStill = (): void => {
      if (!this.#mayStill(proposal, id))
        throw new PlanciaError("config/second-person", "Who confirmed it may not any more");
    };
    await this.#accept(
      caller,
      control,
      `${proposal.name}, ${caller.name}`,
      { confirmedBy: proposal.name },
      assertStill,
    );
  }

  async acceptOnBox(id: string, digest: string): Promise<Acceptable> {
    const control = this.#asked(localAccount, id, digest);
    return this.#accept(localAccount, control, localAccount.name, {});
  }

  /** Exactly what was shown, and it still waits. */
  #asked(caller: Caller, id: string, digest: string): MachineControl {
    if (!allows(caller, "config:accept")) throw new PlanciaError("auth/forbidden", "Not in your role");
    const control = this.#machines.get(id);
    if (!control || !this.#sees(caller, id)) throw new PlanciaError("request/not-found", `there is no machine ${id}`);
    if (!isWaiting(control)) throw new PlanciaError("request/conflict", `nothing of ${id} waits to be accepted`);
    if (control.digest !== digest)
      throw new PlanciaError("request/conflict", `${id} is configured otherwise by now; look at it again`);
    return control;
  }

  async #accept(
    caller: Caller,
    control: MachineControl,
    who: string,
    more: object,
    assertStill: () => void = () => undefined,
  ): Promise<Acceptable> {
    const { plant, store, clock } = this.#settings;
    const id = control.now.equipment;
    const equipment = plant.equipment.find((each) => each.id === id);
    if (!equipment) throw new PlanciaError("request/not-found", `there is no machine ${id}`);
    const acceptable = this.#assertMoment(equipment);
    await this.#record(caller, "config.accepted", control, { ...more, moment: acceptable.say?.en });
    try {
      this.#assertMoment(equipment);
      assertStill();
    } catch (error) {
      // It began to run, or a right went, while that was recorded.
      const why = error instanceof PlanciaError ? error.code : "internal";
      await this.#record(caller, "config.accepted-failed", control, more, why);
      throw error;
    }
    const accepted: AcceptedControl = {
      ...{ equipment: id, sheet: control.text, digest: control.digest },
      ...{ acceptedAt: clock.wallMs(), acceptedBy: who, address: caller.address, narrowedAt: undefined },
    };
    await store.putAccepted([accepted]);
    this.#machines = new Map([...this.#machines, [id, machineControl(control.now, accepted)]]);
    this.#proposals.drop(id);
    this.#tell(id);
    return acceptable;
  }

  #proposal(equipment: string, digest: string): Proposal | undefined {
    const proposal = this.#proposals.find(equipment, digest);
    return proposal && this.#mayStill(proposal, equipment) ? proposal : undefined;
  }

  /** A confirmation is only as good as the right of whoever gave it. */
  #mayStill({ userId }: Proposal, equipment: string): boolean {
    const { person } = this.#settings;
    if (!person) return true;
    const today = person(userId);
    if (!today || !rolePermits(today.role, "config:accept")) return false;
    return today.equipment.some((pattern) => matches(pattern, equipment));
  }

  /** For good: a right that comes back brings no confirmation back. */
  #dropLapsed(): void {
    for (const [equipment, proposal] of this.#proposals.all()) {
      if (this.#mayStill(proposal, equipment)) continue;
      this.#proposals.drop(equipment);
      const { audit, clock } = this.#settings;
      const action = "config.confirmation-lapsed";
      const detail = { digest: proposal.digest };
      const said = { at: clock.wallMs(), class: "administration", action, who: proposal.name, detail } as const;
      audit.note(auditEntry({ ...said, equipment, target: equipment, result: "done" }));
      this.#tell(equipment);
    }
  }

  #assertMoment(equipment: Equipment): Acceptable {
    const acceptable = acceptableIn(this.#settings.moment(equipment));
    if (!acceptable.allowed) throw new PlanciaError("site/not-now", acceptable.say?.en ?? "not now");
    return acceptable;
  }

  #tell(equipment: string): void {
    for (const listener of this.#listeners) listener(equipment);
  }

  /** On the record before it is done. @throws PlanciaError store/unavailable. */
  async #record(caller: Caller, action: string, control: MachineControl, more: object, result = "done"): Promise<void> {
    const { audit, clock } = this.#settings;
    const { digest, changes, accepted, now } = control;
    const detail = {
      ...more,
      digest,
      digestBefore: accepted?.digest,
      changes: diffOf(changes.filter((each) => each.widens)),
    };
    await audit.append(
      auditEntry({
        ...{ at: clock.wallMs(), class: "administration", action, who: caller.name, address: caller.address, detail },
        ...{ equipment: now.equipment, target: now.equipment, result },
      }),
    );
  }

  /** Asked for by what held until now or by what is to hold: dropping it must not need less than keeping it. */
  #assertSecondFactor(caller: Caller, { now, accepted }: MachineControl): void {
    const sheets = [now, accepted && acceptedSheet(accepted)];
    const needed = sheets.some((sheet) => sheet?.machine.secondFactor === "required");
    if (!needed || factorIsFresh(caller, this.#settings.clock.monotonicMs())) return;
    if (caller.secondFactor)
      throw new PlanciaError("auth/step-up-required", "Give the second factor again, then repeat");
    throw new PlanciaError("auth/forbidden", "It takes a second factor, which this sign-in has not passed");
  }

  #sees(caller: Caller, equipment: string): boolean {
    return allowsOn(caller, "equipment:view", equipment, this.#settings.clock.wallMs());
  }

  #waiting(equipment: Equipment, control: MachineControl): WaitingMachine {
    const { digest, changes, waiting, accepted } = control;
    return {
      ...{ equipment, digest, accepted, whole: waiting.whole, targets: [...waiting.targets].sort() },
      changes: changes.filter((each) => each.widens),
      confirmedBy: this.#proposal(equipment.id, digest),
      now: acceptableIn(this.#settings.moment(equipment)),
    };
  }
}

function isWaiting({ waiting }: MachineControl): boolean {
  return waiting.whole || waiting.targets.size > 0;
}
