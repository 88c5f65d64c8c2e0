import type { Caller } from "../access/policy.ts";

/** Somebody who asks: an operator of every machine, where a test says nothing else. */
export function testCaller(more: Partial<Caller> = {}): Caller {
  return {
    userId: "u1",
    name: "Rossi",
    role: "operator",
    equipment: ["*"],
    signInId: "s1",
    secondFactor: false,
    scope: "full",
    slots: [],
    address: "127.0.0.1",
    ...more,
  };
}
