import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import modbus from "modbus-serial";
import { afterEach, describe, expect, it } from "vitest";
import { type RunningFurnace, startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { demoPlants } from "../../simulators/plants/plant-table.ts";
import { startScale } from "../../simulators/plants/scale/plant.ts";

const { default: ModbusRTU } = modbus;
const program = fileURLToPath(new URL("../../simulators/main.ts", import.meta.url));
const run = promisify(execFile);
const mbpollMissing = await run("mbpoll", ["-V"]).then(
  () => false,
  () => true,
);

/** What a test has opened, closed again in the reverse order. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A furnace whose process stands still, so that values can be compared exactly. */
async function stillFurnace(): Promise<RunningFurnace> {
  const furnace = await startFurnace({ speed: 0 });
  opened.push(() => furnace.close());
  return furnace;
}

async function clientOf(port: number, unitId = 1) {
  const client = new ModbusRTU();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(unitId);
  client.setTimeout(2000);
  // Not awaited: where the device has closed already, modbus-serial never calls back.
  opened.push(() => client.close(() => undefined));
  return client;
}

async function rawOf(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  opened.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function post(port: number, path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body: text, headers });
  return { status: response.status, body: await response.json() };
}

async function get(port: number, path: string) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.json() };
}

describe("the furnace on the wire, asked by modbus-serial", () => {
  it("answers every function", async () => {
    const furnace = await stillFurnace();
    const client = await clientOf(furnace.modbusPort);
    expect((await client.readDiscreteInputs(0, 4)).data.slice(0, 4)).toEqual([true, true, true, false]);
    expect((await client.readInputRegisters(0, 2)).buffer.readFloatBE(0)).toBe(
      Math.fround(furnace.model.readings.temperatureC),
    );
    await client.writeRegisters(0, Buffer.from("4459a000", "hex"));
    await client.writeRegister(3, 55);
    await client.maskWriteRegister(3, 0x00f0, 0x0005);
    expect((await client.readHoldingRegisters(0, 4)).data).toEqual([0x4459, 0xa000, 100, 0x35]);
    await client.writeCoil(0, true);
    await client.writeCoils(0, [true]);
    expect((await client.readCoils(0, 1)).data[0]).toBe(true);
    expect(furnace.writes.all().map((write) => write.function)).toEqual([16, 6, 22, 5, 15]);
  });

  it("gives exceptions 2, 3 and, for another unit, 11", async () => {
    const furnace = await stillFurnace();
    const client = await clientOf(furnace.modbusPort);
    await expect(client.readInputRegisters(40, 1)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.writeRegister(3, 101)).rejects.toMatchObject({ modbusCode: 3 });
    client.setID(9);
    await expect(client.readInputRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 11 });
  });

  it("goes on in real time, and stands still while frozen although it answers", async () => {
    const furnace = await startFurnace({ speed: 200, tickMs: 5 });
    opened.push(() => furnace.close());
    const client = await clientOf(furnace.modbusPort);
    const energy = async () => (await client.readInputRegisters(5, 2)).buffer.readUInt32BE(0);
    const before = await energy();
    await expect.poll(energy, { timeout: 5000 }).toBeGreaterThan(before);
    await furnace.faults.set({ kind: "freeze" });
    const frozen = await energy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await energy()).toBe(frozen);
    await furnace.faults.clear();
    await expect.poll(energy, { timeout: 5000 }).toBeGreaterThan(frozen);
  });
});

describe.skipIf(mbpollMissing)("the furnace on the wire, asked by mbpoll", () => {
  async function poll(port: number, ...more: string[]): Promise<string> {
    const { stdout } = await run("mbpoll", ["-0", "-1", "-a", "1", "-p", `${port}`, ...more]);
    return stdout;
  }

  it("shows both word orders of float32", async () => {
    const furnace = await stillFurnace();
    const { temperatureC, outputPercent } = furnace.model.readings;
    const big = await poll(furnace.modbusPort, "-t", "3:float", "-B", "-r", "0", "127.0.0.1");
    const little = await poll(furnace.modbusPort, "-t", "3:float", "-r", "2", "127.0.0.1");
    expect(Number(/\[0\]:\s+(\S+)/.exec(big)?.[1])).toBeCloseTo(temperatureC, 2);
    expect(Number(/\[2\]:\s+(\S+)/.exec(little)?.[1])).toBeCloseTo(outputPercent, 3);
  });

  it("takes a set-point", async () => {
    const furnace = await stillFurnace();
    await run("mbpoll", ["-0", "-p", `${furnace.modbusPort}`, "-t", "4:float", "-B", "-r", "0", "127.0.0.1", "870.5"]);
    expect(furnace.model.readings.setpointC).toBe(870.5);
  });
});

