import { matches } from "../access/policy.ts";

/** Tags whose history is kept by one rule. The first group that a tag fits holds. */
export interface KeepGroup {
  readonly id: string;
  /** Patterns of full names. */
  readonly tags: readonly string[];
  /** What is older goes, ms; undefined: nothing by age. */
  readonly ageMs: number | undefined;
  /** Of the packed samples of the group together; beyond it the oldest go. undefined: no limit. */
  readonly sizeBytes: number | undefined;
}

/** What the historian keeps. A tag in no group is kept for ever, as far as the disk goes. */
export interface KeepSettings {
  readonly groups: readonly KeepGroup[];
  /** Beyond these the oldest of all go, also what a forwarder has not sent. */
  readonly disk: {
    /** Of the history's file, without what is free in it. */
    readonly sizeBytes: number | undefined;
    /** So much stays free on the disk. */
    readonly freeBytes: number | undefined;
  };
}

export const keepEverything: KeepSettings = { groups: [], disk: { sizeBytes: undefined, freeBytes: undefined } };

export function groupOf(groups: readonly KeepGroup[], tag: string): KeepGroup | undefined {
  return groups.find(({ tags }) => tags.some((pattern) => matches(pattern, tag)));
}

/** The oldest chunk of a series, and what follows it. */
export interface OldestChunk {
  readonly id: number;
  /** Time of its newest sample, UTC ms. */
  readonly endMs: number;
  /** Where the series goes on, UTC ms; undefined: it does not. */
  readonly nextMs: number | undefined;
  /** Whether its tag is in the configuration. */
  readonly configured: boolean;
}

export interface KeepLimits {
  /** The newest chunk of all stays, so that no number is given twice. */
  readonly newestId: number;
  /** Every forwarder has what is in chunks up to this one; Infinity: there is none. */
  readonly sentThrough: number;
}

/**
 * Whether a chunk may go because of its age. The value in force at the cut stays: where a set-point was written once,
 * long ago, its chunk holds what is true today.
 */
export function mayGoByAge(chunk: OldestChunk, cutMs: number, limits: KeepLimits): boolean {
  if (chunk.endMs >= cutMs || chunk.id > limits.sentThrough || chunk.id >= limits.newestId) return false;
  return chunk.nextMs === undefined ? !chunk.configured : chunk.nextMs <= cutMs;
}

/** Whether a chunk may go because there is too much. The last value of a tag of today stays. */
export function mayGoBySize(chunk: OldestChunk, limits: KeepLimits): boolean {
  if (chunk.id > limits.sentThrough || chunk.id >= limits.newestId) return false;
  return chunk.nextMs !== undefined || !chunk.configured;
}

/** How a group of tags grows. */
export interface GroupGrowth {
  readonly bytes: number;
  readonly bytesPerDay: number;
  /** Oldest sample, UTC ms; undefined: none. */
  readonly oldestMs: number | undefined;
  readonly ageMs: number | undefined;
  readonly sizeBytes: number | undefined;
}

export const dayMs = 86_400_000;

/**
 * Days until the groups together have taken `freeBytes` more at the pace of the last days; a group that is as old or
 * as large as its rule allows grows no more. Infinity: never.
 */
export function daysUntilFull(groups: readonly GroupGrowth[], freeBytes: number, nowMs: number): number {
  const growing = groups
    .filter(({ bytesPerDay }) => bytesPerDay > 0)
    .map((group) => ({ perDay: group.bytesPerDay, days: daysOfGrowth(group, nowMs) }))
    .sort((a, b) => a.days - b.days);
  let left = freeBytes;
  let perDay = growing.reduce((sum, each) => sum + each.perDay, 0);
  let day = 0;
  for (const each of growing) {
    const taken = perDay * (each.days - day);
    if (taken >= left) return day + Math.max(0, left) / perDay;
    left -= taken;
    day = each.days;
    perDay -= each.perDay;
  }
  return Number.POSITIVE_INFINITY;
}

function daysOfGrowth({ bytes, bytesPerDay, oldestMs, ageMs, sizeBytes }: GroupGrowth, nowMs: number): number {
  const byAge =
    ageMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, ageMs - (nowMs - (oldestMs ?? nowMs))) / dayMs;
  const bySize = sizeBytes === undefined ? Number.POSITIVE_INFINITY : Math.max(0, sizeBytes - bytes) / bytesPerDay;
  return Math.min(byAge, bySize);
}
