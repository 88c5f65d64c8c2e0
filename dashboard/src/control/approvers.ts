import type { Me } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";

/** The roles that may approve (R42). */
const approvers: readonly Me["role"][] = ["supervisor", "administrator"];

export function approverRoles(): string {
  return approvers.map((role) => say.t(`role.${role}`)).join(say.t("forbidden.or"));
}
