import { z } from "zod";
import { isBitTable, limits, type Table, tables } from "../../protocols/modbus/limits.ts";
import type { Span } from "../../protocols/modbus/plan.ts";
import { formatReference, parseReference } from "../../protocols/modbus/reference.ts";
import { type RegisterLayout, registerCount, registerTypes } from "../../protocols/modbus/values.ts";

const order = z.enum(["big", "little"]);

export const ModbusAddress = z.strictObject({
  table: z
    .enum(tables)
    .optional()
    .describe("coil, discrete (inputs), holding or input (registers). A reference such as “40101” says it already."),
  register: z
    .union([
      z.int().min(0).max(limits.lastAddress),
      z.string().regex(/^[0134]\d{4,5}$/, { error: 'a number from 0, or a reference as text such as "40101"' }),
    ])
    .describe("Number from 0 as on the wire, or the traditional reference as text: “40101” is holding 100."),
  type: z
    .enum(registerTypes)
    .optional()
    .describe("What the registers hold. Coils and discrete inputs are boolean; registers uint16, or boolean with bit."),
  wordOrder: order.default("big").describe("Which register of a longer value comes first: big = the highest."),
  byteOrder: order.default("big").describe("Byte order inside of each register; the standard says big."),
  bit: z.int().min(0).max(15).optional().describe("One bit of a register, 0 the lowest; the type is then boolean."),
  length: z.int().min(1).max(250).optional().describe("Characters of a string, two in each register."),
});
export type ModbusAddress = z.output<typeof ModbusAddress>;

/** An address with everything filled in. */
export interface ResolvedAddress {
  readonly span: Span;
  readonly layout: RegisterLayout;
}

type Resolution =
  | { readonly ok: true; readonly address: ResolvedAddress }
  | { readonly ok: false; readonly why: string };

/** Fills in what the table, the reference and the type imply, or says what contradicts. */
export function resolveAddress(address: ModbusAddress): Resolution {
  const place = placeOf(address);
  if (typeof place === "string") return { ok: false, why: place };
  const layout = isBitTable(place.table) ? bitLayout(address, place.table) : registerLayout(address);
  if (typeof layout === "string") return { ok: false, why: layout };
  const count = isBitTable(place.table) ? 1 : registerCount(layout);
  if (place.register + count - 1 > limits.lastAddress) {
    return { ok: false, why: `${count} registers from ${place.register} on end past ${limits.lastAddress}` };
  }
  return { ok: true, address: { layout, span: { table: place.table, start: place.register, count } } };
}

/** Both forms for people: "holding 100 (40101)". */
export function addressText(address: ModbusAddress): string {
  const place = placeOf(address);
  return typeof place === "string" ? String(address.register) : formatReference(place.table, place.register);
}

function placeOf(address: ModbusAddress): { table: Table; register: number } | string {
  const { table, register } = address;
  if (typeof register === "number") {
    return table === undefined ? "table is missing: coil, discrete, holding or input" : { table, register };
  }
  const reference = parseReference(register);
  if (!reference) return `"${register}" is no reference; they go from "00001" to "465536"`;
  if (table !== undefined && table !== reference.table) {
    return `"${register}" is of table ${reference.table}, not ${table}`;
  }
  return reference;
}

function bitLayout(address: ModbusAddress, table: Table): RegisterLayout | string {
  if ((address.type ?? "boolean") !== "boolean") return `table ${table} holds bits: its type is boolean`;
  if (address.bit !== undefined) return `table ${table} holds bits: leave out bit`;
  if (address.length !== undefined) return "length is for strings only";
  return { type: "boolean", wordOrder: "big", byteOrder: "big", bit: 0, length: 0 };
}

function registerLayout(address: ModbusAddress): RegisterLayout | string {
  const type = address.type ?? (address.bit === undefined ? "uint16" : "boolean");
  if (type === "boolean" && address.bit === undefined) return "a boolean in a register needs bit: 0 to 15";
  if (type !== "boolean" && address.bit !== undefined) return `bit is for booleans only, not for ${type}`;
  if (type === "string" && address.length === undefined) return "a string needs length";
  if (type !== "string" && address.length !== undefined) return "length is for strings only";
  const { wordOrder, byteOrder } = address;
  return { type, wordOrder, byteOrder, bit: address.bit ?? 0, length: address.length ?? 0 };
}