describe("the line", () => {
  it("refuses and resets while cut, and comes back on the same port", async () => {
    const furnace = await stillFurnace();
    const socket = await rawOf(furnace.modbusPort);
    const broken = once(socket, "error");
    await furnace.faults.set({ kind: "cut" });
    expect(await broken).toMatchObject([{ code: "ECONNRESET" }]);
    await expect(rawOf(furnace.modbusPort)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await furnace.faults.clear();
    const client = await clientOf(furnace.modbusPort);
    expect((await client.readHoldingRegisters(3, 1)).data).toEqual([60]);
  });

  it("survives cut and clear in any haste", async () => {
    const furnace = await stillFurnace();
    const changes = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? furnace.faults.set({ kind: "refuse" }) : furnace.faults.clear(),
    );
    await Promise.all(changes);
    await clientOf(furnace.modbusPort);
  });

  it("closes a connection that speaks no Modbus, and the others stay", async () => {
    const furnace = await stillFurnace();
    const client = await clientOf(furnace.modbusPort);
    const stranger = await rawOf(furnace.modbusPort);
    const closed = once(stranger, "close");
    stranger.write("GET / HTTP/1.1\r\n\r\n");
    await closed;
    expect((await client.readHoldingRegisters(3, 1)).data).toEqual([60]);
  });

  it("answers requests that arrive together, each with its own transaction id", async () => {
    const furnace = await stillFurnace();
    const socket = await rawOf(furnace.modbusPort);
    socket.write(Buffer.from("000100000006010300030001000200000006010300020001", "hex"));
    let received = "";
    socket.on("data", (bytes) => {
      received += bytes.toString("hex");
    });
    await expect.poll(() => received).toBe("000100000005010302003c0002000000050103020064");
  });

  it("cuts a frame in the middle when told", async () => {
    const furnace = await stillFurnace();
    const socket = await rawOf(furnace.modbusPort);
    await furnace.faults.set({ kind: "truncate" });
    const chunks: Buffer[] = [];
    socket.on("data", (bytes) => chunks.push(bytes));
    socket.write(Buffer.from("000100000006010300030001", "hex"));
    await once(socket, "close");
    expect(Buffer.concat(chunks).toString("hex")).toBe("000100000005");
  });
});

describe("the fault port", () => {
  it("shows the machine and the wire", async () => {
    const furnace = await stillFurnace();
    expect(await get(furnace.faultPort, "/")).toMatchObject({
      status: 200,
      body: { plant: "furnace", machine: { running: true }, modbus: { port: furnace.modbusPort, listening: true } },
    });
  });

  it("sets and clears faults", async () => {
    const furnace = await stillFurnace();
    const set = await post(furnace.faultPort, "/fault", { kind: "cut" });
    expect(set).toMatchObject({ status: 200, body: { modbus: { listening: false, faults: [{ kind: "cut" }] } } });
    const cleared = await post(furnace.faultPort, "/fault", { kind: "none" });
    expect(cleared).toMatchObject({ status: 200, body: { modbus: { listening: true, faults: [] } } });
  });

  it("does what a person at the machine does, or says why not", async () => {
    const furnace = await stillFurnace();
    expect(await post(furnace.faultPort, "/machine", { action: "key-local" })).toMatchObject({
      status: 200,
      body: { outcome: "done", machine: { keyRemote: false } },
    });
    furnace.model.pressTripTest();
    expect(await post(furnace.faultPort, "/machine", { action: "start" })).toMatchObject({
      status: 409,
      body: { error: "tripped" },
    });
  });

  it("lists the writes after a number", async () => {
    const furnace = await stillFurnace();
    const client = await clientOf(furnace.modbusPort);
    await client.writeRegister(3, 50);
    await client.writeRegister(3, 51);
    expect(await get(furnace.faultPort, "/writes?since=1")).toMatchObject({
      body: { count: 2, writes: [{ seq: 2, function: 6, address: 3, values: [51], outcome: "done" }] },
    });
  });

  it.each([
    ["text that is no JSON", "/fault", "no JSON"],
    ["a fault that does not exist", "/fault", { kind: "nonsense" }],
    ["a fault with an unknown key", "/fault", { kind: "delay", ms: 5, extra: 1 }],
    ["a body of 70,000 bytes", "/fault", "x".repeat(70_000)],
    ["an action that does not exist", "/machine", { action: "constructor" }],
    ["a list", "/machine", []],
  ])("answers 400 with a reason to %s", async (_, path, body) => {
    const furnace = await stillFurnace();
    expect(await post(furnace.faultPort, path, body)).toMatchObject({
      status: 400,
      body: { error: expect.any(String) },
    });
    expect(furnace.faults.active()).toEqual([]);
  });

  it("does nothing for a web page", async () => {
    const furnace = await stillFurnace();
    const answer = await post(furnace.faultPort, "/fault", { kind: "drop" }, { origin: "http://example.org" });
    expect(answer.status).toBe(403);
    expect(furnace.faults.active()).toEqual([]);
  });
});

