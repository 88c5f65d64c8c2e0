import type { AuditClass } from "../records-port.ts";

/** How long the bodies of each class are kept, ms. */
export type AuditKeep = Readonly<Record<AuditClass, number>>;

const dayMs = 86_400_000;

/** A clock may stand so far after the anchor before the newest one and still be believed, ms. */
export const believedAheadMs = 2 * dayMs;

export interface DueErasure {
  readonly class: AuditClass;
  /** Bodies of entries from before may go, UTC ms. */
  readonly beforeMs: number;
}

/**
 * Whose bodies have had their time. What is erased never comes back, so that a clock that jumped ahead
 * must not erase what it will be sorry for: the clock counts as two days after the second newest daily
 * anchor at most, which one wrong hour or night does not move. With fewer than two anchors nothing is due.
 * @param anchorsMs times of the daily anchors, newest first.
 */
export function dueErasures(keep: AuditKeep, nowMs: number, anchorsMs: readonly number[]): readonly DueErasure[] {
  const before = anchorsMs[1];
  if (before === undefined) return [];
  const believedMs = Math.min(nowMs, before + believedAheadMs);
  return (Object.entries(keep) as [AuditClass, number][]).map(([group, keptMs]) => {
    return { class: group, beforeMs: believedMs - keptMs };
  });
}
