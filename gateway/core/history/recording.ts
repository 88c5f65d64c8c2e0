import { sameValue, type Value } from "../value.ts";

/** What of a tag's samples goes on record. Every change of quality does, whatever stands here. */
export interface RecordingRule {
  /** A value that is no farther than this from the one recorded last is not recorded, engineering units; 0: every change is. */
  readonly deadband: number;
  /** At most one sample for each such time, ms; 0: no limit. The newest that had to wait follows when it is over. */
  readonly minIntervalMs: number;
  /** At least one sample for each such time while the device is alive, ms; undefined: a steady value is recorded once. */
  readonly maxIntervalMs: number | undefined;
}

/** A sample as the rule sees it. */
export interface RecordingSample {
  readonly value: Value;
  readonly status: number;
  /** Source time, UTC ms. */
  readonly timeMs: number;
}

/** What was recorded last of a tag. */
export interface RecordedLast extends RecordingSample {
  /** Where the minimum interval that runs now began, source time, UTC ms. */
  readonly sinceMs: number;
}

/**
 * `record`: now. `hold`: when the minimum interval is over, unless a newer one comes before. `drop`: never; what was
 * held is void too, since the value is back where it was.
 */
export type RecordingVerdict = "record" | "hold" | "drop";

/**
 * Whether a sample goes on record. A quality that differs always does, and so does a sample that is older than the
 * one recorded last: what a device sends late cannot be judged against what came after it. A difference counts when
 * it is larger than the deadband (OPC UA Part 4 §7.22.2).
 */
export function judgeSample(
  rule: RecordingRule,
  last: RecordedLast | undefined,
  next: RecordingSample,
): RecordingVerdict {
  if (!last || next.status !== last.status || next.timeMs < last.timeMs) return "record";
  const isDue = rule.maxIntervalMs !== undefined && next.timeMs - last.timeMs >= rule.maxIntervalMs;
  if (!isDue && !differs(last.value, next.value, rule.deadband)) return "drop";
  return next.timeMs - last.sinceMs < rule.minIntervalMs ? "hold" : "record";
}

/** What is recorded last once `next` was recorded at once. */
export function recordedNow(next: RecordingSample): RecordedLast {
  return { ...next, sinceMs: next.timeMs };
}

/** What is recorded last once a held sample was recorded: the next interval begins where the one that held it ended. */
export function recordedHeld(rule: RecordingRule, last: RecordedLast, held: RecordingSample): RecordedLast {
  return { ...held, sinceMs: Math.max(held.timeMs, last.sinceMs + rule.minIntervalMs) };
}

/**
 * The source time, UTC ms, for which a steady value is vouched for: what was recorded last held until the device was
 * heard, but for one period in which a change may still be under way. Counted from the recorded time on, so that a
 * device whose clock is hours off stays in its own time. undefined: nothing new is known.
 */
export function provenUntil(
  last: RecordedLast,
  newestSourceMs: number,
  heardAfterMs: number,
  periodMs: number,
): number | undefined {
  const at = Math.max(newestSourceMs, Math.floor(last.timeMs + heardAfterMs - periodMs));
  return at > last.timeMs ? at : undefined;
}

function differs(a: Value, b: Value, deadband: number): boolean {
  if (typeof a === "bigint" && typeof b === "bigint") return a !== b && Number(a > b ? a - b : b - a) > deadband;
  if (typeof a !== "number" || typeof b !== "number" || deadband === 0) return !sameValue(a, b);
  // NaN is no number to be near to; the distance from it is none.
  return !(Math.abs(a - b) <= deadband) && !sameValue(a, b);
}
