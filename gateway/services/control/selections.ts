import type { Caller } from "../../core/access/policy.ts";
import { refusals, selectChecks } from "../../core/control/checks/checks.ts";
import { told } from "../../core/control/event-words.ts";
import type { CommandFacts } from "../../core/control/facts.ts";
import { isSelected, type Order, wantedOf } from "../../core/control/order.ts";
import { unawaited } from "../../kit/guarded-timers.ts";
import type { CommandInput } from "../use-cases.ts";
import type { Withdrawal } from "./activity.ts";
import type { Desk } from "./desk.ts";
import { approvalExpired, auditFailed, cancelled, type Ending, expired, refused, withdrawnBy } from "./endings.ts";
import { commandEntry } from "./evidence.ts";
import { gatherFacts, slotLeft } from "./gather.ts";
import { ticketLifeMs } from "./tickets.ts";

/** R6: from the select, or from the last approval, to the operate. */
export const operateWithinMs = 30_000;
/** R42: so long somebody may approve. */
export const approveWithinMs = 120_000;
/** Selections of one person at a time; a select holds objects that others may want. */
export const mostSelections = 5;

/** What was selected, and waits to be operated by the same sign-in. */
export interface Selection {
  readonly id: string;
  readonly caller: Caller;
  readonly order: Order;
  readonly input: CommandInput;
  readonly signal: AbortSignal;
  /** It was made with a socket open, and dies with the sign-in's last one (R6). */
  readonly bound: boolean;
  approval: CommandFacts["approval"];
  /** Who approved it (R42). */
  approver: Caller | undefined;
  /** It is over for good, operated or not: nothing is to be taken back any more. */
  end(): void;
}

interface Held extends Selection {
  cancelTimer: () => void;
}

/** While it is being recorded the same things end it as later. */
interface Coming extends Pick<Selection, "caller" | "order" | "bound"> {
  over: Withdrawal | undefined;
}

const replaced = told("replaced");
const handedOver = told("control-changed");
const chainNotReady = told("chain-not-ready");
const connectionGone = told("connection-gone");

/** What a guest has selected holds nothing in the slot of the next, and does not name him there. */
const slotOver = told("booking-over");

/** Everything that is SELECTED or PENDING_APPROVAL: what it holds, and what ends it. */
export class Selections {
  readonly #desk: Desk;
  readonly #finish: (id: string, ending: Ending) => Promise<void>;
  readonly #held = new Map<string, Held>();
  readonly #coming = new Set<Coming>();

