import type { JsonValue } from "../api/wire.ts";

/** A value as it came last, with what the gateway said of it. */
export interface Seen {
  readonly value: JsonValue;
  /** OPC UA StatusCode, unsigned 32 bit. */
  readonly status: number;
  /** Source time, UTC ms. */
  readonly timeMs: number;
}

/** NAMUR NE 107: failure, function check, out of specification, maintenance. */
export type Namur = "F" | "C" | "S" | "M";

/** What may be believed of a value. */
export type Quality =
  | { readonly kind: "waiting" }
  | { readonly kind: "live"; readonly value: JsonValue; readonly timeMs: number }
  | { readonly kind: "stale"; readonly value: JsonValue; readonly sinceMs: number }
  | { readonly kind: "bad"; readonly sinceMs: number; readonly letter: Namur; readonly last: Seen | undefined }
  | { readonly kind: "uncertain"; readonly value: JsonValue; readonly letter: Namur }
  | { readonly kind: "overridden"; readonly value: JsonValue };

/** A quality, or the life of a command that lies over it. */
export type ValueState =
  | Quality
  | { readonly kind: "writing"; readonly value: JsonValue; readonly wanted: JsonValue; readonly sentMs: number }
  | { readonly kind: "verified"; readonly value: JsonValue; readonly delayMs: number }
  | { readonly kind: "unknown"; readonly value: JsonValue; readonly sinceMs: number };

export interface Circumstance {
  /** UTC ms since when the link to the gateway is lost; undefined: it is not. */
  readonly lostSinceMs: number | undefined;
  /** The value came over the present connection. */
  readonly current: boolean;
  /** Milliseconds since the device was last proven alive, as the last beat said; undefined: not known. */
  readonly deviceAgeMs: number | undefined;
  /** Milliseconds after which an unconfirmed value is no longer believed (R16). */
  readonly staleAfterMs: number;
}

// Status codes by their upper 16 bits (OPC UA Part 4 §7.39, Part 6 Annex A).
const localOverride = 0x0096;
const lastUsable = new Set([0x4090, 0x408f]);
const checking = new Set([0x4092, 0x808d, 0x8032]);
const outOfService = 0x808d;

export function isBad(status: number): boolean {
  return status >>> 30 >= 2;
}

export function isGood(status: number): boolean {
  return status >>> 30 === 0;
}

function letterOf(status: number): Namur {
  const code = status >>> 16;
  if (checking.has(code)) return code === outOfService ? "M" : "C";
  return isBad(status) ? "F" : "S";
}

/**
 * The quality of one value (R16, SCREENS "States of a value"). `lastGood` is the last Good sample,
 * for display only. A value is live only while everything between it and the eye is proven alive.
 */
export function qualityOf(seen: Seen | undefined, lastGood: Seen | undefined, now: Circumstance): Quality {
  if (!seen) return { kind: "waiting" };
  if (isBad(seen.status) || seen.value === null) {
    return { kind: "bad", sinceMs: seen.timeMs, letter: letterOf(seen.status), last: lastGood };
  }
  if (now.lostSinceMs !== undefined) return { kind: "stale", value: seen.value, sinceMs: now.lostSinceMs };
  // Dated by the mark: the last Good sample is as old as the value's last change, not as its last proof of life.
  if (lastUsable.has(seen.status >>> 16)) return { kind: "stale", value: seen.value, sinceMs: seen.timeMs };
  if (!now.current) return { kind: "stale", value: seen.value, sinceMs: (lastGood ?? seen).timeMs };
  if (now.deviceAgeMs !== undefined && now.deviceAgeMs > now.staleAfterMs) {
    return { kind: "stale", value: seen.value, sinceMs: seen.timeMs };
  }
  if (seen.status >>> 16 === localOverride) return { kind: "overridden", value: seen.value };
  if (!isGood(seen.status)) return { kind: "uncertain", value: seen.value, letter: letterOf(seen.status) };
  return { kind: "live", value: seen.value, timeMs: seen.timeMs };
}

/** Whether a command may stand on it. */
export function isBelieved(quality: Quality): boolean {
  return quality.kind === "live" || quality.kind === "overridden";
}
