import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { addressText } from "./address.ts";
import { modbus } from "./manifest.ts";

const settings = (more: object = {}) =>
  modbus.settings.parse({ ...("serial" in more ? {} : { host: "plc" }), ...more });
const check = (address: object, tag: { type?: string; writable?: boolean } = {}, more: object = {}) => {
  const parsed = modbus.address.parse(address);
  const { type = modbus.typeOf?.(parsed) ?? "?", writable = false } = tag;
  return modbus.checkTag?.(settings(more), { type, address: parsed, writable });
};

describe("the settings of a Modbus device", () => {
  it("need no more than a host", () => {
    expect(settings()).toEqual({
      transport: "tcp",
      host: "plc",
      port: 502,
      unitId: 1,
      timeout: 1000,
      connectTimeout: 3000,
      retries: 0,
      maxRegisters: 125,
      maxBits: 2000,
      gap: 16,
      forbidden: [],
      depth: 1,
      overtake: true,
      pause: 0,
      alwaysMultiple: false,
    });
  });

  it.each([
    [{ host: "" }],
    [{ transport: "rtu" }],
    [{ port: 0 }],
    [{ unitId: 256 }],
    [{ timeout: 1000 }],
    [{ timeout: "1ms" }],
    [{ maxRegisters: 126 }],
    [{ maxBits: 2001 }],
    [{ depth: 17 }],
    [{ slave: 1 }],
    [{ forbidden: [{ table: "holding", from: 5, to: 4 }] }],
  ])("refuse %j", (wrong) => {
    expect(modbus.settings.safeParse({ host: "plc", ...wrong }).success).toBe(false);
  });

  it("put devices with the same host and port on one channel", () => {
    const key = (more: object) => modbus.channelKey(settings(more));
    expect(key({ host: "PLC", unitId: 7 })).toBe(key({ unitId: 1 }));
    expect(key({ port: 503 })).not.toBe(key({}));
    expect(key({ transport: "rtu-tcp" })).not.toBe(key({}));
  });

  it("put devices with the same serial port on one channel", () => {
    const key = (path: string, unitId: number) =>
      modbus.channelKey(modbus.settings.parse({ transport: "rtu", serial: { path }, unitId }));
    expect(key("/dev/ttyUSB0", 7)).toBe(key("/dev/ttyUSB0", 1));
    expect(key("/dev/ttyUSB0", 1)).not.toBe(key("/dev/ttyUSB1", 1));
  });

  it.each([
    [{ baudRate: 9600 }, "baudRate", "is 9600, but 19200 at oven"],
    [{ parity: "none" }, "parity", "is none, but even at oven"],
    [{ stopBits: 2 }, "stopBits", "is 2, but 1 at oven"],
  ])("on one serial port cannot have %j beside the usual ones", (more, key, why) => {
    const on = (serial: object) =>
      modbus.settings.parse({ transport: "rtu", serial: { path: "/dev/ttyUSB0", ...serial } });
    expect(modbus.checkShared?.(on(more), { device: "oven", settings: on({}) })).toEqual({
      path: ["serial", key],
      why: `${why}, which is on the same port /dev/ttyUSB0: one line has one ${key}`,
    });
    expect(modbus.checkShared?.(on(more), { device: "oven", settings: on(more) })).toBeUndefined();
    expect(modbus.checkShared?.(settings(), { device: "oven", settings: settings({ unitId: 2 }) })).toBeUndefined();
  });

  it("fill in what serial lines usually have", () => {
    const { serial } = modbus.settings.parse({ transport: "rtu", serial: { path: "COM3" } });
    expect(serial).toEqual({ path: "COM3", baudRate: 19_200, parity: "even", stopBits: 1 });
  });

  it.each<[object, string, RegExp]>([
    [{}, "host", /transport tcp needs it/],
    [{ transport: "rtu-tcp" }, "host", /transport rtu-tcp needs it/],
    [{ transport: "rtu" }, "serial", /needs it, such as/],
    [{ transport: "rtu", serial: { path: "COM3" }, host: "plc" }, "host", /a serial server in the network is rtu-tcp/],
    [{ host: "plc", serial: { path: "COM3" } }, "serial", /a port of this machine is rtu/],
    [{ transport: "rtu", serial: { path: "COM3" }, unitId: 0 }, "unitId", /1 to 247/],
    [{ transport: "rtu-tcp", host: "plc", unitId: 248 }, "unitId", /1 to 247/],
    [{ transport: "rtu-tcp", host: "plc", depth: 2 }, "depth", /carry no number/],
    [{ transport: "rtu", serial: { path: "COM3", baudRate: 1 } }, "serial.baudRate", /50/],
    [{ transport: "rtu", serial: { path: "COM3", parity: "mark" } }, "serial.parity", /even/],
    [{ transport: "rtu", serial: { path: "COM3", baud: 9600 } }, "serial", /baud/],
    [{ transport: "serial", host: "plc" }, "transport", /rtu-tcp/],
  ])("refuse %j at %s", (wrong, where, why) => {
    const issue = modbus.settings.safeParse(wrong).error?.issues[0];
    expect(issue?.path.join(".")).toBe(where);
    expect(issue?.message).toMatch(why);
  });

  it("become a JSON Schema for the editor", () => {
    for (const schema of [modbus.settings, modbus.address]) {
      expect(z.toJSONSchema(schema, { io: "input" })).toMatchObject({ type: "object", additionalProperties: false });
    }
  });
});

