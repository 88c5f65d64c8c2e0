import type { Value } from "../../core/value.ts";

/** Values as they travel between threads: numbers in one array, the rare others beside it. */
export interface PackedValues {
  /** 0 null, 1 number, 2 false, 3 true, 4 in `others`, in order. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly others: readonly Value[];
}

const kind = { null: 0, number: 1, false: 2, true: 3, other: 4 } as const;

export function packValues(values: readonly Value[]): PackedValues {
  const kinds = new Uint8Array(values.length);
  const numbers = new Float64Array(values.length);
  const others: Value[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as Value;
    if (typeof value === "number") {
      kinds[i] = kind.number;
      numbers[i] = value;
    } else if (typeof value === "boolean") kinds[i] = value ? kind.true : kind.false;
    else if (value !== null) {
      kinds[i] = kind.other;
      others.push(value);
    }
  }
  return { kinds, numbers, others };
}

export function unpackValues(packed: PackedValues): Value[] {
  const values: Value[] = new Array(packed.kinds.length);
  let other = 0;
  for (let i = 0; i < values.length; i++) {
    switch (packed.kinds[i]) {
      case kind.number:
        values[i] = packed.numbers[i] as number;
        break;
      case kind.false:
        values[i] = false;
        break;
      case kind.true:
        values[i] = true;
        break;
      case kind.other:
        values[i] = packed.others[other++] ?? null;
        break;
      default:
        values[i] = null;
    }
  }
  return values;
}
