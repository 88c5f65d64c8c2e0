import { describe, expect, it } from "vitest";
import type { Value } from "../../core/value.ts";
import { encodeRequest } from "../../protocols/modbus/pdu.ts";
import { ModbusAddress, resolveAddress } from "./address.ts";
import type { ModbusSettings } from "./settings.ts";
import { writeRequest } from "./write-request.ts";

function build(address: object, value: Value, several: ModbusSettings["alwaysMultiple"] = false) {
  const resolved = resolveAddress(ModbusAddress.parse(address));
  if (!resolved.ok) throw new Error(resolved.why);
  return writeRequest(resolved.address, value, several);
}

describe("the request that writes a value", () => {
  it.each<[string, object, Value, ModbusSettings["alwaysMultiple"], string]>([
    ["a coil by function 5", { table: "coil", register: 7 }, true, false, "050007ff00"],
    ["a coil by 15 when told", { table: "coil", register: 7 }, true, true, "0f000700010101"],
    ["a coil by 15 when told of coils only", { table: "coil", register: 7 }, false, "coils", "0f000700010100"],
    ["a coil by 5 when told of registers only", { table: "coil", register: 7 }, false, "registers", "0500070000"],
    ["one register by 6", { table: "holding", register: 2, type: "int16" }, -2, false, "060002fffe"],
    ["one register by 16 when told", { table: "holding", register: 2 }, 5, true, "10000200010200 05".replace(" ", "")],
    [
      "one register by 16 when told of registers only",
      { table: "holding", register: 2 },
      5,
      "registers",
      "1000020001020005",
    ],
    ["one register by 6 when told of coils only", { table: "holding", register: 2 }, 5, "coils", "0600020005"],
    [
      "a float by 16",
      { register: "40001", type: "float32", wordOrder: "little" },
      12.5,
      false,
      "100000000204 00004148".replace(" ", ""),
    ],
    ["a bit of a register, set, by 22", { table: "holding", register: 4, bit: 3 }, true, false, "160004fff70008"],
    ["a bit of a register, cleared", { table: "holding", register: 4, bit: 15 }, false, true, "1600047fff0000"],
    [
      "a text by 16",
      { table: "holding", register: 0, type: "string", length: 3 },
      "Ab",
      false,
      "100000000204 41620000".replace(" ", ""),
    ],
  ])("writes %s", (_, address, value, several, bytes) => {
    const built = build(address, value, several);
    expect(built.ok && Buffer.from(encodeRequest(built.request)).toString("hex")).toBe(bytes);
  });

  it.each<[string, object, Value, RegExp]>([
    ["an input register", { table: "input", register: 0 }, 1, /only be read/],
    ["a discrete input", { table: "discrete", register: 0 }, true, /only be read/],
    ["a number to a coil", { table: "coil", register: 0 }, 1, /true or false/],
    ["a number to a bit", { table: "holding", register: 0, bit: 1 }, 1, /true or false/],
    ["what the type cannot hold", { table: "holding", register: 0, type: "int16" }, 40_000, /int16 cannot hold/],
    ["nothing", { table: "holding", register: 0 }, null, /cannot hold/],
    ["more than 123 registers", { table: "holding", register: 0, type: "string", length: 250 }, "x", /more than 123/],
  ])("does not write %s", (_, address, value, why) => {
    expect(build(address, value)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });
});
