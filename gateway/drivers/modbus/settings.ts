import { z } from "zod";
import { duration } from "../../kit/duration.ts";
import { limits, tables } from "../../protocols/modbus/limits.ts";

const lastAddress = z.int().min(0).max(limits.lastAddress);

export const ForbiddenRange = z
  .strictObject({
    table: z.enum(tables),
    from: lastAddress.describe("First address, from 0."),
    to: lastAddress.describe("Last address, included."),
  })
  .refine((range) => range.from <= range.to, { error: "from must not be larger than to" });

export const transports = ["tcp", "rtu", "rtu-tcp"] as const;

export const SerialSettings = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(500)
    .describe(
      "The port: /dev/serial/by-id/… (keeps its name whatever is plugged in), /dev/ttyUSB0, COM3. Devices with the same port share it.",
    ),
  baudRate: z.int().min(50).max(4_000_000).default(19_200).describe("Bits a second, as set at every unit of the line."),
  parity: z.enum(["even", "odd", "none"]).default("even"),
  stopBits: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe("The standard wants 2 where parity is none; many devices have 1 all the same."),
});
export type SerialSettings = z.output<typeof SerialSettings>;

/** In what two devices that name one port differ; undefined: in nothing. */
export function portDispute(
  one: SerialSettings | undefined,
  other: SerialSettings | undefined,
): "baudRate" | "parity" | "stopBits" | undefined {
  return (["baudRate", "parity", "stopBits"] as const).find((key) => one?.[key] !== other?.[key]);
}

const fields = z.strictObject({
  transport: z
    .enum(transports)
    .default("tcp")
    .describe(
      "`tcp`: Modbus TCP, directly or through a gateway. `rtu`: a serial port of this machine. `rtu-tcp`: a serial server that passes RTU frames on as they are.",
    ),
  host: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("Name or address, for tcp and rtu-tcp. Devices with the same host and port share a connection."),
  port: z.int().min(1).max(65535).default(502).describe("Of the host; serial servers usually have one of their own."),
  serial: SerialSettings.optional().describe("The serial port, for rtu."),
  unitId: z
    .int()
    .min(0)
    .max(255)
    .default(1)
    .describe("Which unit behind this host; 255 or 1 for a device of its own. On rtu and rtu-tcp 1 to 247."),
  timeout: duration(10, 60_000)
    .prefault("1s")
    .describe("How long an answer may take; on a serial line with the time that its bytes take."),
  tryTimeout: duration(10, 60_000)
    .optional()
    .describe(
      "How long an answer may take while the device is not known to be back, at most `timeout`; the same where left out. On a serial line every try of a dead unit takes that long from the others.",
    ),
  connectTimeout: duration(10, 60_000).prefault("3s").describe("How long the connection may take to open."),
  retries: z
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe(
      "How often a read without a usable answer is repeated in the same cycle, while the device answered the last one. Writes never are.",
    ),
  maxRegisters: z
    .int()
    .min(1)
    .max(limits.readRegisters)
    .default(limits.readRegisters)
    .describe("Most registers of one read."),
  maxBits: z.int().min(1).max(limits.readBits).default(limits.readBits).describe("Most coils or inputs of one read."),
  gap: z
    .int()
    .min(0)
    .max(limits.readRegisters)
    .default(16)
    .describe("Unused registers that are read along to save a request (of bits sixteen times as many)."),
  forbidden: z.array(ForbiddenRange).max(1000).default([]).describe("Addresses that must never be read or written."),
  depth: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe("Requests that this device takes at once; 1 on rtu and rtu-tcp, whose answers carry no number."),
  overtake: z
    .boolean()
    .default(true)
    .describe(
      "On tcp: whether other units of the connection may be asked while this one's answer is overdue, so that a dead unit holds up nobody. Left off by itself where that goes wrong; false, at any device of the connection, for a gateway known to take one request at a time only.",
    ),
  pause: duration(0, 10_000)
    .prefault("0ms")
    .describe("Rest of the connection between an answer of this device and the next request to anyone."),
  alwaysMultiple: z
    .union([z.boolean(), z.enum(["coils", "registers"])])
    .default(false)
    .describe(
      "Write single coils by function 15 and single registers by 16, for devices without 5 and 6; `coils` or `registers`: only those.",
    ),
});

export const ModbusSettings = fields.superRefine((settings, check) => {
  const refuse = (key: string, message: string) => check.addIssue({ code: "custom", path: [key], message });
  const { transport, host, serial, unitId, depth } = settings;
  if (transport === "rtu") {
    if (!serial) refuse("serial", "transport rtu needs it, such as { path: /dev/ttyUSB0, baudRate: 19200 }");
    if (host !== undefined) refuse("host", "transport rtu has none; a serial server in the network is rtu-tcp");
  } else {
    if (host === undefined) refuse("host", `transport ${transport} needs it`);
    if (serial) refuse("serial", `transport ${transport} has none; a port of this machine is rtu`);
  }
  if (transport === "tcp") return;
  if (unitId < 1 || unitId > 247) refuse("unitId", "on a serial line 1 to 247 (0 is for everybody and never answers)");
  if (depth > 1) refuse("depth", "on a serial line 1: its answers carry no number");
});
export type ModbusSettings = z.output<typeof ModbusSettings>;
