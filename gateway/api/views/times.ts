/** RFC 3339 UTC with milliseconds; `ms` since 1970. A time that no calendar holds becomes its nearest end. */
export function instant(ms: number): string {
  const bounded = Number.isFinite(ms) ? Math.min(Math.max(ms, -62_135_596_800_000), 253_402_300_799_999) : 0;
  return new Date(bounded).toISOString();
}

export function instantIf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : instant(ms);
}
