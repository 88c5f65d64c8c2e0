import type { OverTime } from "../plant.ts";
import type { Gap, Kept } from "./accumulator.ts";

/** What decides whether a count goes on: with another expression it would be two things added up. */
export function definitionOf(expression: string, over: OverTime): string {
  const { function: name, each, timeUnitMs, rollOver } = over;
  return JSON.stringify([expression, name, each, timeUnitMs, rollOver ?? null]);
}

export function keptText({ reading, periodStartMs, ...kept }: Kept): string {
  const read = typeof reading === "bigint" ? { int: reading.toString() } : reading;
  return JSON.stringify({
    ...kept,
    periodStartMs: Number.isFinite(periodStartMs) ? periodStartMs : null,
    reading: read,
  });
}

/** undefined: nothing that could be gone on with. */
export function keptOf(text: string): Kept | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Whatever it was, counting begins anew.
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const of = new Map(Object.entries(parsed));
  const atMs = number(of.get("atMs"));
  const missedMs = number(of.get("missedMs"));
  if (atMs === undefined || missedMs === undefined) return undefined;
  return {
    value: number(of.get("value")),
    sinceMs: number(of.get("sinceMs")),
    atMs,
    periodStartMs: number(of.get("periodStartMs")) ?? Number.NEGATIVE_INFINITY,
    missedMs,
    gap: gapOf(of.get("gap")),
    resets: number(of.get("resets")) ?? 0,
    unknownFromMs: number(of.get("unknownFromMs")),
    reading: readingOf(of.get("reading")),
  };
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function gapOf(value: unknown): Gap | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const [fromMs, toMs] = [number(Reflect.get(value, "fromMs")), number(Reflect.get(value, "toMs"))];
  return fromMs === undefined || toMs === undefined ? undefined : { fromMs, toMs };
}

function readingOf(value: unknown): number | bigint | undefined {
  if (typeof value === "object" && value !== null) {
    const text: unknown = Reflect.get(value, "int");
    return typeof text === "string" && /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  }
  return number(value);
}
