import { isBad, Status, severityOf } from "../status.ts";
import { coerce, type DataType, integerLimits, type Value } from "../value.ts";

const rank = { good: 0, uncertain: 1, bad: 2 } as const;

/**
 * The worst quality of what a value is made of; of several that are as bad the first that says more than its
 * severity. Info bits (Part 4 §7.39: limits, overflow) tell of one sample's own making and do not travel.
 */
export function worstStatus(statuses: Iterable<number>): number {
  let worst: number = Status.Good;
  for (const each of statuses) {
    const status = (each & 0xffff0000) >>> 0;
    const [was, is] = [rank[severityOf(worst)], rank[severityOf(status)]];
    if (is > was || (is === was && worst << 2 === 0)) worst = status;
  }
  return worst;
}

/** What a computed value is as one of the tag's type; Bad_OutOfRange where the type cannot hold it. */
export function fitted(
  type: DataType,
  value: boolean | bigint | number | string,
  status: number,
): { readonly value: Value; readonly status: number } {
  if (isBad(status)) return { value: null, status };
  const plain = coerce(type, jsonable(type, value));
  return plain.ok ? { value: plain.value, status } : { value: null, status: Status.Bad_OutOfRange };
}

function jsonable(type: DataType, value: boolean | bigint | number | string): unknown {
  if (typeof value === "bigint") {
    if (type === "int64" || type === "uint64") return value.toString();
    return Number.isSafeInteger(Number(value)) || !integerLimits(type) ? Number(value) : undefined;
  }
  return value;
}

/** Whether a tag of this type can hold what an expression of that type gives. */
export function canHold(type: DataType, gives: "bool" | "int" | "double" | "string"): boolean {
  switch (gives) {
    case "bool":
      return type === "boolean";
    case "string":
      return type === "string";
    case "double":
      return type === "double" || type === "float";
    case "int":
      return integerLimits(type) !== undefined || ["int64", "uint64", "float", "double"].includes(type);
  }
}
