import { randomUUID } from "node:crypto";
import { allowsOn, type Caller } from "../../core/access/policy.ts";
import { directChecks, operateChecks, refusals, selectChecks, systemChecks } from "../../core/control/checks/checks.ts";
import { type CommandRecord, isFinal } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import { isSelected, type Order, orderOf } from "../../core/control/order.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Equipment } from "../../core/plant.ts";
import { unawaited } from "../../kit/guarded-timers.ts";
import type { Asking, CommandInput, Commands, OperateInput } from "../use-cases.ts";
import { Approvals } from "./approvals.ts";
import { commandRecord, isSame } from "./blank.ts";
import type { Desk } from "./desk.ts";
import { type DryRunAnswer, dryRun, why } from "./dry-run.ts";
import { commandEntry } from "./evidence.ts";
import { gatherFacts } from "./gather.ts";
import { watchKeys } from "./key-watch.ts";
import { type Attempt, wasIntended } from "./pipeline.ts";
import { declined, notApproved, notInRole, notSelected, notYours, refusedNow, takenBack } from "./refusals.ts";
import { Runner } from "./runner.ts";
import { type Selection, Selections } from "./selections.ts";
import { type StopInput, StopRequests } from "./stop-requests.ts";
import { systemCaller } from "./system-caller.ts";
import { Unrecorded } from "./unrecorded.ts";

/** Commands of one person that may be on their way at once; more are refused with rate-limited. */
const perPerson = 20;