describe("the scale plant", () => {
  it("serves 10,000 registers over ten units and can lose one of them", async () => {
    const scale = await startScale({ registers: 10_000, units: 10, tickMs: 5 });
    opened.push(() => scale.close());
    const client = await clientOf(scale.modbusPort, 10);
    expect((await client.readHoldingRegisters(875, 125)).data).toHaveLength(125);
    await expect(client.readHoldingRegisters(1000, 1)).rejects.toMatchObject({ modbusCode: 2 });
    await scale.faults.set({ kind: "exception", code: 4, unitId: 3 });
    client.setID(3);
    await expect(client.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 4 });
    client.setID(4);
    const updates = async () => (await client.readHoldingRegisters(0, 2)).buffer.readFloatBE(0);
    await expect.poll(updates, { timeout: 5000 }).toBeGreaterThan(1);
  });
});

describe("the program", () => {
  function start(...argv: string[]): ChildProcess {
    const child = spawn(process.execPath, [program, ...argv], { stdio: ["pipe", "pipe", "pipe"] });
    opened.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    return child;
  }

  async function ready(child: ChildProcess) {
    const [line] = await once(child.stdout ?? child, "data");
    return JSON.parse(String(line));
  }

  it.each(["SIGTERM", "SIGINT"] as const)("says its ports when it is ready and ends cleanly on %s", async (signal) => {
    const child = start("--plant", "demo", "--any-ports");
    const line = await ready(child);
    expect(line).toMatchObject({ ready: true, pid: child.pid, plants: demoPlants.map(({ plant }) => ({ plant })) });
    const client = await clientOf(line.plants[0].modbusPort);
    expect((await client.readDiscreteInputs(2, 1)).data[0]).toBe(true);
    const exited = once(child, "exit");
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  });

  it("ends with its standard input when asked to", async () => {
    const child = start("--plant", "scale", "--registers", "20", "--units", "2", "--end-with-stdin");
    await ready(child);
    const exited = once(child, "exit");
    child.stdin?.end();
    expect(await exited).toEqual([0, null]);
  });

  it("says in one line that a port is in use, and exits with 1", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    opened.push(() => taken.close());
    await once(taken, "listening");
    const address = taken.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    for (const flag of ["--modbus-port", "--fault-port"]) {
      const failed = run(process.execPath, [program, "--plant", "furnace", flag, `${port}`]);
      await expect(failed).rejects.toMatchObject({
        code: 1,
        stdout: "",
        stderr: `simulators: port ${port} on 127.0.0.1 is in use; stop what uses it or choose another port\n`,
      });
    }
  });

  it("says in one line what is wrong with an option, and exits with 1", async () => {
    const failed = run(process.execPath, [program, "--plant", "furnace", "--registers", "3"]);
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^simulators: [^\n]+\n$/) });
  });
});
