import type { Grant } from "../../core/access/grant.ts";
import { minuteOf } from "../../core/access/weekly-hours.ts";
import { type FieldProblem, PlanciaError } from "../../core/errors.ts";
import type { Equipment } from "../../core/plant.ts";
import { checkEquipment } from "../new-user.ts";

interface WithAreas {
  readonly equipment: readonly Pick<Equipment, "area">[];
}

/** Every field that cannot be. @throws PlanciaError request/invalid. */
export function assertGrant(grant: Grant, plant: WithAreas): void {
  const problems = grantProblems(grant, plant);
  if (problems.length > 0)
    throw new PlanciaError("request/invalid", problems.map(({ detail }) => detail).join("; "), { fields: problems });
  checkEquipment(grant.equipment);
}

function grantProblems(grant: Grant, plant: WithAreas): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (pointer: string, detail: string): void => void problems.push({ pointer, detail });
  const areas = new Set(plant.equipment.map(({ area }) => area));
  for (const [index, area] of grant.areas.entries())
    if (!areas.has(area)) add(`/areas/${index}`, "an area of the configuration");
  if (grant.equipment.length === 0 && grant.areas.length === 0) add("/equipment", "a machine or an area");
  // People, rights and organisations have no machine behind them: a bound would be written down and hold nothing.
  const bounded = grant.areas.length > 0 || !grant.equipment.includes("*");
  if (!grant.own && grant.role === "administrator" && bounded)
    add("/equipment", "`*` alone: what an administrator does with people and rights concerns the whole house");
  const { notBefore, notAfter } = grant;
  if (notBefore !== undefined && notAfter !== undefined && notBefore >= notAfter) add("/notAfter", "after notBefore");
  for (const [index, { days, from, to }] of grant.hours.entries()) {
    if (days.length === 0 || days.some((day) => !Number.isInteger(day) || day < 1 || day > 7))
      add(`/hours/${index}/days`, "days from 1 (Monday) to 7");
    if (!(minuteOf(from) < minuteOf(to))) add(`/hours/${index}/to`, "HH:MM, later than the beginning, at most 24:00");
  }
  return problems;
}
