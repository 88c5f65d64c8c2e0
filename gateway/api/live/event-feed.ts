import type { Caller } from "../../core/access/policy.ts";
import type { Clock, Timers } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { UseCases } from "../../services/use-cases.ts";
import { commandView } from "../views/command.ts";
import type { LiveEvent } from "../wire/live.ts";
import { EventRing } from "./event-ring.ts";
import { closeCode, type LiveSession } from "./session.ts";

const lookAgainMs = 50;

/** A person, or one of a person's programs. */
export function askerOf({ userId, token }: Caller): string {
  return `${userId} ${token?.id ?? ""}`;
}

/**
 * Events to everybody who may see them: in order, none left out. A slow reader's events stay in the
 * ring until it can take them; one that falls behind the ring is closed, since it would miss some.
 */
export class EventFeed {
  readonly #ring: EventRing;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #readers = new Set<LiveSession>();
  #behind = new Set<LiveSession>();
  #cancelLook: (() => void) | undefined;

  constructor(size: number, clock: Clock, timers: Timers, log: Log) {
    this.#log = log;
    this.#ring = new EventRing(size, clock.wallMs());
    this.#timers = timers;
  }

  get newest(): number {
    return this.#ring.newest;
  }

  /** Events from now on; those of before come with `resume`. */
  add(session: LiveSession): void {
    session.eventCursor = this.#ring.newest;
    this.#readers.add(session);
  }

  remove(session: LiveSession): void {
    this.#readers.delete(session);
    this.#behind.delete(session);
  }

  /** From the event after `since`; where that is gone, says so and gives what is still here. */
  resume(session: LiveSession, since: number): void {
    const whole = this.#ring.reaches(since);
    if (!whole) {
      session.tell({ type: "error", code: "live/events-missed", detail: "Events were missed; read the state anew." });
    }
    session.eventCursor = whole ? since : this.#ring.oldest - 1;
    this.#deliver(session);
  }

  /** From now on: commands, who has control, calls to whoever is on call, sign-in alarms, what was accepted. Returns what ends it. */
  follow({
    commands,
    control,
    changes,
    signInAlarms,
  }: Pick<UseCases, "commands" | "control" | "changes" | "signInAlarms">): () => void {
    const stop = [
      commands.onEvent((record) =>
        this.#tellAll({ kind: "command", command: commandView(record) }, (caller) => commands.maySee(caller, record)),
      ),
      // Read again with `since` in the slot of the next guest, they still are of the slot that they were in.
      control.onNews(({ equipment, at, change, holder = null, by, reason }) =>
        this.#tellAll({ kind: "lease", equipment, change, holder, by, reason }, (caller) =>
          control.maySee(caller, equipment, at),
        ),
      ),
      control.onCall(({ equipment, at, text }) =>
        this.#tellAll({ kind: "on-call", equipment, at, text }, (caller) => control.mayAnswerCalls(caller, equipment)),
      ),
      control.onChanged((equipment) =>
        this.#tellAll({ kind: "equipment", equipment }, (caller) => control.maySee(caller, equipment)),
      ),
      signInAlarms.onChange((userId) =>
        this.#tellAll({ kind: "sign-in-alarms" }, (caller) => signInAlarms.maySee(caller, userId)),
      ),
      changes.onChange((equipment) =>
        this.#tellAll({ kind: "equipment", equipment }, (caller) => control.maySee(caller, equipment)),
      ),
    ];
    return () => {
      for (const end of stop) end();
    };
  }

  /** A machine that these askers (`askerOf`) see from now on: to be read anew. */
  equipment(askers: ReadonlySet<string>, equipment: string): void {
    this.#tellAll({ kind: "equipment", equipment }, (caller) => askers.has(askerOf(caller)));
  }

  #tellAll(event: LiveEvent, maySee: (caller: Caller) => boolean): void {
    this.#ring.push(event, maySee);
    for (const session of this.#readers) this.#deliver(session);
  }

  close(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#readers.clear();
    this.#behind.clear();
  }

  /** One reader's fault must not keep the events from the others: it comes again, and reads the state anew. */
  #deliver(session: LiveSession): void {
    try {
      this.#deliverAll(session);
    } catch (error) {
      this.#log.error({ err: error }, "events could not be delivered");
      session.end(closeCode.fellBehind, "events could not be delivered");
    }
  }

  #deliverAll(session: LiveSession): void {
    while (session.eventCursor < this.#ring.newest && !session.ended) {
      if (session.isSlow()) {
        this.#lookAgainAt(session);
        return;
      }
      // May itself bring an event (a slot begins) and deliver up to it: look again where we are.
      if (!session.mayReceive() || session.eventCursor >= this.#ring.newest) return;
      const entry = this.#ring.at(session.eventCursor + 1);
      if (!entry) {
        session.end(closeCode.fellBehind, "too slow for the events");
        return;
      }
      session.eventCursor = entry.seq;
      if (session.caller && entry.maySee(session.caller)) session.send(entry.frame);
    }
  }

  #lookAgainAt(session: LiveSession): void {
    this.#behind.add(session);
    this.#cancelLook ??= this.#timers.after(lookAgainMs, () => {
      this.#cancelLook = undefined;
      const behind = this.#behind;
      this.#behind = new Set();
      for (const one of behind) this.#deliver(one);
    });
  }
}
