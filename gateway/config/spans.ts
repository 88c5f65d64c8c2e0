/** Whether the first span lies inside of the second, ends included. */
export function isInside([low, high]: readonly [number, number], [from, to]: readonly [number, number]): boolean {
  return from <= low && high <= to;
}