describe("the type of a Modbus tag", () => {
  it.each([
    [{ table: "coil", register: 0 }, "boolean"],
    [{ register: "10001" }, "boolean"],
    [{ table: "holding", register: 0 }, "uint16"],
    [{ table: "holding", register: 0, bit: 0 }, "boolean"],
    [{ table: "input", register: 0, type: "float32" }, "float"],
    [{ table: "input", register: 0, type: "float64" }, "double"],
    [{ table: "input", register: 0, type: "int64" }, "int64"],
    [{ table: "input", register: 0, type: "string", length: 4 }, "string"],
    [{ table: "input", register: 0, type: "bcd16" }, "uint16"],
    [{ table: "input", register: 0, type: "bcd32" }, "uint32"],
    [{ table: "input", register: 0, type: "bcd64" }, "uint64"],
    [{ table: "coil", register: 0, type: "int16" }, undefined],
  ])("follows from %j: %s", (address, type) => {
    expect(modbus.typeOf?.(modbus.address.parse(address))).toBe(type);
  });
});

describe("the check of a Modbus tag", () => {
  it.each<[string, object, { type?: string; writable?: boolean }, object, RegExp]>([
    ["no table", { register: 4 }, {}, {}, /table is missing/],
    ["a reference of another table", { table: "input", register: "40001" }, {}, {}, /holding, not input/],
    ["a reference past the end", { register: "499999" }, {}, {}, /no reference/],
    ["a number in a coil", { table: "coil", register: 0, type: "int16" }, {}, {}, /holds bits/],
    ["a bit of a coil", { table: "coil", register: 0, bit: 1 }, {}, {}, /leave out bit/],
    ["a type for the tag alone", { table: "input", register: 0 }, { type: "float" }, {}, /said in address\.type/],
    ["a boolean without bit", { table: "holding", register: 0, type: "boolean" }, {}, {}, /needs bit/],
    ["a bit of a float", { table: "holding", register: 0, type: "float32", bit: 1 }, {}, {}, /bit is for booleans/],
    ["a string without length", { table: "holding", register: 0, type: "string" }, {}, {}, /needs length/],
    ["a length without string", { table: "holding", register: 0, length: 4 }, {}, {}, /strings only/],
    ["a value past the last register", { table: "holding", register: 65535, type: "int32" }, {}, {}, /past 65535/],
    [
      "another type",
      { register: "40101", type: "float32" },
      { type: "int16" },
      {},
      /float32 at holding 100 \(40101\) gives float/,
    ],
    ["a writable input register", { table: "input", register: 0 }, { writable: true }, {}, /only be read/],
    ["a writable discrete input", { table: "discrete", register: 0 }, { writable: true }, {}, /only be read/],
    [
      "a value longer than a block",
      { table: "input", register: 0, type: "int64" },
      {},
      { maxRegisters: 2 },
      /takes 4 registers/,
    ],
    [
      "a forbidden address",
      { table: "input", register: 4 },
      {},
      { forbidden: [{ table: "input", from: 3, to: 5 }] },
      /forbidden/,
    ],
    [
      "a string too long to write",
      { table: "holding", register: 0, type: "string", length: 250 },
      { writable: true },
      {},
      /123 registers/,
    ],
  ])("refuses %s", (_, address, tag, more, why) => {
    expect(check(address, tag, more)).toMatch(why);
  });

  it.each([
    [{ table: "holding", register: 0, type: "float32" }, true],
    [{ register: "00001" }, true],
    [{ table: "holding", register: 9, bit: 15 }, true],
    [{ table: "input", register: 65535 }, false],
  ])("accepts %j", (address, writable) => {
    expect(check(address, { writable })).toBeUndefined();
  });

  it.each(["500", "4001", "41", "holding 3", "__proto__"])("takes %j for no reference", (register) => {
    expect(modbus.address.safeParse({ register }).success).toBe(false);
  });

  it("shows both forms of an address", () => {
    expect(addressText(modbus.address.parse({ table: "holding", register: 100 }))).toBe("holding 100 (40101)");
    expect(addressText(modbus.address.parse({ register: "30001" }))).toBe("input 0 (30001)");
  });
});

describe("the sample configuration", () => {
  it("is right in every device and tag", () => {
    const sample = parse(readFileSync(new URL("sample.yaml", import.meta.url), "utf8"));
    for (const { driver, name, interval, ...rest } of Object.values<Record<string, unknown>>(sample.devices)) {
      expect(driver).toBe("modbus");
      modbus.settings.parse(rest);
    }
    const tags = Object.values<{ tags: Record<string, { device: string; address: object; writable?: object }> }>(
      sample.equipment,
    );
    for (const tag of tags.flatMap((equipment) => Object.values(equipment.tags))) {
      const { driver, name, interval, ...rest } = sample.devices[tag.device];
      expect(check(tag.address, { writable: tag.writable !== undefined }, rest)).toBeUndefined();
    }
  });
});
