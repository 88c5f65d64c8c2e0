import type { Caller } from "./policy.ts";

/**
 * Who asks at the local door: whoever may write the data folder could as well read every file in it,
 * so the operating system's rights are its credential. Shows as this name in the audit.
 */
export const localAccount: Caller = {
  userId: "system:command-line",
  name: "system:command-line",
  role: "administrator",
  equipment: ["*"],
  signInId: "system:command-line",
  secondFactor: false,
  scope: "full",
  slots: [],
  address: "local",
};