  /** @param finish records and tells how a command ended. */
  constructor(desk: Desk, finish: (id: string, ending: Ending) => Promise<void>) {
    this.#desk = desk;
    this.#finish = finish;
    const { leases, site } = desk.circumstances;
    leases.onChange((equipment, unlessOf) =>
      this.#endAll(handedOver, (each) => each.order.equipment.id === equipment && each.caller.signInId !== unlessOf),
    );
    leases.onDisconnected((signInId) =>
      this.#endAll(connectionGone, (each) => each.bound && each.caller.signInId === signInId),
    );
    site.onChange((equipment) => this.#siteChanged(equipment));
  }

  get(id: string): Selection | undefined {
    return this.#held.get(id);
  }

  /** Those of one machine, oldest first. */
  of(equipment: string): readonly Selection[] {
    return [...this.#held.values()].filter((each) => each.order.equipment.id === equipment);
  }

  /** Checks, reserves and records; the record is SELECTED or PENDING_APPROVAL after it, or final. */
  async select(id: string, caller: Caller, order: Order, input: CommandInput): Promise<void> {
    const ending = await this.#tried(id, caller, order, input);
    if (!ending) return;
    this.#desk.activity.release(id);
    await this.#finish(id, ending);
  }

  /** A fault of ours must not leave something SELECTED, and what it would move taken, for ever. */
  async #tried(id: string, caller: Caller, order: Order, input: CommandInput): Promise<Ending | undefined> {
    try {
      return this.#reserve(id, caller, order, input.ticket) ?? (await this.#hold(id, caller, order, input));
    } catch (error) {
      this.#desk.log.error({ err: error, command: id }, "a selection failed");
      return cancelled(told("gateway-failed"));
    }
  }

  /** For the operate: the selection is over, and what it holds passes to the command. */
  take(id: string): Selection | undefined {
    const held = this.#held.get(id);
    if (!held) return undefined;
    this.#forget(held);
    return held;
  }

  /** R42: approving does not send; from here the time to operate runs. */
  approve(id: string, approver: Caller): number | undefined {
    const held = this.#held.get(id);
    if (held?.approval !== "missing") return undefined;
    held.approval = "given";
    held.approver = approver;
    this.#limit(held, operateWithinMs, expired("not-operated"));
    return this.#desk.clock.wallMs() + operateWithinMs;
  }

  /** Ends one as cancelled. */
  async cancel(id: string, why: Withdrawal): Promise<void> {
    const held = this.#held.get(id);
    if (held) await this.#end(held, cancelled(why));
  }

  /** What is selected when the gateway ends is cancelled, never carried out. */
  async close(): Promise<void> {
    const ending = cancelled(told("gateway-stops"));
    await Promise.all([...this.#held.values()].map((each) => this.#end(each, ending)));
  }

  /** Synchronous, so that of two who select at the same moment one is first. */
  #reserve(id: string, caller: Caller, order: Order, ticket: string | undefined): Ending | undefined {
    const desk = this.#desk;
    const issuedAt = desk.tickets.issuedAt(ticket);
    if (issuedAt === undefined) return expired("no-ticket");
    if (desk.clock.monotonicMs() > issuedAt + ticketLifeMs) return expired("too-old");
    this.#replaceOwn(caller, order);
    // Those that are just being recorded too, or a crowd of them would come in beside each other.
    const all = [...this.#held.values(), ...this.#coming];
    const mine = all.filter((each) => each.caller.userId === caller.userId);
    if (mine.length >= mostSelections) return tooMany;
    const causes = refusals(gatherFacts(desk, caller, order, { id }), selectChecks);
    if (causes.length > 0) return refused(causes);
    const { userId, name: userName } = caller;
    desk.activity.take(order, { commandId: id, userId, userName, selected: true });
    return undefined;
  }

  async #hold(id: string, caller: Caller, order: Order, input: CommandInput): Promise<Ending | undefined> {
    const desk = this.#desk;
    const { signal, end } = desk.activity.pending(order.equipment.id);
    const bound = desk.circumstances.leases.connected(caller.signInId);
    const coming: Coming = { caller, order, bound, over: undefined };
    this.#coming.add(coming);
    const ending = await this.#record(id, order);
    this.#coming.delete(coming);
    const over = ending ?? (signal.aborted ? withdrawnBy(signal) : coming.over && cancelled(coming.over));
    if (over) end();
    else this.#begin({ id, caller, order, input, bound, signal, end });
    return over;
  }

  async #record(id: string, order: Order): Promise<Ending | undefined> {
    const desk = this.#desk;
    const record = desk.book.get(id);
    if (!record) return auditFailed;
    try {
      // In one breath, so that they share a commit.
      const [{ existing }] = await Promise.all([
        desk.store.recordIntent({ ...record, value: wantedOf(order) }),
        desk.audit.append(commandEntry(desk, record, "command.selected")),
      ]);
      return existing && cancelled(told("key-used", { command: existing.id }));
    } catch (error) {
      desk.log.error({ err: error, command: id }, "a selection could not be recorded");
      return auditFailed;
    }
  }

  #begin(part: Omit<Held, "approval" | "approver" | "cancelTimer">): void {
    const desk = this.#desk;
    const { id, order, signal } = part;
    const held: Held = {
      ...part,
      approval: order.needsApproval ? "missing" : "not-needed",
      approver: undefined,
      cancelTimer: () => undefined,
    };
    this.#held.set(id, held);
    signal.addEventListener("abort", () => this.#endSoon(held, withdrawnBy(signal)), { once: true });
    const now = desk.clock.wallMs();
    const value = wantedOf(order);
    if (order.needsApproval) {
      this.#limit(held, approveWithinMs, approvalExpired(order.target));
      const change = { state: "PENDING_APPROVAL", value, approveBefore: now + approveWithinMs } as const;
      desk.book.update(id, change, { state: "PENDING_APPROVAL", ...told("approval-awaited") });
    } else {
      this.#limit(held, operateWithinMs, expired("not-operated"));
      const change = { state: "SELECTED", value, operateBefore: now + operateWithinMs } as const;
      desk.book.update(id, change, { state: "SELECTED", ...told("selected") });
    }
  }

  #limit(held: Held, afterMs: number, ending: Ending): void {
    const { timers, rights } = this.#desk;
    const leftMs = slotLeft(held.caller, held.order.equipment.id, rights.nowMs()) ?? Number.POSITIVE_INFINITY;
    const last = leftMs < afterMs ? cancelled(slotOver) : ending;
    held.cancelTimer();
    held.cancelTimer = timers.after(Math.min(afterMs, leftMs), () => this.#end(held, last));
  }

  /** A page that was loaded anew selects again: its older selection must not stand in its way. */
  #replaceOwn(caller: Caller, order: Order): void {
    for (const { commandId, userId, selected } of this.#desk.activity.occupants(order)) {
      const held = selected && userId === caller.userId ? this.#held.get(commandId) : undefined;
      if (held) this.#endSoon(held, cancelled(replaced));
    }
  }

  #siteChanged(equipment: string): void {
    const { site } = this.#desk.circumstances;
    if (site.chain(equipment)?.ready === false) {
      this.#endAll(chainNotReady, (each) => each.order.equipment.id === equipment && isSelected(each.order));
    }
    if (!site.island(equipment) && site.lockOuts(equipment).length === 0) return;
    this.#desk.activity.cancelPending(equipment, told("cut-off"));
  }

  #endAll(why: Withdrawal, which: (selection: Omit<Coming, "over">) => boolean): void {
    for (const coming of this.#coming) if (which(coming)) coming.over ??= why;
    for (const held of [...this.#held.values()]) if (which(held)) this.#endSoon(held, cancelled(why));
  }

  #endSoon(held: Held, ending: Ending): void {
    unawaited(this.#end(held, ending), this.#desk.log, "the end of a selection failed");
  }

  async #end(held: Held, ending: Ending): Promise<void> {
    if (!this.#held.has(held.id)) return;
    this.#forget(held);
    this.#desk.activity.release(held.id);
    held.end();
    await this.#finish(held.id, ending);
  }

  #forget(held: Held): void {
    this.#held.delete(held.id);
    held.cancelTimer();
  }
}

const tooMany: Ending = refused([
  {
    cause: "rate-limited",
    text: {
      en: `At most ${mostSelections} selections at a time`,
      it: `Al massimo ${mostSelections} selezioni alla volta`,
    },
    lifts: { en: "Operate or cancel one of yours", it: "Esegui o annulla una delle tue" },
  },
]);
