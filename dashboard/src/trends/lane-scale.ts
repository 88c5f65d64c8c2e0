import type { Figures } from "./pen.ts";

type Pair = readonly [number, number];

/** What the configuration says of a tag's figures. */
export interface Instrument {
  readonly normal?: Pair | undefined;
  readonly range?: Pair | undefined;
  readonly decimals?: number | undefined;
}

const steps = [1, 2, 2.5, 5, 10];

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (steps.find((step) => step * power >= least * 0.999_999) ?? 10);
}

/**
 * Bottom and top of a lane, both round numbers: what is seen, with the normal band where it is near
 * (far away it would flatten the pen). A value that does not move stands in the middle.
 */
export function laneScale(figures: Figures | undefined, { normal, range, decimals }: Instrument): Pair {
  // Four of its last figures at least: less is noise of the instrument, or nothing at all.
  const least = 4 * 10 ** -(decimals ?? 3);
  if (!figures) return normal ? padded(normal[0], normal[1], least) : (range ?? [0, 1]);
  let { low, high } = figures;
  if (normal) {
    const width = normal[1] - normal[0];
    if (low > normal[0] - 4 * width && high < normal[1] + 4 * width) {
      low = Math.min(low, normal[0]);
      high = Math.max(high, normal[1]);
    }
  }
  return padded(low, high, least);
}

function padded(low: number, high: number, least: number): Pair {
  const span = Math.max(high - low, Math.max(Math.abs(high), Math.abs(low)) * 0.001, least);
  const step = roundStep(span / 5);
  const pad = (span - (high - low)) / 2 + span * 0.08;
  const bottom = Math.floor((low - pad) / step) * step;
  const top = Math.ceil((high + pad) / step) * step;
  // What never goes below zero is not given a scale that does.
  return [low >= 0 ? Math.max(0, clean(bottom)) : clean(bottom), clean(top)];
}

/** Without the dust of binary fractions. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}

/** Pixels kept free above and below, so that a pen on the end of the scale is seen. */
export const insetPx = 5;

/** Pixels from the top of a lane `height` pixels high; what is off the scale stands at its end. */
export function heightOf(value: number, [low, high]: Pair, height: number): number {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return insetPx + (1 - share) * (height - 2 * insetPx);
}
