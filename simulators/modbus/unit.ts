export type BitTable = "coil" | "discrete";
export type WordTable = "holding" | "input";
export type Table = BitTable | WordTable;

/**
 * What stands behind one unit id. Addresses count from 0 as on the wire. Every method throws
 * ModbusException (2: an address is not there; 3: a value is refused) and then has changed nothing.
 */
export interface ModbusUnit {
  readBits(table: BitTable, start: number, count: number): boolean[];
  readWords(table: WordTable, start: number, count: number): number[];
  /** All or nothing. */
  writeBits(start: number, bits: readonly boolean[]): void;
  /** All or nothing: a 32-bit value never shows half of an old and half of a new one. */
  writeWords(start: number, words: readonly number[]): void;
}
