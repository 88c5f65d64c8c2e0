import { allows, type Caller } from "../../core/access/policy.ts";
import { isTokenText } from "../../core/access/token.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { UseCases } from "../../services/use-cases.ts";
import type { Identity } from "../http/identity.ts";
import type { LiveLimits } from "../limits.ts";
import { meView } from "../views/person.ts";
import type { ClientMessage } from "../wire/live.ts";
import type { EventFeed } from "./event-feed.ts";
import { MessageBudget, parseMessage } from "./incoming.ts";
import { messagePolicies, programMessages } from "./policy.ts";
import type { RightsWatch } from "./rights.ts";
import { closeCode, type LiveSession } from "./session.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Messages that may wait while one is being answered (sign-in asks the store). */
const mostWaiting = 64;

export interface ConversationParts {
  readonly useCases: UseCases;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: LiveLimits;
  readonly subscriptions: Subscriptions;
  readonly feed: EventFeed;
  readonly rights: RightsWatch;
  /** Called at the first authentication. False: this person has too many sockets. */
  admit(session: LiveSession, who: Identity): boolean;
  counts: { messages: number; refused: number };
}

/** Answers the messages of one socket, one after the other, in their order. */
export class Conversation {
  readonly #session: LiveSession;
  readonly #parts: ConversationParts;
  readonly #budget: MessageBudget;
  readonly #waiting: ClientMessage[] = [];
  #busy = false;

  constructor(session: LiveSession, parts: ConversationParts) {
    this.#session = session;
    this.#parts = parts;
    const { messagesPerSecond, messageBurst } = parts.limits;
    this.#budget = new MessageBudget(messagesPerSecond, messageBurst, parts.clock.monotonicMs());
  }

  /** Takes one frame; never throws. */
  receive(data: Buffer, isBinary: boolean): void {
    if (this.#session.ended) return;
    this.#parts.counts.messages++;
    if (!this.#budget.take(this.#parts.clock.monotonicMs()) || this.#waiting.length >= mostWaiting) {
      this.#refuse(new PlanciaError("request/rate-limited", "Too many messages."));
      this.#session.end(closeCode.tooMuch, "too many messages");
      return;
    }
    try {
      this.#waiting.push(parseMessage(data, isBinary));
    } catch (error) {
      this.#misunderstood(error);
      return;
    }
    if (!this.#busy) void this.#answerAll();
  }

  #misunderstood(error: unknown): void {
    this.#refuse(error);
    this.#session.malformed++;
    if (!this.#session.identity) this.#session.end(closeCode.malformed, "the first message says who you are");
    else if (this.#session.malformed >= this.#parts.limits.malformed) {
      this.#session.end(closeCode.malformed, "too many messages that are not understood");
    }
  }

  async #answerAll(): Promise<void> {
    this.#busy = true;
    for (let message = this.#waiting.shift(); message && !this.#session.ended; message = this.#waiting.shift()) {
      try {
        await this.#answer(message);
      } catch (error) {
        this.#refuse(error);
        const unknown = !this.#session.identity;
        if (unknown) this.#session.end(closeCode.signInEnded, "not signed in");
      }
    }
    this.#busy = false;
  }

  async #answer(message: ClientMessage): Promise<void> {
    if (message.type === "authenticate") return this.#authenticate(message);
    const caller = await this.#callerToday(message.type);
    if (this.#session.ended) return;
    switch (message.type) {
      case "subscribe":
        return this.#parts.subscriptions.subscribe(this.#session, caller, message);
      case "unsubscribe":
        return this.#parts.subscriptions.unsubscribe(this.#session, message.id);
      case "events":
        if (message.since !== undefined) this.#parts.feed.resume(this.#session, message.since);
        return;
      case "active":
        return this.#parts.useCases.screens.acted(caller);
      case "lease-alive":
        if (message.active) this.#parts.useCases.screens.acted(caller);
        return this.#parts.useCases.control.alive(caller, message);
    }
  }

  /** S3: rights are asked again for each message. @throws PlanciaError auth/required, auth/forbidden. */
  async #callerToday(type: ClientMessage["type"]): Promise<Caller> {
    const { useCases, rights } = this.#parts;
    const session = this.#session;
    if (!session.caller) throw new PlanciaError("auth/required", "The first message says who you are.");
    const today = await useCases.signIns.renew(session.caller);
    if (!today) {
      session.end(closeCode.signInEnded, "the sign-in has ended");
      throw new PlanciaError("auth/required", "The sign-in has ended.");
    }
    if (!session.ended) rights.apply(session, today);
    if (today.token && !programMessages.has(type)) {
      useCases.denied?.(today, undefined, `live ${type}`);
      throw new PlanciaError("auth/forbidden", "Only a person may say this.");
    }
    const policy = messagePolicies[type];
    if (typeof policy === "object" && !allows(today, policy.permission)) {
      useCases.denied?.(today, policy.permission, `live ${type}`);
      throw new PlanciaError("auth/forbidden", `The role ${today.role} has no ${policy.permission}.`);
    }
    return today;
  }

  async #authenticate({ token, since }: Extract<ClientMessage, { type: "authenticate" }>): Promise<void> {
    const { useCases, clock, rights, feed } = this.#parts;
    const session = this.#session;
    const door = isTokenText(token) ? useCases.programs : useCases.signIns;
    const answer = await door.authenticate(token, session.origin);
    if (session.ended) return;
    const { caller, user, expiresAtMs } = answer;
    const before = session.caller;
    if (before && (before.userId !== caller.userId || before.token?.id !== caller.token?.id)) {
      throw new PlanciaError("auth/forbidden", "This socket belongs to somebody else; open another.");
    }
    if (!before && !this.#parts.admit(session, answer)) {
      this.#refuse(new PlanciaError("request/rate-limited", "Too many open sockets of this person or organisation."));
      session.end(closeCode.tooMuch, "too many sockets");
      return;
    }
    session.identity = { caller, user };
    session.known();
    session.deadlineMs = clock.monotonicMs() + (expiresAtMs - clock.wallMs());
    rights.apply(session, caller);
    if (!before) feed.add(session);
    session.tell({
      type: "authenticated",
      user: meView(useCases.plant, caller, user),
      expiresAt: expiresAtMs,
      seq: feed.newest,
    });
    if (!before && since !== undefined) feed.resume(session, since);
    if (before?.signInId !== caller.signInId) this.#present(caller);
  }

  /** R40: from here on the page is asked whether it is there, while its sign-in has control. */
  #present(caller: Caller): void {
    const session = this.#session;
    session.absent();
    // A program has no page, and is nobody who could be there.
    if (session.ended || caller.token) return;
    session.absent = this.#parts.useCases.control.open(caller, session.origin.userAgent, (equipment, n) => {
      if (session.mayReceive()) session.tell({ type: "lease-prompt", equipment, n });
    });
  }

  #refuse(error: unknown): void {
    this.#parts.counts.refused++;
    if (error instanceof PlanciaError) {
      this.#session.tell({ type: "error", code: error.code, detail: error.message });
      return;
    }
    this.#parts.log.error({ err: error }, "a message of a socket failed inside");
    this.#session.tell({ type: "error", code: "internal" });
  }
}
