/** The order that is being filled. */
export interface Order {
  readonly number: string;
  readonly target: number;
  readonly good: number;
  readonly rejected: number;
  /** Milliseconds since 1970 UTC; 0 before the first start. */
  readonly startedMs: number;
}

const pattern = /^[A-Z]{2}-\d{1,8}$/;

/** Order numbers are two capitals, a hyphen and up to eight digits. */
export function isOrderNumber(text: string): boolean {
  return pattern.test(text);
}

/** The number after: FL-1041 gives FL-1042. */
export function nextOrderNumber(number: string): string {
  const [prefix = "FL", digits = "0"] = number.split("-");
  return `${prefix}-${(Number(digits) + 1) % 100_000_000}`;
}
