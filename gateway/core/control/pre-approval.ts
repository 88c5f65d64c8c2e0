import type { Approval, CommandArgument } from "../plant.ts";
import { integerLimits } from "../value.ts";

/**
 * R42: whether nobody would ever be asked. A range counts only for a single number, as in
 * `needsApproval`; what has no number is asked for each time.
 *
 * @param given what can be asked for: the arguments of a command, or the value of a tag.
 */
export function approvesAll(
  { required, preApproved }: Approval,
  given: readonly Pick<CommandArgument, "type" | "limits" | "values">[],
): boolean {
  if (!required || preApproved === "any") return true;
  const [only, ...more] = given;
  if (preApproved === undefined || !only || more.length > 0) return false;
  const [low, high] = preApproved;
  if (only.values) return only.values.every((value) => Number(value) >= low && Number(value) <= high);
  const limits = only.limits ?? integerLimits(only.type);
  return limits !== undefined && limits[0] >= low && limits[1] <= high;
}
