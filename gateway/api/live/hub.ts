import type { Clock, Timers } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Origin, UseCases } from "../../services/use-cases.ts";
import { countedAs, type Identity } from "../http/identity.ts";
import type { LiveLimits } from "../limits.ts";
import { Places } from "../places.ts";
import { releaseBeats, sendBeats } from "./beat.ts";
import { Conversation, type ConversationParts } from "./conversation.ts";
import { Distribution, type DistributionCounts } from "./distribution.ts";
import { EventFeed } from "./event-feed.ts";
import { SampleFrames } from "./frames.ts";
import { RightsWatch } from "./rights.ts";
import { closeCode, LiveSession, type Peer } from "./session.ts";
import { Strangers } from "./strangers.ts";
import { Subscriptions } from "./subscriptions.ts";

const beatMs = 1000;
/** How long a beat waits for a frame to travel with, ms. */
const holdMs = 100;
/** How long a socket may take to answer our close before it is cut, ms. */
const closeMs = 1000;

export interface LiveStatistics extends DistributionCounts {
  readonly sockets: number;
  readonly strangers: number;
  readonly groups: number;
  readonly messages: number;
  /** Messages answered with an error. */
  readonly refusedMessages: number;
  /** Sockets turned away for want of a place. */
  readonly refusedSockets: number;
  /** Sockets that we closed or cut, for whatever reason. */
  readonly ended: number;
}

/** Where a socket's own events go. */
export interface Attached {
  received(data: Buffer, isBinary: boolean): void;
  pong(): void;
  /** It broke the WebSocket protocol; `ws` has said the right code already. */
  broken(): void;
  gone(): void;
}

/** All open sockets, what they are sent, and how each of them ends. */
export class LiveHub {
  readonly #timers: Timers;
  readonly #limits: LiveLimits;
  readonly #sessions = new Set<LiveSession>();
  readonly #strangers = new Strangers();
  readonly #places: Places<LiveSession>;
  readonly #distribution: Distribution;
  readonly #subscriptions: Subscriptions;
  readonly #feed: EventFeed;
  readonly #rights: RightsWatch;
  readonly #parts: ConversationParts;
  readonly #stop: (() => void)[];
  readonly #counts = { messages: 0, refused: 0, refusedSockets: 0, ended: 0 };

  constructor(useCases: UseCases, limits: LiveLimits, clock: Clock, timers: Timers, log: Log) {
    this.#timers = timers;
    this.#limits = limits;
    this.#places = new Places({ user: limits.socketsPerUser, organisation: limits.socketsPerOrganisation });
    const { plant } = useCases;
    const frames = new SampleFrames(useCases.values, plant.tags.length, useCases.startedAtMs);
    this.#distribution = new Distribution(frames, plant.tags.length, clock, timers);
    this.#subscriptions = new Subscriptions(useCases.equipment, this.#distribution, limits);
    this.#feed = new EventFeed(limits.events, clock, timers, log);
    this.#rights = new RightsWatch(
      useCases,
      this.#sessions,
      this.#subscriptions,
      clock,
      timers,
      log,
      (askers, equipment) => this.#feed.equipment(askers, equipment),
    );
    this.#parts = {
      useCases,
      clock,
      log,
      limits,
      subscriptions: this.#subscriptions,
      feed: this.#feed,
      rights: this.#rights,
      admit: (session, who) => this.#admit(session, who),
      counts: this.#counts,
    };
    let cancelRelease = () => {};
    this.#stop = [
      useCases.values.onBatch((batch) => this.#distribution.onBatch(batch)),
      this.#feed.follow(useCases),
      timers.every(beatMs, () => {
        sendBeats(useCases, this.#sessions, clock.wallMs());
        cancelRelease = timers.after(holdMs, () => releaseBeats(this.#sessions));
      }),
      // An alarm of every screen waits for no second to be over.
      useCases.audit.onChange(() => {
        sendBeats(useCases, this.#sessions, clock.wallMs());
        releaseBeats(this.#sessions);
      }),
      () => cancelRelease(),
      timers.every(limits.pingMs, () => this.#pingAll()),
    ];
  }

  /** Whether one more socket has a place; counted if not. */
  hasPlace(): boolean {
    const has = this.#sessions.size < this.#limits.sockets || this.#strangers.size > 0;
    if (!has) this.#counts.refusedSockets++;
    return has;
  }

  /** Takes a socket in; the caller feeds it what arrives and says when it closed. A stranger's makes room where there is none. */
  attach(peer: Peer, origin: Origin): Attached {
    const { bufferBytes, authenticateMs, sockets, strangers } = this.#limits;
    if (this.#sessions.size >= sockets || this.#strangers.size >= strangers) {
      this.#strangers.first()?.end(closeCode.tooMuch, "others wait for a place");
    }
    const session: LiveSession = new LiveSession({
      peer,
      origin,
      bufferBytes,
      gate: this.#rights.gate,
      onEnd: () => this.#forget(session, cancelWait),
    });
    const cancelWait = this.#timers.after(authenticateMs, () => {
      if (!session.identity) session.end(closeCode.signInEnded, "nobody signed in");
    });
    this.#sessions.add(session);
    this.#strangers.add(session);
    const conversation = new Conversation(session, this.#parts);
    return {
      received: (data, isBinary) => conversation.receive(data, isBinary),
      pong: () => {
        session.answeredPing = true;
      },
      broken: () => session.end(closeCode.protocol, "protocol error"),
      gone: () => session.cut(),
    };
  }

  statistics(): LiveStatistics {
    return {
      ...this.#distribution.counts,
      sockets: this.#sessions.size,
      strangers: this.#strangers.size,
      groups: this.#distribution.groups,
      messages: this.#counts.messages,
      refusedMessages: this.#counts.refused,
      refusedSockets: this.#counts.refusedSockets,
      ended: this.#counts.ended,
    };
  }

  /** Ends all timers and sockets. */
  close(): void {
    for (const stop of this.#stop) stop();
    this.#rights.close();
    for (const session of [...this.#sessions]) session.end(closeCode.goingAway, "the gateway is stopping");
    this.#distribution.close();
    this.#feed.close();
  }

  #admit(session: LiveSession, who: Identity): boolean {
    if (!this.#places.take(session, countedAs(who))) {
      this.#counts.refusedSockets++;
      return false;
    }
    this.#strangers.remove(session);
    return true;
  }

  #forget(session: LiveSession, cancelWait: () => void): void {
    cancelWait();
    this.#sessions.delete(session);
    this.#counts.ended++;
    this.#subscriptions.leaveAll(session);
    this.#feed.remove(session);
    session.absent();
    this.#strangers.remove(session);
    this.#places.release(session);
    // Who does not answer the close would keep its buffer for half a minute.
    this.#timers.after(closeMs, () => session.cut());
  }

  /** A browser that sleeps or a cable that is out answers nothing: its place is given up. */
  #pingAll(): void {
    for (const session of [...this.#sessions]) {
      if (!session.answeredPing) {
        session.cut();
        continue;
      }
      session.answeredPing = false;
      session.ping();
    }
  }
}
