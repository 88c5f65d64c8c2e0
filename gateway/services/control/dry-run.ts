import { allowsOn, type Caller } from "../../core/access/policy.ts";
import { directChecks, refusals, selectChecks } from "../../core/control/checks/checks.ts";
import type { Cause } from "../../core/control/command.ts";
import { isSelected, type Order } from "../../core/control/order.ts";
import { type Why, whyLines } from "../../core/control/why.ts";
import type { ConditionTree } from "../../core/expression-port.ts";
import type { CommandClass } from "../../core/plant.ts";
import { isGood } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import type { Desk } from "./desk.ts";
import { gatherFacts, permitCondition } from "./gather.ts";
import { shownValue, targetOf } from "./sending.ts";

export interface WhyAnswer {
  readonly target: string;
  readonly allowed: boolean;
  readonly why: readonly Why[];
}

/** What would be checked and what would be written; nothing is done. */
export interface DryRunAnswer extends WhyAnswer {
  readonly class: CommandClass;
  readonly causes: readonly Cause[];
  readonly steps: readonly { readonly target: string; readonly value: Value; readonly from: Value | undefined }[];
  readonly effect: { readonly when: string | undefined; readonly withinMs: number };
  readonly needs: {
    readonly select: boolean;
    readonly approval: boolean;
    readonly permit: "none" | "signal" | "attendant" | "warning";
  };
}

/** "Why can I not?": every rule and every declared condition as it stands for this caller now. */
export function why(desk: Desk, caller: Caller, order: Order): WhyAnswer {
  const checks = isSelected(order) ? selectChecks : directChecks;
  const facts = gatherFacts(desk, caller, order);
  const { equipment, permit } = order;
  const signal = permit?.kind === "signal" ? { condition: permitCondition(permit.when) } : undefined;
  const lines = whyLines(
    facts,
    checks,
    (condition) => seenBy(desk, caller, desk.conditions.explain(equipment.id, condition, desk.machines.lookup)),
    signal,
  );
  return { target: order.target, allowed: refusals(facts, checks).length === 0, why: lines };
}

export function dryRun(desk: Desk, caller: Caller, order: Order): DryRunAnswer {
  const checks = isSelected(order) ? selectChecks : directChecks;
  return {
    ...why(desk, caller, order),
    class: order.class,
    causes: refusals(gatherFacts(desk, caller, order), checks),
    steps: order.steps.map((step) => {
      const present = step.kind === "write" ? desk.values.sample(step.tag.handle) : undefined;
      const from = present && isGood(present.status) ? present.value : undefined;
      return { target: targetOf(step), value: shownValue(step), from };
    }),
    effect: { when: order.feedback.when, withinMs: order.feedback.withinMs },
    needs: { select: isSelected(order), approval: order.needsApproval, permit: order.permit?.kind ?? "none" },
  };
}

/** Of a machine that is not the caller's to see, only whether the condition holds, and no value. */
function seenBy(desk: Desk, caller: Caller, tree: ConditionTree): ConditionTree {
  const isSeen = (tag: string): boolean =>
    allowsOn(caller, "equipment:view", tag.slice(0, tag.indexOf("/")), desk.rights.nowMs());
  return {
    ...tree,
    tags: tree.tags.filter(({ tag }) => isSeen(tag)),
    children: tree.children.map((each) => seenBy(desk, caller, each)),
  };
}
