import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Channel } from "../../gateway/core/driver-port.ts";
import { type RunningFurnace, startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { modbusDevice, modbusPoint, openModbus, readAll, writeOne } from "./modbus-channel.ts";

const run = promisify(execFile);
const mbpoll = "/usr/bin/mbpoll";

/** Runs mbpoll once; with `values` it writes them, else the values read come back, as it prints them. */
async function poll(port: number, table: string, more: string[], values: string[] = []): Promise<string[]> {
  const options = ["-m", "tcp", "-p", String(port), "-a", "1", "-0", "-1", "-q", "-t", table, ...more];
  const { stdout } = await run(mbpoll, [...options, "127.0.0.1", ...values], { timeout: 10_000 });
  return [...stdout.matchAll(/^\[\d+\]:\s+(\S+)/gm)].map((match) => match[1] ?? "");
}

let furnace: RunningFurnace;
let channel: Channel;
const read = async (address: object) => (await readAll(channel, "plc", [modbusPoint(1, address)]))[0]?.value;

describe("beside mbpoll, on the same machine", () => {
  beforeEach(async (context) => {
    if (!existsSync(mbpoll)) context.skip("mbpoll is not installed (apt-get install mbpoll)");
    furnace = await startFurnace({ speed: 0 });
    onTestFinished(() => furnace.close());
    ({ channel } = await openModbus([modbusDevice("plc", { port: furnace.modbusPort })]));
  });

  it.each([
    ["float32, high word first", { register: "30001", type: "float32" }, "3:float", ["-r", "0", "-B"]],
    ["float32, low word first", { register: "30003", type: "float32", wordOrder: "little" }, "3:float", ["-r", "2"]],
    ["int16", { table: "input", register: 4, type: "int16" }, "3", ["-r", "4"]],
    ["uint32", { table: "input", register: 5, type: "uint32" }, "3:int", ["-r", "5", "-B"]],
    ["a holding float", { table: "holding", register: 0, type: "float32" }, "4:float", ["-r", "0", "-B"]],
    ["a holding register", { table: "holding", register: 3 }, "4", ["-r", "3"]],
  ])("reads the same %s", async (_, address, table, where) => {
    const [theirs] = await poll(furnace.modbusPort, table, [...where, "-c", "1"]);
    const ours = await read(address);
    // mbpoll prints floats with %g: six digits.
    expect(Number(ours).toPrecision(6)).toBe(Number(theirs).toPrecision(6));
  });

  it("reads the same discrete inputs and coils", async () => {
    const theirs = await poll(furnace.modbusPort, "1", ["-r", "0", "-c", "4"]);
    const points = [0, 1, 2, 3].map((register) => modbusPoint(register, { table: "discrete", register }));
    const ours = (await readAll(channel, "plc", points)).map(({ value }) => (value ? "1" : "0"));
    expect(ours).toEqual(theirs);
    expect(theirs).toContain("1");
    expect(await poll(furnace.modbusPort, "0", ["-r", "0", "-c", "1"])).toEqual(["0"]);
    expect(await read({ table: "coil", register: 0 })).toBe(false);
  });

  it("sees what mbpoll wrote, and mbpoll sees what was written here", async () => {
    const setpoint = { table: "holding", register: 0, type: "float32" };
    const fan = { table: "holding", register: 3 };
    await poll(furnace.modbusPort, "4:float", ["-r", "0", "-B"], ["815.5"]);
    await poll(furnace.modbusPort, "4", ["-r", "3"], ["35"]);
    expect(await read(setpoint)).toBe(815.5);
    expect(await read(fan)).toBe(35);
    expect(await writeOne(channel, "plc", modbusPoint(1, setpoint, true), 790.25)).toMatchObject({
      outcome: "written",
    });
    expect(await writeOne(channel, "plc", modbusPoint(2, fan, true), 52)).toMatchObject({ outcome: "written" });
    expect(await writeOne(channel, "plc", modbusPoint(3, { table: "coil", register: 0 }, true), true)).toMatchObject({
      outcome: "written",
    });
    expect(await poll(furnace.modbusPort, "4:float", ["-r", "0", "-B", "-c", "1"])).toEqual(["790.25"]);
    expect(await poll(furnace.modbusPort, "4", ["-r", "3", "-c", "1"])).toEqual(["52"]);
    expect(await poll(furnace.modbusPort, "0", ["-r", "0", "-c", "1"])).toEqual(["1"]);
  });
});
