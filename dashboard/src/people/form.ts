import type { UserView } from "../api/wire.ts";

export type Role = UserView["role"];
export const roles = [
  "viewer",
  "operator",
  "supervisor",
  "engineer",
  "administrator",
  "auditor",
  "guest",
] as const satisfies readonly Role[];

export type PersonField = "name" | "role" | "equipment" | "organisation" | "language" | "password" | "again";

/** What stands in the form of a person. */
export interface PersonForm {
  name: string;
  role: Role;
  /** All machines, or those that the patterns name. */
  reach: "all" | "some";
  patterns: string;
  /** Of a guest; empty: none. */
  organisation: string;
  language: "it" | "en";
  password: string;
  again: string;
}

export interface PersonReason {
  readonly field: PersonField | undefined;
  /** Error code of the gateway or a name of this form. */
  readonly rule: string;
  readonly detail?: string | undefined;
}

export interface PersonRequest {
  readonly name?: string;
  readonly role?: Role;
  readonly equipment?: readonly string[];
  readonly organisation?: string;
  readonly language?: "it" | "en";
  readonly password?: string;
}

type Checked =
  | { readonly request: PersonRequest; readonly reasons?: undefined }
  | { readonly request?: undefined; readonly reasons: readonly PersonReason[] };

export function emptyForm(language: "it" | "en"): PersonForm {
  return {
    name: "",
    role: "operator",
    reach: "all",
    patterns: "",
    organisation: "",
    language,
    password: "",
    again: "",
  };
}

export function formOf(user: UserView): PersonForm {
  const all = user.equipment.includes("*");
  const patterns = user.equipment.filter((pattern) => pattern !== "*").join(", ");
  const { name, role, language, organisation = "" } = user;
  const reach = all ? "all" : "some";
  return { name, role, reach, patterns, organisation, language, password: "", again: "" };
}

/** Patterns as a person types them: between commas, spaces or lines; each once. */
export function patternsOf(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((pattern) => pattern !== ""))];
}

/** A guest has its rights from bookings: nothing is given beside them. */
function equipmentOf(form: PersonForm): readonly string[] {
  if (form.role === "guest") return [];
  return form.reach === "all" ? ["*"] : patternsOf(form.patterns);
}

/** Of a new person. Length and commonness of the password are the gateway's to judge. */
export function addRequest(form: PersonForm, by: "password" | "link" = "password"): Checked {
  const reasons: PersonReason[] = [...reachReasons(form), ...(by === "password" ? passwordReasons(form) : [])];
  if (form.name.trim() === "") reasons.unshift({ field: "name", rule: "missing" });
  if (reasons.length > 0) return { reasons };
  const { role, language, password } = form;
  const away = form.role === "guest" && form.organisation !== "" ? { organisation: form.organisation } : {};
  const secret = by === "password" ? { password } : {};
  return { request: { name: form.name.trim(), role, equipment: equipmentOf(form), ...away, language, ...secret } };
}

/** Only what differs from the person as it was read. */
export function changeRequest(user: UserView, form: PersonForm): Checked {
  const reasons = reachReasons(form);
  if (reasons.length > 0) return { reasons };
  const equipment = equipmentOf(form);
  const { organisation } = form;
  const moves = form.role === "guest" && organisation !== "" && organisation !== user.organisation;
  const same = JSON.stringify(equipment) === JSON.stringify(user.equipment);
  return {
    request: {
      ...(form.role === user.role ? {} : { role: form.role }),
      ...(same ? {} : { equipment }),
      ...(moves ? { organisation } : {}),
      ...(form.language === user.language ? {} : { language: form.language }),
    },
  };
}

export function passwordRequest(form: PersonForm): Checked {
  const reasons = passwordReasons(form);
  return reasons.length > 0 ? { reasons } : { request: { password: form.password } };
}

function reachReasons(form: PersonForm): readonly PersonReason[] {
  const none = form.role !== "guest" && form.reach === "some" && patternsOf(form.patterns).length === 0;
  return none ? [{ field: "equipment", rule: "missing" }] : [];
}

function passwordReasons({ password, again }: PersonForm): readonly PersonReason[] {
  if (password === "") return [{ field: "password", rule: "missing" }];
  return password === again ? [] : [{ field: "again", rule: "differs" }];
}

interface Refused {
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly { pointer: string; detail: string }[] | undefined;
}

const fieldOfCode: ReadonlyMap<string, PersonField> = new Map([
  ["user/exists", "name"],
  ["user/password-too-short", "password"],
  ["user/password-common", "password"],
]);
const fields: readonly PersonField[] = ["name", "role", "equipment", "organisation", "language", "password"];

/** The gateway's refusal at its fields. A conflict is the last administrator's (S8: somebody must be left to let people in). */
export function personReasons(problem: Refused): readonly PersonReason[] {
  if (problem.errors && problem.errors.length > 0) {
    return problem.errors.map(({ pointer, detail }) => {
      const field = fields.find((name) => name === pointer.split("/")[1]);
      return { field, rule: field ? `invalid-${field}` : problem.code, detail };
    });
  }
  const rule = problem.code === "request/conflict" ? "last-administrator" : problem.code;
  return [{ field: fieldOfCode.get(problem.code), rule, detail: problem.detail ?? problem.title }];
}
