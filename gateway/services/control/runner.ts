import { execution } from "../../core/control/checks/condition.ts";
import type { CommandEvent, CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import type { Desk } from "./desk.ts";
import type { Ending } from "./endings.ts";
import { commandEntry } from "./evidence.ts";
import { watchLate } from "./late.ts";
import { type Attempt, commandSteps, hindrance, wasIntended } from "./pipeline.ts";
import type { Unrecorded } from "./unrecorded.ts";

/** Walks commands through the pipeline and makes their ends known. */
export class Runner {
  readonly #desk: Desk;
  readonly #unrecorded: Unrecorded;

  constructor(desk: Desk, unrecorded: Unrecorded) {
    this.#desk = desk;
    this.#unrecorded = unrecorded;
  }

  /** Never rejects. What the command moves is taken after the first checks, or was when it was selected. */
  async run(attempt: Attempt): Promise<void> {
    const { log, activity } = this.#desk;
    try {
      const ending = await this.#walk(attempt);
      await this.finish(attempt.id, ending);
      if (ending.state === "UNKNOWN") watchLate(this.#desk, attempt, (record) => this.#recordNote(record));
    } catch (error) {
      log.error({ err: error, command: attempt.id }, "the pipeline failed");
      await this.finish(attempt.id, { state: "UNKNOWN", ...told("gateway-failed") });
    } finally {
      activity.release(attempt.id);
    }
  }

  /** The result is durable before it is told; a store that fails leaves the intent, which a restart calls UNKNOWN. */
  async finish(id: string, ending: Ending): Promise<void> {
    const desk = this.#desk;
    const before = desk.book.get(id);
    if (!before || before.finishedAt !== undefined) return;
    const at = desk.clock.wallMs();
    const final: CommandRecord = {
      ...before,
      ...ending.change,
      state: ending.state,
      causes: ending.causes ?? [],
      finishedAt: at,
      events: [...before.events, eventOf(ending, at)],
    };
    const intended = wasIntended(before);
    try {
      const recorded = intended ? desk.store.recordResult(final) : desk.store.record(final);
      desk.audit.note(commandEntry(desk, final, ending.state === "REFUSED" ? "command.refused" : "command.result"));
      await recorded;
    } catch (error) {
      desk.log.error({ err: error, command: id }, "the result could not be recorded; it is tried again");
      if (intended || wasSelected(before)) this.#unrecorded.keep(final);
    }
    desk.book.put(final);
  }

  async #walk(attempt: Attempt): Promise<Ending> {
    const { activity } = this.#desk;
    for (const step of commandSteps) {
      const ending = await step.run(this.#desk, attempt);
      if (ending) return ending;
      if (step.name === "check") {
        const { userId, name: userName } = attempt.caller;
        const taken = activity.take(attempt.order, { commandId: attempt.id, userId, userName, selected: false });
        activity.operate(attempt.id);
        // Another was checked in the same turn, and is first.
        const first = taken ? undefined : hindrance(this.#desk, attempt, [execution]);
        if (first) return first;
      }
    }
    return { state: "UNKNOWN", ...told("no-result") };
  }

  #recordNote(record: CommandRecord): void {
    this.#desk.store.recordResult(record).catch((error: unknown) => {
      this.#desk.log.error({ err: error, command: record.id }, "a late effect could not be recorded");
    });
    this.#desk.audit.note(commandEntry(this.#desk, record, "command.late-effect"));
  }
}

function eventOf({ state, step, text, data }: Ending, at: number): CommandEvent {
  return { at, state, text, step, ...(data ? { data } : {}) };
}

/** Then it is in the store as such, and would stand there until the gateway starts anew. */
function wasSelected({ operateBefore, approveBefore }: CommandRecord): boolean {
  return operateBefore !== undefined || approveBefore !== undefined;
}
