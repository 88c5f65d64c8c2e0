/** Where things lie on an indicator, in percent of its track. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

type Pair = readonly [number, number];

/** What the instrument can show; without it, the normal band with as much again on both sides; undefined: no indicator. */
export function scaleOf(range: Pair | undefined, normal: Pair | undefined): Scale | undefined {
  if (range && range[1] > range[0]) return { low: range[0], high: range[1] };
  if (!normal || normal[1] <= normal[0]) return undefined;
  const width = normal[1] - normal[0];
  return { low: normal[0] - width, high: normal[1] + width };
}

/** 0 to 100; a value outside the scale stands at its end. */
export function percentOf(value: number, scale: Scale): number {
  const share = (value - scale.low) / (scale.high - scale.low);
  return Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;
}