/** Takes commands and stop requests in, runs them, keeps their record. */
export class CommandDesk implements Commands {
  readonly #desk: Desk;
  readonly #equipment: ReadonlyMap<string, Equipment>;
  readonly #byKey = new Map<string, string>();
  readonly #active = new Map<string, number>();
  /** Selects that are being recorded: asked again, the same key waits for its first answer. */
  readonly #selecting = new Map<string, Promise<void>>();
  /** Operated, and on their way. */
  readonly #operating = new Set<string>();
  readonly #unrecorded: Unrecorded;
  readonly #runner: Runner;
  readonly #selections: Selections;
  readonly #approvals: Approvals;
  readonly #stops: StopRequests;
  readonly #endWatch: () => void;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#unrecorded = new Unrecorded(desk.store, desk.timers, desk.log);
    this.#runner = new Runner(desk, this.#unrecorded);
    this.#selections = new Selections(desk, (id, ending) => this.#runner.finish(id, ending));
    this.#approvals = new Approvals(desk, this.#selections);
    this.#stops = new StopRequests(desk, this.#unrecorded);
    this.#equipment = new Map(desk.plant.equipment.map((each) => [each.id, each]));
    this.#endWatch = watchKeys(desk);
  }

  async submit(caller: Caller, input: CommandInput): Promise<CommandRecord> {
    const order = this.#order(caller, input.target, input);
    const keyed = `${caller.userId}\n${input.key}`;
    const stored = await this.#desk.store.findByKey(caller.userId, input.key);
    // From here to the taking of the key nothing is awaited, so that a double click meets itself.
    const known = this.#desk.book.get(this.#byKey.get(keyed) ?? "") ?? stored;
    if (known) return this.#replay(known, order, input);
    const selected = isSelected(order);
    const record = this.#open(caller, order, input);
    this.#byKey.set(keyed, record.id);
    const forgetKey = (): void => void this.#byKey.delete(keyed);
    if (selected) {
      const selecting = this.#selections.select(record.id, caller, order, input).finally(forgetKey);
      this.#selecting.set(record.id, selecting);
      await selecting.finally(() => this.#selecting.delete(record.id));
      return this.#desk.book.get(record.id) ?? record;
    }
    this.#unawaited(this.#runDirect(record.id, caller, order, input.ticket).finally(forgetKey));
    return this.#settled(record.id, input.waitMs);
  }

  async operate(caller: Caller, id: string, input: OperateInput): Promise<CommandRecord> {
    const record = await this.get(caller, id);
    const order = this.#order(caller, record.target, input);
    const selection = this.#selections.get(id);
    const same = order.misfits.length === 0 && isSame(record, order, input.value);
    if (record.userId !== caller.userId) return refusedNow(record, [notYours]);
    if (!selection) return this.#operatedAgain(caller, order, record, same ? input.waitMs : undefined);
    if (selection.caller.signInId !== caller.signInId) return refusedNow(record, [notYours]);
    if (selection.approval === "missing") return refusedNow(record, [notApproved]);
    if (!same) {
      await this.#selections.cancel(id, told("other-values"));
      return refusedNow(this.#desk.book.get(id) ?? record, [notSelected]);
    }
    this.#selections.take(id);
    this.#unawaited(this.#runSelected(selection, caller, input.ticket));
    return this.#settled(id, input.waitMs);
  }

  async approve(caller: Caller, id: string, ticket: string | undefined): Promise<CommandRecord> {
    return this.#approvals.approve(caller, await this.get(caller, id), ticket);
  }

  /** By whoever asked; by whoever may approve, as a refusal to. */
  async cancel(caller: Caller, id: string, reason?: string): Promise<CommandRecord> {
    const record = await this.get(caller, id);
    const own = record.userId === caller.userId;
    if (!own && !this.#may(caller, "equipment:approve", record.equipment)) throw notInRole();
    await this.#selections.cancel(id, own ? takenBack(reason) : declined(caller.name, reason));
    return this.#desk.book.get(id) ?? record;
  }

  dryRun(caller: Caller, target: string, asking: Asking): DryRunAnswer {
    return dryRun(this.#desk, caller, this.#order(caller, target, asking));
  }

  why(caller: Caller, equipment: string, target: string) {
    const order = this.#order(caller, target, undefined);
    if (order.equipment.id !== equipment)
      throw new PlanciaError("request/not-found", `no target ${target} on ${equipment}`);
    return why(this.#desk, caller, order);
  }

  /** R20: what waits for somebody at the machine to confirm. */
  pending(equipment: string): readonly Selection[] {
    return this.#selections.of(equipment);
  }

  stop(caller: Caller, id: string, input: StopInput): Promise<CommandRecord> {
    return this.#stops.stop(caller, id, input);
  }

  stopAll(caller: Caller, input: StopInput): Promise<readonly CommandRecord[]> {
    return this.#stops.stopAll(caller, input);
  }

  /** R14, R15: the stop of a machine by the gateway itself, under a rule of the configuration. */
  runSystemStop(equipment: string, rule: string, reason: string): Promise<CommandRecord> {
    return this.#stops.bySystem(systemCaller(rule), equipment, reason);
  }

  /** R14, R15: a declared command by the gateway itself; everything but the person is checked. */
  async runSystemCommand(equipment: string, command: string, rule: string, reason: string): Promise<CommandRecord> {
    const found = this.#equipment.get(equipment);
    const order = found && orderOf(found, `${equipment}:${command}`, {});
    if (!order) throw new PlanciaError("request/not-found", `no command ${equipment}:${command}`);
    const caller = systemCaller(rule);
    const at = this.#desk.clock.wallMs();
    const record = this.#desk.book.put(
      commandRecord(caller, order, { key: randomUUID(), reason, value: undefined }, "SENT", at),
    );
    const attempt = this.#attempt(record.id, caller, order, this.#desk.tickets.current());
    await this.#runner.run({ ...attempt, checks: systemChecks, by: "system" }).finally(attempt.end);
    return this.#desk.book.get(record.id) ?? record;
  }

  async get(caller: Caller, id: string): Promise<CommandRecord> {
    const record = this.#desk.book.get(id) ?? (await this.#desk.store.find(id));
    if (!record || !this.maySee(caller, record)) throw new PlanciaError("request/not-found", "no such command");
    return record;
  }

  async list(
    caller: Caller,
    filter: {
      equipment?: string | undefined;
      state?: CommandRecord["state"] | undefined;
      beforeId?: string | undefined;
      limit: number;
    },
  ): Promise<readonly CommandRecord[]> {
    const visible = this.#desk.plant.equipment
      .filter(
        (each) =>
          (filter.equipment === undefined || each.id === filter.equipment) &&
          this.#may(caller, "equipment:view", each.id),
      )
      .map((each) => each.id);
    if (visible.length === 0) return [];
    const { beforeId, limit, state } = filter;
    const own = caller.role === "guest" ? { userId: caller.userId } : {};
    const records = await this.#desk.store.list({ equipment: visible, beforeId, limit, state, ...own });
    return records.map((record) => this.#desk.book.get(record.id) ?? record);
  }

  onEvent(listener: (record: CommandRecord) => void): () => void {
    return this.#desk.book.onEvent(listener);
  }

  /** At start: what was on its way when the gateway ended is UNKNOWN and is never sent again (R5). */
  async closeOpen(): Promise<number> {
    const now = this.#desk.clock.wallMs();
    const closed = await this.#desk.store.closeOpen(now);
    for (const record of closed) this.#desk.audit.note(commandEntry(this.#desk, record, "command.result"));
    return closed.length;
  }

  /** Cancels what is selected, and records what could not be recorded until now, once more. */
  async close(): Promise<void> {
    this.#endWatch();
    await this.#selections.close();
    await this.#unrecorded.close();
  }

  /** A guest sees its own commands, whenever; others what their equipment shows; a stop token its own stop requests. */
  maySee(caller: Caller, record: CommandRecord): boolean {
    if (caller.scope === "stop") return record.kind === "stop" && record.userId === caller.userId;
    if (caller.role === "guest") return record.userId === caller.userId;
    return this.#may(caller, "equipment:view", record.equipment);
  }

  async #runDirect(id: string, caller: Caller, order: Order, ticket: string | undefined): Promise<void> {
    const attempt = this.#attempt(id, caller, order, ticket);
    await this.#counted(caller, () => this.#runner.run({ ...attempt, checks: directChecks })).finally(attempt.end);
  }

  async #runSelected(selection: Selection, caller: Caller, ticket: string | undefined): Promise<void> {
    const { id, order, signal, approval, approver } = selection;
    const attempt = { ...this.#attempt(id, caller, order, ticket), signal, approval, approver, selected: true };
    // Its own registration was only for the signal; the selection has one already.
    attempt.end();
    this.#operating.add(id);
    await this.#counted(caller, () => this.#runner.run({ ...attempt, checks: operateChecks })).finally(() => {
      this.#operating.delete(id);
      selection.end();
    });
  }

  /**
   * Asked again because the answer was lost: the first one counts, whatever became of it (R5). A
   * selection that ended before it was operated is refused, with what stands in the way now.
   */
  #operatedAgain(
    caller: Caller,
    order: Order,
    record: CommandRecord,
    waitMs: number | undefined,
  ): Promise<CommandRecord> | CommandRecord {
    const operated = this.#operating.has(record.id) || wasIntended(record);
    if (waitMs !== undefined && operated) return this.#settled(record.id, waitMs, record);
    const causes = refusals(gatherFacts(this.#desk, caller, order, { id: record.id }), selectChecks);
    return refusedNow(record, [...causes, ...record.causes, notSelected]);
  }

  #attempt(id: string, caller: Caller, order: Order, ticket: string | undefined): Attempt & { end(): void } {
    const { signal, end } = this.#desk.activity.pending(order.equipment.id);
    return {
      id,
      caller,
      order,
      ticket,
      checks: directChecks,
      by: "person",
      selected: false,
      approval: order.needsApproval ? "missing" : "not-needed",
      approver: undefined,
      signal,
      permit: undefined,
      notAfterMs: Number.NEGATIVE_INFINITY,
      sentAtMs: Number.POSITIVE_INFINITY,
      end,
    };
  }

  #unawaited(work: Promise<void>): void {
    unawaited(work, this.#desk.log, "the end of a command failed");
  }

  async #counted(caller: Caller, run: () => Promise<void>): Promise<void> {
    const busy = this.#active;
    const who = countedFor(caller);
    busy.set(who, (busy.get(who) ?? 0) + 1);
    try {
      await run();
    } finally {
      const left = (busy.get(who) ?? 1) - 1;
      if (left > 0) busy.set(who, left);
      else busy.delete(who);
    }
  }

  #open(caller: Caller, order: Order, input: CommandInput): CommandRecord {
    const busy = this.#active.get(countedFor(caller)) ?? 0;
    if (busy >= perPerson)
      throw new PlanciaError("request/rate-limited", `at most ${perPerson} commands on their way`, { retryAfterS: 1 });
    const state = isSelected(order) ? "SELECTED" : "SENT";
    return this.#desk.book.put(commandRecord(caller, order, input, state, this.#desk.clock.wallMs()));
  }

  /** R5: same key and body, the first result; same key, other body, refused. */
  async #replay(known: CommandRecord, order: Order, input: CommandInput): Promise<CommandRecord> {
    if (!isSame(known, order, input.value)) {
      throw new PlanciaError("command/key-reused", "this key was used for another command");
    }
    await this.#selecting.get(known.id);
    const now = this.#desk.book.get(known.id) ?? known;
    return now.state === "SENT" ? this.#settled(known.id, input.waitMs, known) : now;
  }

  #settled(id: string, waitMs: number, stored?: CommandRecord): Promise<CommandRecord> | CommandRecord {
    const { book, timers } = this.#desk;
    if (stored && (!book.get(id) || isFinal(stored.state))) return book.get(id) ?? stored;
    return book.settled(id, waitMs, timers.after);
  }

  #order(caller: Caller, target: string, asked: Asking | undefined): Order {
    const separator = target.includes(":") ? ":" : "/";
    const equipment = this.#equipment.get(target.slice(0, target.indexOf(separator)));
    const order = equipment && orderOf(equipment, target, asked && { value: asked.value, arguments: asked.arguments });
    if (!order || !this.#may(caller, "equipment:view", order.equipment.id)) {
      throw new PlanciaError("request/not-found", `no target ${target}`);
    }
    return order;
  }

  #may(
    caller: Caller,
    permission: "equipment:view" | "equipment:stop" | "equipment:approve",
    equipment: string,
  ): boolean {
    return allowsOn(caller, permission, equipment, this.#desk.rights.nowMs());
  }
}

/** A program's commands take no place from its owner's. */
function countedFor({ token, signInId, userId }: Caller): string {
  return token ? signInId : userId;
}
