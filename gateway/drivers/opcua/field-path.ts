import { Status } from "../../core/status.ts";
import type { Step } from "./address.ts";
import { type Variant, VariantArrayType, WireType } from "./node-opcua.ts";

/** What stands at one place of a structure. */
export type Field =
  | { readonly kind: "value"; readonly wire: WireType; readonly value: unknown }
  | { readonly kind: "list"; readonly items: readonly Field[] }
  | { readonly kind: "structure"; readonly fields: ReadonlyMap<string, Field> }
  /** An optional field that is not there, or the field of a union that is not chosen. */
  | { readonly kind: "absent" };

/** A list as it came, in the nested form where it has more than one dimension. */
export function listOf(items: readonly Field[], dimensions: readonly number[] = []): Field {
  const [, ...inner] = dimensions;
  if (inner.length === 0) return { kind: "list", items };
  const size = inner.reduce((product, each) => product * each, 1);
  const rows =
    size > 0 ? Array.from({ length: items.length / size }, (_, i) => items.slice(i * size, (i + 1) * size)) : [];
  return { kind: "list", items: rows.map((row) => listOf(row, inner)) };
}

export function fieldOfVariant({ dataType, arrayType, value, dimensions }: Variant): Field {
  if (arrayType === VariantArrayType.Scalar) return { kind: "value", wire: dataType, value };
  const items = Array.from(
    (value ?? []) as ArrayLike<unknown>,
    (item) => ({ kind: "value", wire: dataType, value: item }) as const,
  );
  return listOf(items, arrayType === VariantArrayType.Matrix ? (dimensions ?? []) : []);
}

/** A field that holds further fields in a form of its own, laid open; a number is the status that says why not. */
export type Opening = (extension: unknown) => Field | number;

/** The field at the end of a path; a number is the status that says why there is none. */
export function fieldAt(
  root: Field,
  steps: readonly Step[],
  open: Opening,
): Extract<Field, { kind: "value" }> | number {
  let here = unfold(root);
  for (const step of steps) {
    const inside: Field | number =
      here.kind === "value" && here.wire === WireType.ExtensionObject ? open(here.value) : here;
    if (typeof inside === "number") return inside;
    const next = stepInto(inside, step);
    if (typeof next === "number") return next;
    here = unfold(next);
  }
  if (here.kind === "absent") return Status.Bad_NoData;
  return here.kind === "value" ? here : Status.Bad_TypeMismatch;
}

function stepInto(field: Field, step: Step): Field | number {
  switch (field.kind) {
    case "absent":
      return Status.Bad_NoData;
    case "list":
      return typeof step === "number" ? (field.items[step] ?? Status.Bad_NoData) : Status.Bad_TypeMismatch;
    case "structure":
      return typeof step === "string"
        ? (named(field.fields, step) ?? Status.Bad_ConfigurationError)
        : Status.Bad_TypeMismatch;
    case "value":
      return Status.Bad_TypeMismatch;
  }
}

/** The standard's own structures come with a small first letter, whatever the specification writes. */
function named(fields: ReadonlyMap<string, Field>, name: string): Field | undefined {
  return fields.get(name) ?? fields.get(name.charAt(0).toLowerCase() + name.slice(1));
}

function unfold(field: Field): Field {
  const inner = field.kind === "value" && field.wire === WireType.Variant ? (field.value as Variant | null) : undefined;
  if (inner === undefined) return field;
  return inner === null || inner.dataType === WireType.Null ? { kind: "absent" } : fieldOfVariant(inner);
}
