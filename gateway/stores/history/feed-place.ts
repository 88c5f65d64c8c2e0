import type { StateRow } from "./rows.ts";

/**
 * How far a feed has been given out. Everything of commits up to `commit` has been, and so has every chunk
 * with an id up to `chunk`; `heads` is there while the samples that are in no chunk yet are gone through.
 */
export interface FeedPlace {
  readonly commit: number;
  /** When that commit was, UTC ms; 0: not known. */
  readonly at: number;
  readonly chunk: number;
  /** Samples in the chunks up to there. */
  readonly points: number;
  readonly heads: HeadsPass | undefined;
}

/** What was committed up to `commit` and is in no chunk beyond the place's has been given for series up to `series`. */
export interface HeadsPass {
  readonly commit: number;
  readonly at: number;
  readonly series: number;
}

/** Below the first commit, so that what was folded before anybody asked is given too. */
export const feedStart: FeedPlace = { commit: -1, at: 0, chunk: 0, points: 0, heads: undefined };

export function writePlace({ commit, at, chunk, points, heads }: FeedPlace): string {
  return JSON.stringify([commit, at, chunk, points, ...(heads ? [heads.commit, heads.at, heads.series] : [])]);
}

/** @throws RangeError where it is no place. */
export function readPlace(text: string): FeedPlace {
  const parts: unknown = JSON.parse(text);
  const isPlace =
    Array.isArray(parts) && (parts.length === 4 || parts.length === 7) && parts.every((part) => Number.isInteger(part));
  if (!isPlace) throw new RangeError("this is no place in a feed");
  const [commit, at, chunk, points, ...pass] = parts as [number, number, number, number, ...number[]];
  const [headsCommit, headsAt, series] = pass;
  const heads =
    headsCommit === undefined || headsAt === undefined || series === undefined
      ? undefined
      : { commit: headsCommit, at: headsAt, series };
  return { commit, at, chunk, points, heads };
}

/**
 * The same place, or the nearest before it that this file can have: where commits or chunks were lost, their
 * numbers are given again, and what stands under them now has not been sent.
 */
export function within(place: FeedPlace, state: StateRow, newestChunk: number): FeedPlace {
  const commits = Math.max(place.commit, place.heads?.commit ?? 0);
  if (place.chunk > newestChunk) return feedStart;
  return commits > state.committed ? { ...place, commit: feedStart.commit, at: 0, heads: undefined } : place;
}
