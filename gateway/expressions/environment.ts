import { Environment } from "@marcbachmann/cel-js";
import { type DataType, integerLimits, type Value } from "../core/value.ts";

export type CelType = "bool" | "int" | "double" | "string";

/** The CEL type of a tag's engineering value; undefined: such a tag cannot stand in an expression. */
export function celType(type: DataType): CelType | undefined {
  if (integerLimits(type) || type === "int64" || type === "uint64") return "int";
  switch (type) {
    case "float":
    case "double":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return "string";
    default:
      return undefined;
  }
}

/**
 * A value as CEL takes it (integers are BigInt), or undefined: then it is left out, and what needs
 * it is unknown. NaN and ±Inf are left out too, since `!(x >= 60.0)` is true with NaN.
 */
export function celValue(type: CelType, value: Value): unknown {
  switch (type) {
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : undefined;
    case "int":
      if (typeof value === "bigint") return value;
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case "double":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    default:
      return type satisfies never;
  }
}

/** Arithmetic that leaves the finite numbers is an error, and so unknown: 0.0 / 0.0 must not decide anything. */
function finite<T>(value: T): T {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("not a finite number");
  return value;
}

/** CEL with what people expect of numbers: `temperature + 5` and `temperature == 850` work on doubles too. */
function createBase(): Environment {
  const base = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 100 } });
  for (const [operator, apply] of mixedArithmetic) {
    base.registerOperator(`double ${operator} int: double`, (a, b) => apply(Number(a), Number(b)));
    base.registerOperator(`int ${operator} double: double`, (a, b) => apply(Number(a), Number(b)));
  }
  base.registerOperator("double == int", (a, b) => Number(a) === Number(b));
  for (const type of ["double", "int", "string"]) base.registerFunction(`finite(${type}): ${type}`, finite);
  return base;
}

const mixedArithmetic = new Map<string, (a: number, b: number) => number>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
]);

const base = createBase();

/** An environment that knows nothing but the given names; of a machine, only the given tags. */
export function environmentOf(
  own: ReadonlyMap<string, CelType>,
  others: ReadonlyMap<string, ReadonlyMap<string, CelType>>,
): Environment {
  const environment = base.clone();
  for (const [name, type] of own) environment.registerVariable(name, type);
  for (const [name, tags] of others) {
    environment.registerVariable({ name, schema: Object.fromEntries(tags) });
  }
  return environment;
}

/** For reading a text before its names are known. */
export const syntax = base.clone();
