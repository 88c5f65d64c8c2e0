import type { Caller } from "../../core/access/policy.ts";
import type { Clock, Timers } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { UseCases } from "../../services/use-cases.ts";
import { meView } from "../views/person.ts";
import { askerOf } from "./event-feed.ts";
import { closeCode, type LiveSession } from "./session.ts";
import type { Rechecks, Subscriptions } from "./subscriptions.ts";

/** How often ends of tokens and edges of slots are looked for, ms; S3 asks for 1 s. */
const sweepMs = 250;
/** How long rights may be unknown (the store is down) before the socket is closed, ms. */
const unknownMs = 5000;

/**
 * Keeps open sockets within today's rights: at each change of people, sign-ins and bookings, at the
 * end of the access token, and at the very moment a guest's slot begins or ends.
 */
export class RightsWatch {
  readonly #useCases: UseCases;
  readonly #sessions: ReadonlySet<LiveSession>;
  readonly #subscriptions: Subscriptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onWon: (askers: ReadonlySet<string>, equipment: string) => void;
  /** Who sees which machine anew and was not told yet. */
  #won = new Map<string, Set<string>>();
  readonly #stop: (() => void)[];
  /** Devices by machine. */
  readonly #devicesOf: ReadonlyMap<string, ReadonlySet<string>>;
  #renewal: Promise<void> | undefined;
  #renewAgain = false;
  #unknownSinceMs: number | undefined;

  constructor(
    useCases: UseCases,
    sessions: ReadonlySet<LiveSession>,
    subscriptions: Subscriptions,
    clock: Clock,
    timers: Timers,
    log: Log,
    /** Hears once a change of each machine that became visible on open sockets, and to whom. */
    onWon: (askers: ReadonlySet<string>, equipment: string) => void,
  ) {
    this.#onWon = onWon;
    this.#useCases = useCases;
    this.#sessions = sessions;
    this.#subscriptions = subscriptions;
    const byMachine = Map.groupBy(useCases.plant.tags, (tag) => tag.equipment);
    this.#devicesOf = new Map([...byMachine].map(([id, tags]) => [id, new Set(tags.map((tag) => tag.device))]));
    this.#clock = clock;
    this.#log = log;
    this.#stop = [timers.every(sweepMs, () => this.#sweep()), useCases.signIns.onChange(() => this.#renewAll())];
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  /** Right before anything leaves: false where the token has ended; a slot's edge is obeyed at once. */
  readonly gate = (session: LiveSession): boolean => {
    if (this.#clock.monotonicMs() >= session.deadlineMs) {
      session.end(closeCode.signInEnded, "the access token has ended");
      return false;
    }
    if (this.#clock.wallMs() < session.edgeMs || !session.caller) return true;
    try {
      this.apply(session, session.caller);
    } catch (error) {
      // Fails closed, and one session's fault must not reach the others through a timer.
      this.#log.error({ err: error }, "the rights of a socket could not be applied");
      session.end(closeCode.rightsUnknown, "rights cannot be read now");
    }
    return !session.ended;
  };

  /** Puts these rights in force for a session. */
  apply(session: LiveSession, caller: Caller): void {
    this.#apply(session, caller);
    this.#tellWon();
  }

  #apply(session: LiveSession, caller: Caller, shared?: Rechecks): void {
    const { identity } = session;
    if (!identity) return;
    session.identity = { ...identity, caller };
    session.edgeMs = nextEdge(caller, this.#clock.wallMs());
    const before = session.equipment;
    const visible = this.#useCases.equipment.visible(caller);
    session.equipment = visible;
    // Which tags are somebody's hangs on the machines alone; this is asked for each message that comes.
    if (before && isSame(before, visible)) return;
    session.devices = this.#visibleDevices(visible);
    this.#subscriptions.recheck(session, caller, visible, shared);
    // Not at sign-in: there was nothing to be read anew yet.
    if (before) for (const id of visible) if (!before.has(id)) this.#wins(askerOf(caller), id);
  }

  #wins(asker: string, equipment: string): void {
    const askers = this.#won.get(equipment) ?? new Set();
    askers.add(asker);
    this.#won.set(equipment, askers);
  }

  /** One event a machine, however many people: one a person would push everything else out of the ring. */
  #tellWon(): void {
    const won = this.#won;
    this.#won = new Map();
    for (const [equipment, askers] of won) this.#onWon(askers, equipment);
  }

