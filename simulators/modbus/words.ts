/** Data types that a Modbus register, or two of them, can hold. */
export type WordType = "int16" | "uint16" | "int32" | "uint32" | "float32";

/** Which of the two registers of a 32-bit value comes first; bytes inside a register are always big-endian. */
export type WordOrder = "big" | "little";

const limits = {
  int16: [-0x8000, 0x7fff],
  uint16: [0, 0xffff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint32: [0, 0xffff_ffff],
} as const;

/** Registers that a value of the type takes: 1 or 2. */
export function wordCount(type: WordType): 1 | 2 {
  return type === "int16" || type === "uint16" ? 1 : 2;
}

/** A value as registers, first address first. Integers are rounded and saturate at the limits of their type. */
export function toWords(value: number, type: WordType, order: WordOrder): number[] {
  const view = new DataView(new ArrayBuffer(4));
  if (type === "float32") view.setFloat32(0, value);
  else writeInteger(view, saturate(value, limits[type]), type);
  if (wordCount(type) === 1) return [view.getUint16(0)];
  return order === "big" ? [view.getUint16(0), view.getUint16(2)] : [view.getUint16(2), view.getUint16(0)];
}

/** The value in registers, first address first; missing registers count as 0. */
export function fromWords(words: readonly number[], type: WordType, order: WordOrder): number {
  const view = new DataView(new ArrayBuffer(4));
  const turned = wordCount(type) === 2 && order === "little";
  view.setUint16(turned ? 2 : 0, words[0] ?? 0);
  view.setUint16(turned ? 0 : 2, words[1] ?? 0);
  switch (type) {
    case "int16":
      return view.getInt16(0);
    case "uint16":
      return view.getUint16(0);
    case "int32":
      return view.getInt32(0);
    case "uint32":
      return view.getUint32(0);
    case "float32":
      return view.getFloat32(0);
  }
}

function writeInteger(view: DataView, value: number, type: Exclude<WordType, "float32">): void {
  // Two's complement: the same bits whether read as signed or not.
  if (wordCount(type) === 1) view.setInt16(0, value);
  else view.setInt32(0, value);
}

function saturate(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}
