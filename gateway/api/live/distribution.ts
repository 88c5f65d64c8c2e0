import type { Clock, Timers } from "../../core/clock.ts";
import type { SampleBatch } from "../../core/sample.ts";
import { frameOf, type SampleFrames } from "./frames.ts";
import { Group, groupKey, type Member } from "./group.ts";
import type { LiveSession } from "./session.ts";

/** How soon a slow reader is looked at again, ms. */
const lookAgainMs = 50;

export interface DistributionCounts {
  frames: number;
  bytes: number;
  /** Frames encoded; frames / encoded is how many sockets shared one. */
  encoded: number;
  /** Samples replaced by newer ones before a slow reader could take them. */
  conflated: number;
}

/**
 * From batches to frames. The first change after silence leaves at once, later ones at the group's
 * interval (decision 12). A reader that does not keep up gets the newest value of each tag when it
 * can take it; nothing of it waits here but the handles.
 */
export class Distribution {
  readonly counts: DistributionCounts = { frames: 0, bytes: 0, encoded: 0, conflated: 0 };
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #frames: SampleFrames;
  readonly #groups = new Map<string, Group>();
  /** Groups by handle. */
  readonly #interested: (Set<Group> | undefined)[];
  readonly #slow = new Set<Member>();
  #cancelSlow: (() => void) | undefined;

  constructor(frames: SampleFrames, tags: number, clock: Clock, timers: Timers) {
    this.#frames = frames;
    this.#clock = clock;
    this.#timers = timers;
    this.#interested = new Array<Set<Group> | undefined>(tags).fill(undefined);
  }

  get groups(): number {
    return this.#groups.size;
  }

  /** Joins the subscriptions of the same tags (sorted handles) and interval. */
  join(
    session: LiveSession,
    handles: readonly number[],
    intervalMs: number,
    key = groupKey(handles, intervalMs),
  ): { group: Group; member: Member } {
    const group = this.#groups.get(key) ?? this.#open(new Group(key, handles, intervalMs));
    const member: Member = { session, missed: new Set(), replaced: 0 };
    group.members.add(member);
    return { group, member };
  }

  leave(group: Group, member: Member): void {
    group.members.delete(member);
    this.#slow.delete(member);
    if (group.members.size > 0) return;
    group.cancelTimer?.();
    this.#groups.delete(group.key);
    for (const handle of group.handles) {
      const interested = this.#interested[handle];
      interested?.delete(group);
      if (interested?.size === 0) this.#interested[handle] = undefined;
    }
  }

  /** To other tags at the same interval; what had not left yet follows, as far as it is still wanted. */
  move(
    from: { group: Group; member: Member },
    handles: readonly number[],
    key?: string,
  ): { group: Group; member: Member } {
    const { group, member } = from;
    const waiting = [...member.missed, ...group.dirty];
    this.leave(group, member);
    const place = this.join(member.session, handles, group.intervalMs, key);
    if (waiting.length === 0) return place;
    const wanted = new Set(handles);
    for (const handle of waiting) if (wanted.has(handle)) place.member.missed.add(handle);
    if (place.member.missed.size > 0) this.#defer(place.member);
    return place;
  }

  /** The newest sample of each of these handles, to one reader, at once. */
  sendFull(session: LiveSession, handles: readonly number[]): void {
    if (handles.length > 0) this.deliver(session, this.fullFrame(handles));
  }

  /** The same as bytes, good for every reader until the next batch. */
  fullFrame(handles: readonly number[]): Buffer {
    return this.#frames.encode(handles, this.#clock.wallMs());
  }

  onBatch(batch: SampleBatch): void {
    const touched = new Set<Group>();
    for (let row = 0; row < batch.length; row++) {
      const handle = batch.handles[row] as number;
      this.#frames.changed(handle);
      const interested = this.#interested[handle];
      if (!interested) continue;
      for (const group of interested) {
        group.dirty.add(handle);
        touched.add(group);
      }
    }
    for (const group of touched) this.#schedule(group);
  }

  close(): void {
    for (const group of this.#groups.values()) group.cancelTimer?.();
    this.#cancelSlow?.();
    this.#cancelSlow = undefined;
    this.#slow.clear();
  }

  #open(group: Group): Group {
    this.#groups.set(group.key, group);
    for (const handle of group.handles) {
      const interested = this.#interested[handle] ?? new Set<Group>();
      interested.add(group);
      this.#interested[handle] = interested;
    }
    return group;
  }

  #schedule(group: Group): void {
    if (group.cancelTimer) return;
    const waitMs = group.lastSentMs + group.intervalMs - this.#clock.monotonicMs();
    if (waitMs <= 0) {
      this.#flush(group);
      return;
    }
    group.cancelTimer = this.#timers.after(waitMs, () => {
      group.cancelTimer = undefined;
      this.#flush(group);
    });
  }

  #flush(group: Group): void {
    const dirty = group.dirty;
    if (dirty.size === 0) return;
    group.dirty = new Set();
    group.lastSentMs = this.#clock.monotonicMs();
    const frame = this.#frames.encode(dirty, this.#clock.wallMs());
    this.counts.encoded++;
    for (const member of group.members) this.#offer(group, member, dirty, frame);
  }

  /** Rights are looked at first: a slot that just ended moves the member out of the group. */
  #offer(group: Group, member: Member, dirty: ReadonlySet<number>, frame: Buffer): void {
    const { session } = member;
    if (!session.mayReceive() || !group.members.has(member)) return;
    if (!session.isSlow() && member.missed.size === 0) {
      this.deliver(session, frame);
      return;
    }
    for (const handle of dirty) {
      if (member.missed.has(handle)) member.replaced++;
      else member.missed.add(handle);
    }
    this.#defer(member);
  }

  #defer(member: Member): void {
    this.#slow.add(member);
    this.#watchSlow();
  }

  #watchSlow(): void {
    if (this.#cancelSlow || this.#slow.size === 0) return;
    this.#cancelSlow = this.#timers.after(lookAgainMs, () => {
      this.#cancelSlow = undefined;
      try {
        for (const member of this.#slow) this.#catchUp(member);
      } finally {
        this.#watchSlow();
      }
    });
  }

  #catchUp(member: Member): void {
    const { session } = member;
    if (session.isSlow() || !session.mayReceive()) return;
    // Rights may just have moved the reader elsewhere.
    if (!this.#slow.delete(member)) return;
    if (member.replaced > 0) {
      this.counts.conflated += member.replaced;
      session.send(frameOf({ type: "conflated", count: member.replaced }));
    }
    this.deliver(session, this.#frames.encode(member.missed, this.#clock.wallMs()));
    member.missed.clear();
    member.replaced = 0;
  }

  deliver(session: LiveSession, frame: Buffer): void {
    this.counts.frames++;
    this.counts.bytes += frame.length;
    session.send(frame);
  }
}
