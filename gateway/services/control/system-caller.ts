import type { Caller } from "../../core/access/policy.ts";

/** Who acts when nobody does: named by the rule that made it act. */
export function systemCaller(rule: string): Caller {
  return {
    userId: `system:${rule}`,
    name: `system:${rule}`,
    role: "administrator",
    equipment: ["*"],
    signInId: `system:${rule}`,
    secondFactor: true,
    scope: "full",
    slots: [],
    address: "gateway",
  };
}
