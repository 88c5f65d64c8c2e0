import { allows, allowsOn, type Caller } from "../../core/access/policy.ts";
import type { Cause } from "../../core/control/command.ts";
import { askingAt } from "../../core/control/lease.ts";
import type { DeviceLocks } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { HandOverNote, HandOverStore, OnCallEntry } from "../../core/hand-over-port.ts";
import type { Equipment } from "../../core/plant.ts";
import type { CommandStore } from "../../core/records-port.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import type { Devices } from "../use-cases.ts";
import type { AliveAnswer, Control, ControlNews, ControlState, NotePage, RequestAnswer } from "./control.ts";
import type { FieldAccess } from "./desk.ts";
import { DeviceLockKeeper } from "./device-lock-keeper.ts";
import { HandOverNotes } from "./hand-over.ts";
import { Heartbeats } from "./heartbeats.ts";
import { noteLeases, refusedEntry } from "./lease-audit.ts";
import { watchEndings } from "./lease-endings.ts";
import type { LeaseParts } from "./lease-parts.ts";
import { LeaseTakes } from "./lease-takes.ts";
import { type LeaseNews, Leases } from "./leases.ts";
import { LossWatch, type SystemActions } from "./loss-of-control.ts";
import { OnCall } from "./on-call.ts";
import { Presence } from "./presence.ts";
import { Vigils } from "./vigils.ts";

export interface ControlParts extends LeaseParts {
  readonly devices: Pick<Devices, "status">;
  readonly field: Pick<FieldAccess, "write">;
  readonly locks: DeviceLocks;
  readonly commands: Pick<CommandStore, "list">;
  readonly handOver: HandOverStore;
}

/** The same refusal of the same person is noted once in this time, ms. */
const refusalEveryMs = 60_000;

/** Who has control: everything of R40, R41, R43, R44 and, once `watchLoss` was called, R15. */
export class ControlDesk implements Control {
  /** What the pipeline asks. */
  readonly leases: Leases;
  readonly #parts: ControlParts;
  readonly #equipment: ReadonlyMap<string, Equipment>;
  readonly #presence = new Presence();
  readonly #takes: LeaseTakes;
  readonly #locks: DeviceLockKeeper;
  readonly #onCall: OnCall;
  readonly #vigils: Vigils;
  readonly #notes: HandOverNotes;
  readonly #heartbeats: Heartbeats;
  readonly #refusals = new RecentTable<true>(1_000, refusalEveryMs);
  readonly #endings: ReturnType<typeof watchEndings>;
  readonly #stop: (() => void)[];
  #loss: LossWatch | undefined;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#equipment = new Map(parts.plant.equipment.map((each) => [each.id, each]));
    this.leases = new Leases(parts, this.#presence);
    this.#locks = new DeviceLockKeeper(parts, parts.locks, this.leases);
    this.#takes = new LeaseTakes(parts, this.leases, this.#presence, this.#locks);
    this.#onCall = new OnCall(parts, parts.handOver);
    this.#vigils = new Vigils(parts, this.leases, this.#onCall);
    this.#notes = new HandOverNotes({ ...parts, notes: parts.handOver }, this.leases);
    this.#heartbeats = new Heartbeats(parts, parts.field, this.leases);
    this.#endings = watchEndings(parts, this.leases);
    this.#stop = [noteLeases(parts, this.leases), this.#endings.end];
  }

  /** R15, as soon as there is a command desk that can act. */
  watchLoss(actions: SystemActions): void {
    this.#loss ??= new LossWatch(this.#parts, this.leases, this.#onCall, actions);
  }

  /** At start: what on-call was told before. @throws PlanciaError store/unavailable. */
  load(): Promise<void> {
    return this.#onCall.load();
  }

  view(caller: Caller, equipment: Equipment): ControlState {
    const { clock } = this.#parts;
    const { id, onLossOfControl: loss } = equipment;
    // At the edge of a slot nobody is told of the guest before, and no right is waited for.
    this.#endings.look(equipment);
    const holding = this.leases.holder(id);
    const asking = askingAt(this.leases.lease(id), clock.monotonicMs());
    const mine = holding?.party.caller.signInId === caller.signInId;
    const runsAt = this.#wall(this.#loss?.runsAtMs(id));
    return {
      holder: holding?.party.caller.name,
      mine,
      since: this.#wall(holding?.sinceMs),
      visible: holding?.visible,
      phone: holding?.party.phone,
      request: asking && {
        user: asking.party.caller.name,
        mine: asking.party.caller.signInId === caller.signInId,
        answerBefore: this.#wall(asking.untilMs) ?? 0,
      },
      take: mine ? { allowed: false, causes: [alreadyYours] } : this.#permitted(caller, equipment),
      force: !mine && this.#mayForce(caller, equipment),
      loss: loss && { policy: loss.policy, graceMs: loss.graceMs, ...(runsAt === undefined ? {} : { runsAt }) },
      areYouThere: this.#wall(this.#vigils.askedUntilMs(id)),
      deviceLock: this.#locks.state(equipment),
    };
  }

  async take(caller: Caller, id: string, { phone }: { phone: boolean }): Promise<readonly Cause[]> {
    const equipment = this.#visible(caller, id, "control:take");
    return this.#noted(caller, id, "take", await this.#takes.take(caller, equipment, phone));
  }

