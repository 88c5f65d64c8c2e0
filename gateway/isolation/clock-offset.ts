const tries = 10;

/**
 * What `process.hrtime`, the same in all threads, says while a clock stands at zero, ms. The try with the least
 * between its two looks at the clock counts: the first is slow.
 */
export function clockOffsetMs(nowMs: () => number): number {
  let best = { width: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let n = 0; n < tries; n++) {
    const before = nowMs();
    const atMs = Number(process.hrtime.bigint()) / 1e6;
    const after = nowMs();
    if (after - before < best.width) best = { width: after - before, offsetMs: atMs - (before + after) / 2 };
  }
  return best.offsetMs;
}