  #visibleDevices(machines: ReadonlySet<string>): readonly string[] {
    const devices = new Set<string>();
    for (const id of machines) for (const device of this.#devicesOf.get(id) ?? []) devices.add(device);
    return this.#useCases.plant.devices.map((device) => device.id).filter((id) => devices.has(id));
  }

  #sweep(): void {
    for (const session of this.#sessions) {
      // A clock that jumped back makes an edge look far away: guests are looked at each time.
      if (session.caller?.role === "guest") session.edgeMs = Math.min(session.edgeMs, this.#clock.wallMs());
      if (session.identity) this.gate(session);
    }
    if (this.#unknownSinceMs !== undefined) this.#renewAll();
  }

  #renewAll(): void {
    this.#renewAgain = true;
    this.#renewal ??= this.#renewUntilQuiet().finally(() => {
      this.#renewal = undefined;
    });
  }

  async #renewUntilQuiet(): Promise<void> {
    while (this.#renewAgain) {
      this.#renewAgain = false;
      try {
        await this.#renewOnce();
        this.#unknownSinceMs = undefined;
      } catch (error) {
        this.#rightsUnknown(error);
        return;
      }
    }
  }

  /** Each sign-in is asked once, however many sockets it has. */
  async #renewOnce(): Promise<void> {
    const callers = new Map<string, Caller>();
    for (const { caller } of this.#sessions) if (caller) callers.set(caller.signInId, caller);
    const today = new Map<string, Caller | undefined>();
    await Promise.all(
      [...callers].map(async ([signIn, caller]) => {
        today.set(signIn, await this.#useCases.signIns.renew(caller));
      }),
    );
    const shared: Rechecks = new Map();
    try {
      for (const session of [...this.#sessions]) {
        const signIn = session.caller?.signInId;
        if (signIn === undefined || !today.has(signIn)) continue;
        this.#renewed(session, today.get(signIn), shared);
      }
    } finally {
      this.#tellWon();
    }
  }

  #renewed(session: LiveSession, today: Caller | undefined, shared: Rechecks): void {
    if (today === undefined) session.end(closeCode.signInEnded, "the sign-in has ended");
    else if (session.caller && sameRights(session.caller, today)) return;
    else {
      this.#apply(session, today, shared);
      const { identity } = session;
      if (identity && !session.ended)
        session.tell({ type: "person", user: meView(this.#useCases.plant, today, identity.user) });
    }
  }

  /** The store does not answer: what was allowed stays so for a moment, then nothing is. */
  #rightsUnknown(error: unknown): void {
    const now = this.#clock.monotonicMs();
    this.#unknownSinceMs ??= now;
    this.#log.warn({ err: error }, "the rights of open sockets cannot be read");
    if (now - this.#unknownSinceMs < unknownMs) return;
    for (const session of [...this.#sessions]) {
      if (session.identity) session.end(closeCode.rightsUnknown, "rights cannot be read now");
    }
  }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false;
  for (const each of a) if (!b.has(each)) return false;
  return true;
}

/** Everything but time that decides what somebody may see. */
function sameRights(a: Caller, b: Caller): boolean {
  const facts = (caller: Caller) => [
    caller.role,
    caller.scope,
    caller.secondFactor,
    caller.factorFreshUntilMs,
    caller.locked,
    caller.equipment,
    caller.rights,
    caller.token,
    caller.leads,
    caller.slots,
  ];
  return JSON.stringify(facts(a)) === JSON.stringify(facts(b));
}

/** UTC ms of the next beginning or end of a slot, or end of a right, after `nowMs`. */
function nextEdge(caller: Caller, nowMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { startMs, endMs } of caller.slots) {
    for (const edge of [startMs, endMs]) if (edge > nowMs && edge < next) next = edge;
  }
  for (const { untilMs } of caller.rights ?? []) if (untilMs > nowMs && untilMs < next) next = untilMs;
  return next;
}
