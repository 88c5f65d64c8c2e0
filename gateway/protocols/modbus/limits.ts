/** MODBUS Application Protocol V1.1b3: largest counts of one request, by function. */
export const limits = {
  /** §6.1, §6.2: coils or discrete inputs read at once. */
  readBits: 2000,
  /** §6.3, §6.4: registers read at once. */
  readRegisters: 125,
  /** §6.11: coils written at once. */
  writeBits: 1968,
  /** §6.12: registers written at once. */
  writeRegisters: 123,
  /** Data addresses of each table go from 0 to this one (§4.4). */
  lastAddress: 65535,
  /** §4.1: bytes of function code and data. */
  pduBytes: 253,
} as const;

/** The four tables of the data model (§4.3); `coil` and `discrete` hold bits, the others 16-bit registers. */
export const tables = ["coil", "discrete", "holding", "input"] as const;
export type Table = (typeof tables)[number];

export function isBitTable(table: Table): boolean {
  return table === "coil" || table === "discrete";
}
