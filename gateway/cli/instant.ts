import { InvalidArgumentError } from "commander";

const day = /^\d{4}-\d{2}-\d{2}$/;
const instant = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * A time of the command line in UTC ms: RFC 3339 with its zone, or a day (its beginning in UTC). A
 * time without a zone is refused: it would mean another one on another computer.
 */
export function parseInstant(text: string): number {
  const time = day.test(text) || instant.test(text) ? Date.parse(text.replace(" ", "T").toUpperCase()) : Number.NaN;
  if (!Number.isNaN(time) && sameDay(text, time)) return time;
  throw new InvalidArgumentError('It is a time with its zone, such as "2026-11-22T08:00:00Z", or a day.');
}

/** JavaScript takes the 31st of February for a day in March. */
function sameDay(text: string, time: number): boolean {
  return !day.test(text) || new Date(time).toISOString().startsWith(text);
}
