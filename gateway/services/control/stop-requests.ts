import { allows, allowsOn, type Caller } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Equipment } from "../../core/plant.ts";
import { newRecord } from "./blank.ts";
import type { Desk } from "./desk.ts";
import { notInRole } from "./refusals.ts";
import { recordStop, runStop } from "./stop.ts";
import type { Unrecorded } from "./unrecorded.ts";

export interface StopInput {
  readonly reason: string | undefined;
  readonly waitMs: number;
  /** What was sent along and why it does not count, for the record. */
  readonly leftAside?: string | undefined;
}

/** The gateway's own stop requests are waited for so long, ms; longer than any feedback window that makes sense. */
const systemWaitMs = 60_000;

/** R10: takes stop requests in, of people and of the gateway's own rules, and keeps their record beside their course. */
export class StopRequests {
  readonly #desk: Desk;
  readonly #equipment: ReadonlyMap<string, Equipment>;
  readonly #unrecorded: Unrecorded;

  constructor(desk: Desk, unrecorded: Unrecorded) {
    this.#desk = desk;
    this.#unrecorded = unrecorded;
    this.#equipment = new Map(desk.plant.equipment.map((each) => [each.id, each]));
  }

  async stop(caller: Caller, id: string, input: StopInput): Promise<CommandRecord> {
    const record = this.#begin(caller, this.#stoppable(caller, id), input);
    return this.#settled(record.id, input.waitMs);
  }

  async stopAll(caller: Caller, input: StopInput): Promise<readonly CommandRecord[]> {
    if (!allows(caller, "equipment:stop")) throw notInRole();
    const mine = this.#desk.plant.equipment.filter((each) => each.stop && this.#may(caller, "equipment:stop", each.id));
    return Promise.all(mine.map((each) => this.stop(caller, each.id, input)));
  }

  /** @throws PlanciaError request/not-found. */
  async bySystem(caller: Caller, id: string, reason: string): Promise<CommandRecord> {
    const equipment = this.#equipment.get(id);
    if (!equipment) throw new PlanciaError("request/not-found", `no equipment ${id}`);
    return this.#settled(this.#begin(caller, equipment, { reason }).id, systemWaitMs);
  }

  #begin(
    caller: Caller,
    equipment: Equipment,
    { reason, leftAside }: Pick<StopInput, "reason" | "leftAside">,
  ): CommandRecord {
    const { stop } = equipment;
    if (!stop) throw new PlanciaError("request/not-found", `${equipment.id} has no remote stop request`);
    const { book, clock, log } = this.#desk;
    const place = { equipment: equipment.id, target: `${equipment.id}:stop`, reason };
    const at = clock.wallMs();
    const record = book.put({
      ...newRecord(caller, place, at),
      kind: "stop",
      value: null,
      events: [
        { at, state: "SENT", ...told("stop-asked") },
        ...(leftAside === undefined
          ? []
          : [{ at, state: "NOTE" as const, ...told("left-aside", { what: leftAside }) }]),
      ],
    });
    // Written again behind what was in flight, after hundreds of others may have ended.
    const release = book.hold(record.id);
    const keep = (unrecorded: CommandRecord): void => this.#unrecorded.keep(unrecorded);
    const recorded = recordStop(this.#desk, record, "stop.requested", keep);
    void runStop(this.#desk, equipment, stop, record)
      .catch((error) => {
        log.error({ err: error, command: record.id }, "the stop path failed");
        book.update(record.id, { state: "UNKNOWN" }, { state: "UNKNOWN", ...told("not-confirmed") });
      })
      .then(() => recorded)
      .then(() => recordStop(this.#desk, book.get(record.id) ?? record, "stop.result", keep))
      .catch((error) => log.error({ err: error, command: record.id }, "the end of a stop request failed"))
      .finally(release);
    return record;
  }

  #stoppable(caller: Caller, id: string): Equipment {
    const equipment = this.#equipment.get(id);
    const visible = equipment && (caller.scope === "stop" || this.#may(caller, "equipment:view", id));
    if (!equipment || !visible) throw new PlanciaError("request/not-found", `no equipment ${id}`);
    if (this.#may(caller, "equipment:stop", id)) return equipment;
    // A stop-only credential is told no more than that there is nothing for it here.
    throw caller.scope === "stop" ? new PlanciaError("request/not-found", "not in your role") : notInRole();
  }

  #settled(id: string, waitMs: number): Promise<CommandRecord> {
    return this.#desk.book.settled(id, waitMs, this.#desk.timers.after);
  }

  #may(caller: Caller, permission: "equipment:view" | "equipment:stop", equipment: string): boolean {
    return allowsOn(caller, permission, equipment, this.#desk.rights.nowMs());
  }
}
