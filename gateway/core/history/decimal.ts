/**
 * Decimal scaling: a sensor's 21.37 is the whole number 2137 with exponent 2. It is used only where
 * the way back gives the very same bits: 10^e is exact up to e = 22 and division is correctly
 * rounded, so `mantissa / 10^e` is what a decimal reader would make of the digits.
 */
export const maxExponent = 12;
/** Two differences of mantissas up to 2^50 still fit a zigzag varint. */
const maxMantissa = 2 ** 50;

const powers = Array.from({ length: maxExponent + 1 }, (_, e) => 10 ** e);

/** Which float the decimal must lead back to: the double itself, or the float32 that it widens. */
export type Precision = "double" | "single";

export function fromDecimal(mantissa: number, exponent: number, precision: Precision): number {
  const value = mantissa / (powers[exponent] as number);
  return precision === "single" ? Math.fround(value) : value;
}

/** The whole number that stands for `value` at this exponent, or undefined where it would not lead back exactly. */
export function mantissaOf(value: number, exponent: number, precision: Precision): number | undefined {
  const power = powers[exponent] as number;
  const mantissa = Math.round(value * power);
  // The comparison is false for NaN and infinities.
  if (!(mantissa <= maxMantissa && mantissa >= -maxMantissa)) return undefined;
  const back = mantissa / power;
  if ((precision === "single" ? Math.fround(back) : back) !== value) return undefined;
  return mantissa === 0 && Object.is(value, -0) ? undefined : mantissa;
}

/** The least exponent from `from` on at which the value is exact, or undefined. */
export function exponentOf(value: number, from: number, precision: Precision): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let exponent = from; exponent <= maxExponent; exponent++) {
    if (mantissaOf(value, exponent, precision) !== undefined) return exponent;
  }
  return undefined;
}
