import type { DataType, Value } from "../../core/value.ts";

/** How a value lies in registers. `bcd…`: a decimal digit in each four bits, 4, 8 or 16 of them. `bit` only for boolean: one bit of one register, 0 the lowest. */
export const registerTypes = [
  "boolean",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "bcd16",
  "bcd32",
  "bcd64",
  "string",
] as const;
export type RegisterType = (typeof registerTypes)[number];

export type Order = "big" | "little";

export interface RegisterLayout {
  readonly type: RegisterType;
  /** `big`: the register with the highest bits comes first. */
  readonly wordOrder: Order;
  /** `big`: the high byte of a register goes first, as the specification has it (§4.2). */
  readonly byteOrder: Order;
  readonly bit: number;
  /** Characters of a string, one byte each. */
  readonly length: number;
}

/** Registers that a value takes. */
export function registerCount(layout: Pick<RegisterLayout, "type" | "length">): number {
  switch (layout.type) {
    case "boolean":
    case "int16":
    case "uint16":
    case "bcd16":
      return 1;
    case "int32":
    case "uint32":
    case "float32":
    case "bcd32":
      return 2;
    case "int64":
    case "uint64":
    case "float64":
    case "bcd64":
      return 4;
    case "string":
      return Math.ceil(layout.length / 2);
  }
}

const dataTypeOf = {
  boolean: "boolean",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  int64: "int64",
  uint64: "uint64",
  float32: "float",
  float64: "double",
  bcd16: "uint16",
  bcd32: "uint32",
  bcd64: "uint64",
  string: "string",
} as const satisfies Record<RegisterType, DataType>;

/** The data type of a tag with this layout. */
export function dataType(type: RegisterType): DataType {
  return dataTypeOf[type];
}

/** null: the registers hold no decimal digits. @param data bytes of registers as on the wire. @param offset in bytes, of the first register. */
export function decodeRegisters(layout: RegisterLayout, data: Uint8Array, offset: number): Value {
  // Most tags are one register: these need no copy.
  if (layout.type === "uint16") return wordAt(layout, data, offset);
  if (layout.type === "int16") return (wordAt(layout, data, offset) << 16) >> 16;
  if (layout.type === "boolean") return ((wordAt(layout, data, offset) >> layout.bit) & 1) === 1;
  const bytes = ordered(layout, data.slice(offset, offset + registerCount(layout) * 2));
  const view = new DataView(bytes.buffer);
  switch (layout.type) {
    case "int32":
      return view.getInt32(0);
    case "uint32":
      return view.getUint32(0);
    case "int64":
      return view.getBigInt64(0);
    case "uint64":
      return view.getBigUint64(0);
    case "float32":
      return view.getFloat32(0);
    case "float64":
      return view.getFloat64(0);
    case "bcd16":
    case "bcd32":
      return digitsOf(bytes, Number);
    case "bcd64":
      return digitsOf(bytes, BigInt);
    case "string":
      return decodeText(bytes.subarray(0, layout.length));
  }
}

function wordAt({ byteOrder }: RegisterLayout, data: Uint8Array, offset: number): number {
  const first = data[offset] ?? 0;
  const second = data[offset + 1] ?? 0;
  return byteOrder === "big" ? (first << 8) | second : (second << 8) | first;
}

/** Bits are packed from the lowest bit of the first byte (§6.1). @param index of the bit in the answer. */
export function decodeBit(data: Uint8Array, index: number): boolean {
  return (((data[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/**
 * Registers to write, first to last. undefined: the layout cannot hold this value (another kind, out
 * of range, too long, a character that is not ISO 8859-1); it is never bent into shape. A single bit
 * of a register is no register: the caller masks it.
 */
export function encodeRegisters(layout: RegisterLayout, value: Value): number[] | undefined {
  const bytes = new Uint8Array(registerCount(layout) * 2);
  if (!store(layout, value, bytes)) return undefined;
  const view = new DataView(ordered(layout, bytes).buffer);
  return Array.from({ length: bytes.length / 2 }, (_, index) => view.getUint16(index * 2));
}

function store(layout: RegisterLayout, value: Value, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer);
  switch (layout.type) {
    case "boolean":
      return false;
    case "string":
      return typeof value === "string" && storeText(value, layout.length, bytes);
    case "int64":
      if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) return false;
      view.setBigInt64(0, value);
      return true;
    case "uint64":
      if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) return false;
      view.setBigUint64(0, value);
      return true;
    case "bcd64":
      return typeof value === "bigint" && storeDigits(value, bytes);
    case "bcd16":
    case "bcd32":
      return Number.isInteger(value) && storeDigits(value as number, bytes);
    default:
      return typeof value === "number" && storeNumber(layout.type, value, view);
  }
}

type NumberType = "int16" | "uint16" | "int32" | "uint32" | "float32" | "float64";

function storeNumber(type: NumberType, value: number, view: DataView): boolean {
  switch (type) {
    case "int16":
      view.setInt16(0, value);
      return view.getInt16(0) === value;
    case "uint16":
      view.setUint16(0, value);
      return view.getUint16(0) === value;
    case "int32":
      view.setInt32(0, value);
      return view.getInt32(0) === value;
    case "uint32":
      view.setUint32(0, value);
      return view.getUint32(0) === value;
    case "float32":
      view.setFloat32(0, value);
      return Number.isFinite(value) && Number.isFinite(view.getFloat32(0));
    case "float64":
      view.setFloat64(0, value);
      return Number.isFinite(value);
  }
}

function digitsOf<T>(bytes: Uint8Array, number: (digits: string) => T): T | null {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return /^\d+$/.test(digits) ? number(digits) : null;
}

function storeDigits(value: number | bigint, bytes: Uint8Array): boolean {
  const digits = String(value).padStart(bytes.length * 2, "0");
  if (!/^\d+$/.test(digits) || digits.length > bytes.length * 2) return false;
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  return true;
}

function storeText(text: string, length: number, bytes: Uint8Array): boolean {
  if (text.length > length) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0 || code > 0xff) return false;
    bytes[index] = code;
  }
  return true;
}

/** ISO 8859-1 up to the first NUL: the one reading of bytes that cannot fail. */
function decodeText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Between the wire's order and "most significant byte first"; its own inverse. Words of a string never turn. */
function ordered(layout: RegisterLayout, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (layout.byteOrder === "little") {
    for (let index = 0; index + 1 < bytes.length; index += 2) swap(bytes, index, index + 1);
  }
  if (layout.wordOrder === "little" && layout.type !== "string") {
    for (let left = 0, right = bytes.length - 2; left < right; left += 2, right -= 2) {
      swap(bytes, left, right);
      swap(bytes, left + 1, right + 1);
    }
  }
  return bytes;
}

function swap(bytes: Uint8Array, a: number, b: number): void {
  const kept = bytes[a] ?? 0;
  bytes[a] = bytes[b] ?? 0;
  bytes[b] = kept;
}
