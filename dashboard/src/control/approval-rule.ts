import type { ApprovalView, CommandOffer, JsonValue, TagView } from "../api/wire.ts";

type Class = CommandOffer["class"];

/**
 * R42: whether a second person will be asked for this value, as far as can be told here. Only for the
 * words before it is sent: the gateway decides.
 */
export function needsApproval(approval: ApprovalView | undefined, value: JsonValue | undefined): boolean {
  if (!approval?.required) return false;
  const { preApproved } = approval;
  if (preApproved === undefined) return true;
  if (preApproved === "any") return false;
  return !(typeof value === "number" && value >= preApproved[0] && value <= preApproved[1]);
}

/** R6: whether it is selected first, and confirmed while the gateway holds it. */
export function needsSelect(
  commandClass: Class,
  approval: ApprovalView | undefined,
  value: JsonValue | undefined,
): boolean {
  return commandClass === "C2" || commandClass === "C3" || needsApproval(approval, value);
}

/** The same of a set-point: the others are written at once. */
export function isSelectedFirst(tag: TagView, value: JsonValue): boolean {
  const { writable } = tag;
  return writable !== undefined && needsSelect(writable.class, writable.approval, value);
}
