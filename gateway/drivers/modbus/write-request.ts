import type { Value } from "../../core/value.ts";
import { limits } from "../../protocols/modbus/limits.ts";
import type { Request } from "../../protocols/modbus/pdu.ts";
import { encodeRegisters } from "../../protocols/modbus/values.ts";
import type { ResolvedAddress } from "./address.ts";
import type { ModbusSettings } from "./settings.ts";

type Built = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly why: string };

/**
 * The one request that writes this value: function 5 for a coil, 6 for one register, 16 for several, 22
 * for a bit in a register (never read, change, write back: between the two the machine may have changed
 * its neighbours). Of what `several` names also a single one is written by 15 and 16.
 */
export function writeRequest(address: ResolvedAddress, value: Value, several: ModbusSettings["alwaysMultiple"]): Built {
  const { span, layout } = address;
  switch (span.table) {
    case "coil":
      return writeCoil(span.start, value, several === true || several === "coils");
    case "holding":
      break;
    default:
      return { ok: false, why: `table ${span.table} can only be read` };
  }
  if (layout.type === "boolean") return maskBit(span.start, layout.bit, value);
  const values = encodeRegisters(layout, value);
  if (!values) return { ok: false, why: `${layout.type} cannot hold this value` };
  if (values.length > limits.writeRegisters) return { ok: false, why: `more than ${limits.writeRegisters} registers` };
  const [first] = values;
  if (values.length === 1 && first !== undefined && several !== true && several !== "registers") {
    return { ok: true, request: { kind: "write-register", address: span.start, value: first } };
  }
  return { ok: true, request: { kind: "write-registers", start: span.start, values } };
}

function writeCoil(address: number, value: Value, several: boolean): Built {
  if (typeof value !== "boolean") return { ok: false, why: "a coil holds true or false" };
  if (several) return { ok: true, request: { kind: "write-coils", start: address, values: [value] } };
  return { ok: true, request: { kind: "write-coil", address, value } };
}

/** §6.16: result = (current AND and) OR (or AND NOT and). */
function maskBit(address: number, bit: number, value: Value): Built {
  if (typeof value !== "boolean") return { ok: false, why: "a bit holds true or false" };
  const mask = 1 << bit;
  return { ok: true, request: { kind: "mask-register", address, and: 0xffff & ~mask, or: value ? mask : 0 } };
}