  async force(caller: Caller, id: string, input: { phone: boolean; reason: string }): Promise<readonly Cause[]> {
    const equipment = this.#visible(caller, id, "control:force");
    const causes = await this.#takes.force(caller, equipment, input.phone, input.reason);
    return this.#noted(caller, id, "force", causes);
  }

  release(caller: Caller, id: string): readonly Cause[] {
    return this.#takes.release(caller, this.#visible(caller, id, "control:take"));
  }

  request(caller: Caller, id: string, { phone }: { phone: boolean }): readonly Cause[] {
    const equipment = this.#visible(caller, id, "control:take");
    return this.#noted(caller, id, "request", this.#takes.request(caller, equipment, phone));
  }

  withdraw(caller: Caller, id: string): readonly Cause[] {
    return this.#takes.withdraw(caller, this.#visible(caller, id, "control:take"));
  }

  async answer(caller: Caller, id: string, answer: RequestAnswer): Promise<readonly Cause[]> {
    const equipment = this.#visible(caller, id, "control:take");
    return this.#noted(caller, id, "hand over", await this.#takes.answer(caller, equipment, answer));
  }

  open(caller: Caller, userAgent: string, prompt: (equipment: string, n: number) => void): () => void {
    return this.#presence.open(caller, userAgent, prompt);
  }

  alive(caller: Caller, answer: AliveAnswer): void {
    this.leases.alive(caller, answer);
  }

  acted(caller: Caller): void {
    this.leases.acted(caller.signInId);
  }

  async notes(caller: Caller, id: string, page: NotePage) {
    this.#visible(caller, id, "equipment:view");
    return this.#notes.list(caller, id, page);
  }

  async writeNote(caller: Caller, id: string, text: string): Promise<HandOverNote> {
    const equipment = this.#visible(caller, id, "control:take");
    if (this.leases.standing(caller, id).holder !== "self") {
      throw new PlanciaError("request/conflict", "Only whoever has control writes a note of hand-over.");
    }
    return this.#notes.write(caller, equipment, text);
  }

  calls(caller: Caller): readonly OnCallEntry[] {
    return this.#onCall.list(caller);
  }

  acknowledgeCall(caller: Caller, id: string): Promise<OnCallEntry> {
    return this.#onCall.acknowledge(caller, id);
  }

  maySee(caller: Caller, equipment: string, at?: number): boolean {
    const now = this.#parts.rights.nowMs();
    return [now, at ?? now].every((each) => allowsOn(caller, "equipment:view", equipment, each));
  }

  mayAnswerCalls(caller: Caller, equipment: string): boolean {
    return this.#onCall.mayAnswer(caller, equipment);
  }

  onNews(listener: (news: ControlNews) => void): () => void {
    return this.leases.onNews((news) => listener(toldNews(news, this.#parts.rights.nowMs())));
  }

  onCall(listener: (entry: OnCallEntry) => void): () => void {
    return this.#onCall.onEntry(listener);
  }

  onChanged(listener: (equipment: string) => void): () => void {
    return this.#vigils.onChange(listener);
  }

  /** Nobody has control after it; what a loss policy has begun is waited for. */
  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    this.#heartbeats.close();
    this.#vigils.close();
    await this.#loss?.close();
    await this.#locks.close();
    await this.#notes.close();
    await this.#onCall.close();
    this.leases.close();
  }

  /** @throws PlanciaError request/not-found where he may not see it, auth/forbidden where his role never may. */
  #visible(caller: Caller, id: string, permission: "control:take" | "control:force" | "equipment:view"): Equipment {
    const equipment = this.#equipment.get(id);
    if (!equipment || !this.maySee(caller, id)) throw new PlanciaError("request/not-found", `no equipment ${id}`);
    if (!allows(caller, permission)) throw new PlanciaError("auth/forbidden", "not in your role");
    this.#endings.look(equipment);
    return equipment;
  }

  #permitted(caller: Caller, equipment: Equipment): ControlState["take"] {
    const causes = this.#takes.causes(caller, equipment, false, "nobody");
    return { allowed: causes.length === 0, causes };
  }

  #mayForce(caller: Caller, equipment: Equipment): boolean {
    const may = allowsOn(caller, "control:force", equipment.id, this.#parts.rights.nowMs());
    return may && this.#takes.causes(caller, equipment, false, "anybody").length === 0;
  }

  #wall(monotonicMs: number | undefined): number | undefined {
    const { clock } = this.#parts;
    return monotonicMs === undefined ? undefined : clock.wallMs() + (monotonicMs - clock.monotonicMs());
  }

  /** Refusals are in the audit too, yet somebody who tries again and again does not fill it. */
  #noted(caller: Caller, equipment: string, wanted: string, causes: readonly Cause[]): readonly Cause[] {
    const { audit, clock } = this.#parts;
    const key = [caller.userId, equipment, wanted, ...causes.map((each) => each.cause)].join("\n");
    if (causes.length === 0 || this.#refusals.get(key, clock.monotonicMs())) return causes;
    this.#refusals.set(key, true, clock.monotonicMs());
    audit.note(refusedEntry({ clock }, caller, equipment, wanted, causes));
    return causes;
  }
}

const alreadyYours: Cause = { cause: "already-so", text: { en: "You have control", it: "Hai già il comando" } };

function toldNews({ equipment, change, to, by, asker, reason, why }: LeaseNews, at: number): ControlNews {
  const whoAsked = change === "requested" || change === "withdrawn" ? asker?.caller.name : undefined;
  return { equipment, at, change, holder: to?.caller.name, by: whoAsked ?? by?.name, reason: reason ?? why };
}
