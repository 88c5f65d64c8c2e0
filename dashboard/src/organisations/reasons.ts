export type OrganisationField = "id" | "name";

export interface OrganisationReason {
  readonly field: OrganisationField | undefined;
  /** Error code of the gateway or a name of the form. */
  readonly rule: string;
  readonly detail?: string | undefined;
}

interface Refused {
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly { pointer: string; detail: string }[] | undefined;
}

const fieldOfCode: ReadonlyMap<string, OrganisationField> = new Map([
  ["organisation/exists", "id"],
  ["user/exists", "name"],
]);

/** The gateway's refusal at its fields. */
export function organisationReasons(problem: Refused): readonly OrganisationReason[] {
  const { code, title, detail = title, errors = [] } = problem;
  if (errors.length === 0) return [{ field: fieldOfCode.get(code), rule: code, detail }];
  return errors.map(({ pointer, detail: why }) => {
    const field = pointer === "/id" || pointer === "/name" ? (pointer.slice(1) as OrganisationField) : undefined;
    return { field, rule: field ? `invalid-${field}` : code, detail: why };
  });
}

/** The address that an invited person opens. The name is for reading; only the secret counts. */
export function joinLink(base: string, secret: string, name: string): string {
  return `${base.split("#")[0]}#/join?${new URLSearchParams({ secret, name })}`;
}
