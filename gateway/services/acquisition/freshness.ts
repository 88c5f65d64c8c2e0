import type { Tag } from "../../core/plant.ts";
import { isBad, isGood, Status } from "../../core/status.ts";
import type { Image } from "../image.ts";
import type { Intake } from "./intake.ts";

/** R16: not confirmed for 3 × the period: Uncertain with the value kept; for 6 ×: Bad with none. */
export const staleFactor = 3;
export const badFactor = 6;

const quickSweepMs = 100;
const slowSweepMs = 250;

/** Milliseconds between two proofs of life that are normal for this tag. */
export function periodOf(tag: Pick<Tag, "expectMs" | "intervalMs">): number {
  return tag.expectMs ?? tag.intervalMs;
}

/** What a tag's status becomes after `ageMs` without proof of life; undefined: it stays. */
export function judge(status: number, ageMs: number, periodMs: number): number | undefined {
  if (ageMs >= badFactor * periodMs) return isBad(status) ? undefined : Status.Bad_NoCommunication;
  if (ageMs >= staleFactor * periodMs && isGood(status)) return Status.Uncertain_LastUsableValue;
  return undefined;
}

/** How often to look for tags that went stale, ms: a sixth of the shortest allowance where that is a quarter of a second. */
export function sweepEveryMs(tags: readonly Pick<Tag, "expectMs" | "intervalMs">[]): number {
  const shortestMs =
    tags.reduce((least, tag) => Math.min(least, periodOf(tag)), Number.POSITIVE_INFINITY) * staleFactor;
  return shortestMs / 6 >= slowSweepMs ? slowSweepMs : quickSweepMs;
}

/** Goes over all tags and marks those that nobody has confirmed in time. Called by acquisition at a fixed short period. */
export function sweep(tags: readonly Tag[], image: Image, intake: Intake): void {
  const marks: { handle: number; status: number }[] = [];
  const nowMs = image.nowMs();
  for (const tag of tags) {
    const status = judge(image.status(tag.handle), image.shownAgeMs(tag.handle, nowMs), periodOf(tag));
    if (status !== undefined) marks.push({ handle: tag.handle, status });
  }
  intake.markOverdue(marks);
}
