/** Scalar types of a machine's variables, in OPC UA's names (Part 6 §5.1.2). */
export type ScalarType =
  | "Boolean"
  | "SByte"
  | "Byte"
  | "Int16"
  | "UInt16"
  | "Int32"
  | "UInt32"
  | "Int64"
  | "UInt64"
  | "Float"
  | "Double"
  | "String"
  | "DateTime"
  | "ByteString";

/** Int64 and UInt64 are bigint, DateTime is milliseconds since 1970 UTC. */
export type ScalarValue = boolean | number | bigint | string | Uint8Array;

/** What the controller makes of a write: carried out, or why not. */
export type WriteVerdict = "done" | "out-of-range" | "wrong-state";

/** One variable of a machine: what it shows and, where it can be written, what a write does. */
export interface MachinePoint {
  /** Name below the machine, for instance `StateCurrent`. */
  readonly name: string;
  readonly type: ScalarType;
  readonly read: () => ScalarValue;
  /** Called with a value of the right type only. */
  readonly write?: (value: ScalarValue) => WriteVerdict;
  /** True for what stops the machine: no lock stands in its way. */
  readonly stops?: (value: ScalarValue) => boolean;
  /** Engineering unit as people write it, with the range of the instrument. */
  readonly unit?: string;
  readonly range?: readonly [low: number, high: number];
  /** Texts of an enumeration, from 0; the type is Int32 then. */
  readonly texts?: readonly string[];
  readonly description: string;
}

/** A command without arguments that can be called by name. */
export interface MachineMethod {
  readonly name: string;
  readonly call: () => WriteVerdict;
  /** As of a point. */
  readonly stops?: boolean;
}
