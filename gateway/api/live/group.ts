import type { LiveSession } from "./session.ts";

/** A subscription's place in a group. */
export interface Member {
  readonly session: LiveSession;
  /** Handles that changed while the reader was slow; bounded by the group's tags. */
  readonly missed: Set<number>;
  /** Samples that a newer one replaced before the reader could take them. */
  replaced: number;
}

/** All subscriptions to the same tags at the same interval: they share every frame. */
export class Group {
  readonly key: string;
  readonly handles: readonly number[];
  readonly intervalMs: number;
  readonly members = new Set<Member>();
  /** Changed since the last frame. */
  dirty = new Set<number>();
  lastSentMs = Number.NEGATIVE_INFINITY;
  cancelTimer: (() => void) | undefined;

  constructor(key: string, handles: readonly number[], intervalMs: number) {
    this.key = key;
    this.handles = handles;
    this.intervalMs = intervalMs;
  }
}

export function groupKey(handles: readonly number[], intervalMs: number): string {
  return `${intervalMs}:${handles.join(",")}`;
}
