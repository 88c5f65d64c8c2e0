import { defineDriver } from "../../kit/driver-manifest.ts";
import { isBitTable, limits } from "../../protocols/modbus/limits.ts";
import { planBlocks } from "../../protocols/modbus/plan.ts";
import { dataType } from "../../protocols/modbus/values.ts";
import { addressText, ModbusAddress, type ResolvedAddress, resolveAddress } from "./address.ts";
import { ModbusSettings, portDispute } from "./settings.ts";

export const modbus = defineDriver({
  name: "modbus",
  title: "Modbus TCP and RTU",
  summary:
    "Coils, discrete inputs and registers over Modbus TCP, RTU on a serial port or RTU over TCP, read in blocks; several units on one connection.",
  settings: ModbusSettings,
  address: ModbusAddress,
  capabilities: { read: true, subscribe: false, write: true, call: false, lock: false, browse: false },
  defaultIntervalMs: 1000,
  secrets: [],
  tuning: [
    "timeout",
    "tryTimeout",
    "connectTimeout",
    "maxRegisters",
    "maxBits",
    "gap",
    "depth",
    "overtake",
    "pause",
    "retries",
  ],
  channelKey: ({ transport, host, port, serial }) =>
    transport === "rtu" ? `rtu:${serial?.path}` : `${transport}:${host?.toLowerCase()}:${port}`,
  checkShared: ({ serial }, { device, settings }) => {
    const key = portDispute(serial, settings.serial);
    if (!key || !serial) return undefined;
    const why = `is ${serial[key]}, but ${settings.serial?.[key]} at ${device}, which is on the same port ${serial.path}: one line has one ${key}`;
    return { path: ["serial", key], why };
  },
  typeOf(address) {
    const resolved = resolveAddress(address);
    return resolved.ok ? dataType(resolved.address.layout.type) : undefined;
  },
  checkTag(settings, tag) {
    const resolved = resolveAddress(tag.address);
    if (!resolved.ok) return resolved.why;
    const { layout } = resolved.address;
    if (tag.type !== dataType(layout.type)) {
      const silent = tag.address.type === undefined && !isBitTable(resolved.address.span.table);
      const right = silent
        ? `; what the register holds is said in address.type, which is ${layout.type} where it is left out`
        : "";
      return `type ${tag.type} does not fit: ${layout.type} at ${addressText(tag.address)} gives ${dataType(layout.type)}${right}`;
    }
    return unreadable(settings, resolved.address) ?? (tag.writable ? unwritable(resolved.address) : undefined);
  },
  load: () => import("./driver.ts"),
  code: new URL("./driver.ts", import.meta.url),
  // The library's native part waits for the line in the process's first event loop, and calls back from there.
  needsGatewayThread: ({ transport }) => transport === "rtu",
});

function unreadable(settings: ModbusSettings, { span }: ResolvedAddress): string | undefined {
  const most = isBitTable(span.table) ? settings.maxBits : settings.maxRegisters;
  if (span.count > most) return `it takes ${span.count} registers at once, the device allows ${most}`;
  const possible = planBlocks([span], settings).impossible.length === 0;
  return possible ? undefined : "it lies in a forbidden range of its device";
}

function unwritable({ span }: ResolvedAddress): string | undefined {
  if (span.table === "input" || span.table === "discrete") {
    return `table ${span.table} can only be read; writable needs coil or holding`;
  }
  if (span.count > limits.writeRegisters) return `at most ${limits.writeRegisters} registers can be written at once`;
  return undefined;
}
