/** Buckets that follow one another: bucket k holds [at(k), at(k + 1)), and the last one ends with the question. */
export interface Edges {
  readonly count: number;
  /** UTC ms; 0 ≤ k ≤ count. */
  at(k: number): number;
}

/** Buckets of the same width from startMs on; the last may be shorter. */
export function evenEdges(startMs: number, endMs: number, intervalMs: number): Edges {
  const count = Math.ceil((endMs - startMs) / intervalMs);
  return { count, at: (k) => (k >= count ? endMs : startMs + k * intervalMs) };
}

/** Buckets between these times, ascending: hours, days or months as a calendar has them. */
export function listedEdges(edgesMs: readonly number[]): Edges {
  return { count: Math.max(0, edgesMs.length - 1), at: (k) => edgesMs[k] as number };
}

/** The bucket that holds this time, at(0) ≤ timeMs < at(count). */
export function bucketAt(edges: Edges, timeMs: number): number {
  let low = 0;
  let high = edges.count;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (edges.at(middle) <= timeMs) low = middle;
    else high = middle;
  }
  return low;
}
