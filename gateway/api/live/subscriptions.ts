import type { Caller } from "../../core/access/policy.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Tag } from "../../core/plant.ts";
import type { EquipmentReading } from "../../services/use-cases.ts";
import type { LiveLimits } from "../limits.ts";
import type { ClientMessage } from "../wire/live.ts";
import type { Distribution } from "./distribution.ts";
import { frameOf } from "./frames.ts";
import { type Group, groupKey } from "./group.ts";
import type { LiveSession, Subscription } from "./session.ts";

/** What a change of rights means for a subscription. */
interface Outcome {
  readonly tags: readonly Tag[];
  readonly refused: readonly string[];
  /** Sorted. */
  readonly handles: readonly number[];
  readonly key: string;
  readonly lost: readonly number[];
  readonly fresh: readonly number[];
  /** `subscribed` as bytes, by the subscription's id. */
  readonly frames: Map<number, Buffer>;
  revoked?: Buffer;
  full?: Buffer;
}

/** Outcomes by the group that was left, patterns and machines; good for one turn of the event loop. */
export type Rechecks = Map<Group, Map<string, Outcome>>;

type Subscribe = Extract<ClientMessage, { type: "subscribe" }>;

/** What each socket is subscribed to, within its caller's rights, kept so when rights change (S3). */
export class Subscriptions {
  readonly #equipment: EquipmentReading;
  readonly #distribution: Distribution;
  readonly #limits: Pick<LiveLimits, "subscriptionsPerSocket" | "tagsPerSocket">;

  constructor(
    equipment: EquipmentReading,
    distribution: Distribution,
    limits: Pick<LiveLimits, "subscriptionsPerSocket" | "tagsPerSocket">,
  ) {
    this.#equipment = equipment;
    this.#distribution = distribution;
    this.#limits = limits;
  }

  /**
   * Answers, sends one full set, and from then on changes. The same id again replaces.
   * @throws PlanciaError request/too-large.
   */
  subscribe(session: LiveSession, caller: Caller, message: Subscribe): void {
    this.unsubscribe(session, message.id);
    const { tags, refused } = this.#equipment.tags(caller, message.tags);
    this.#checkLimits(session, tags.length);
    const handles = sortedHandles(tags);
    const place = this.#distribution.join(session, handles, message.intervalMs);
    const { id, tags: patterns, intervalMs } = message;
    session.subscriptions.set(id, { id, patterns, intervalMs, handles, place });
    session.tell({ type: "subscribed", id, tags: tags.map(tagOf), refused });
    this.#distribution.sendFull(session, handles);
  }

  unsubscribe(session: LiveSession, id: number): void {
    const subscription = session.subscriptions.get(id);
    if (!subscription) return;
    session.subscriptions.delete(id);
    this.#distribution.leave(subscription.place.group, subscription.place.member);
  }

  leaveAll(session: LiveSession): void {
    for (const id of [...session.subscriptions.keys()]) this.unsubscribe(session, id);
  }

  /**
   * After a change of rights: lost tags are said in one `revoked` and never sent again; where tags
   * were won, `subscribed` comes once more with the new list and the values of the new ones.
   * @param shared what was found out for others in this same turn of the event loop.
   */
  recheck(session: LiveSession, caller: Caller, visible: ReadonlySet<string>, shared: Rechecks = new Map()): void {
    const outcomes: (readonly [Subscription, Outcome])[] = [];
    const seen = [...visible].join("\n");
    for (const subscription of session.subscriptions.values()) {
      const outcome = this.#outcome(subscription, caller, visible, seen, shared);
      if (outcome.key === subscription.place.group.key) continue;
      subscription.handles = outcome.handles;
      subscription.place = this.#distribution.move(subscription.place, outcome.handles, outcome.key);
      outcomes.push([subscription, outcome]);
    }
    this.#tellLost(
      session,
      outcomes.map(([, outcome]) => outcome).filter(({ lost }) => lost.length > 0),
    );
    for (const [{ id }, outcome] of outcomes) {
      const { tags, refused, fresh, frames } = outcome;
      if (fresh.length === 0) continue;
      const frame = frames.get(id) ?? frameOf({ type: "subscribed", id, tags: tags.map(tagOf), refused });
      frames.set(id, frame);
      session.send(frame);
      outcome.full ??= this.#distribution.fullFrame(fresh);
      this.#distribution.deliver(session, outcome.full);
    }
  }

  #tellLost(session: LiveSession, outcomes: readonly Outcome[]): void {
    const [only, ...others] = outcomes;
    if (!only) return;
    if (others.length > 0) {
      const lost = new Set(outcomes.flatMap(({ lost: each }) => each));
      session.tell({ type: "revoked", handles: [...lost] });
      return;
    }
    only.revoked ??= frameOf({ type: "revoked", handles: [...only.lost] });
    session.send(only.revoked);
  }

  /** The same for all who had the same tags, by the same patterns, and see the same machines. */
  #outcome(
    { patterns, intervalMs, place }: Subscription,
    caller: Caller,
    visible: ReadonlySet<string>,
    seen: string,
    shared: Rechecks,
  ): Outcome {
    const known = shared.get(place.group) ?? new Map<string, Outcome>();
    shared.set(place.group, known);
    const asked = `${JSON.stringify(patterns)}${seen}`;
    const before = known.get(asked);
    if (before) return before;
    const { tags, refused } = this.#equipment.tags(caller, patterns, visible);
    const handles = sortedHandles(tags);
    const [had, has] = [new Set(place.group.handles), new Set(handles)];
    const outcome: Outcome = {
      ...{ tags, refused, handles, key: groupKey(handles, intervalMs), frames: new Map() },
      lost: place.group.handles.filter((handle) => !has.has(handle)),
      fresh: handles.filter((handle) => !had.has(handle)),
    };
    known.set(asked, outcome);
    return outcome;
  }

  #checkLimits(session: LiveSession, wanted: number): void {
    let tags = wanted;
    for (const { handles } of session.subscriptions.values()) tags += handles.length;
    const { subscriptionsPerSocket, tagsPerSocket } = this.#limits;
    if (session.subscriptions.size >= subscriptionsPerSocket) {
      throw new PlanciaError("request/too-large", `At most ${subscriptionsPerSocket} subscriptions on one socket.`);
    }
    if (tags > tagsPerSocket) {
      throw new PlanciaError("request/too-large", `At most ${tagsPerSocket} tags on one socket.`);
    }
  }
}

function sortedHandles(tags: readonly Tag[]): number[] {
  return tags.map((tag) => tag.handle).sort((a, b) => a - b);
}

function tagOf(tag: Tag): { handle: number; tag: string; unit?: string; type: string } {
  const named = { handle: tag.handle, tag: tag.name, type: tag.type };
  return tag.unit === undefined ? named : { ...named, unit: tag.unit };
}
