import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { demoPlants } from "../../simulators/plants/plant-table.ts";
import { demoAlone } from "../rig/demo-ports.ts";
import { type Ended, NodeProcess, plancia } from "../rig/node-process.ts";
import { type Plant, preparePlant, startPlant } from "../rig/plant.ts";

/** How the process begins and ends. */
let folder: string;
let plant: Plant | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-start-"));
});
afterEach(async () => {
  await plant?.close();
  plant = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** One line that says what is wrong, exit code 1, no stack trace. */
function expectOneLine({ code, signal, stderr }: Ended, what: RegExp): void {
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(what);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain("internal error");
}

async function portTaken(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: address !== null && typeof address === "object" ? address.port : 0 };
}

describe("a start that cannot be", () => {
  it("with the port in use", async () => {
    plant = await preparePlant();
    const { server, port } = await portTaken();
    const args = ["--config", plant.configuration, "--data", plant.data, "--listen", `127.0.0.1:${port}`];
    expectOneLine(await plancia(["run", ...args]), new RegExp(`${port}.*in use`));
    server.close();
  });

  it("with a bad configuration: file, line, column and what would be right", async () => {
    const file = join(folder, "bad.yaml");
    writeFileSync(file, "version: 1\ngateway: { id: lab }\nsite: { id: lab, name: Lab, timezon: Europe/Rome }\n");
    expectOneLine(await plancia(["run", "--config", file, "--data", folder]), /bad\.yaml:3:\d+: .*timezon.*timezone/);
  });

  it("without the configuration", async () => {
    const file = join(folder, "nowhere.yaml");
    expectOneLine(await plancia(["run", "--config", file, "--data", folder]), /nowhere\.yaml/);
  });

  it("on a data folder that cannot be made or written", async () => {
    plant = await preparePlant();
    const notAFolder = join(folder, "file");
    writeFileSync(notAFolder, "");
    for (const data of [join(notAFolder, "data"), "/proc/plancia-data"]) {
      const args = ["--config", plant.configuration, "--data", data, "--listen", "127.0.0.1:0"];
      expectOneLine(await plancia(["run", ...args]), /data folder .* cannot be written/);
    }
  });

  it("as a second gateway on one data folder; the first goes on", async () => {
    plant = await startPlant({ people: { olga: "operator" } });
    const args = ["--config", plant.configuration, "--data", plant.data, "--listen", "127.0.0.1:0"];
    expectOneLine(await plancia(["run", ...args]), /another gateway runs on the data folder/);
    expect((await fetch(`${plant.url}/healthz`)).status).toBe(200);
    expect((await (await plant.enter("olga")).get("/equipment")).status).toBe(200);
  });

  it("off loopback without TLS", async () => {
    plant = await preparePlant();
    const args = ["--config", plant.configuration, "--data", plant.data, "--listen", "0.0.0.0:0"];
    expectOneLine(await plancia(["run", ...args]), /without TLS/);
  });

  it("leaves nothing behind that keeps the next one from starting", async () => {
    plant = await preparePlant();
    const { server, port } = await portTaken();
    const args = ["--config", plant.configuration, "--data", plant.data, "--listen", `127.0.0.1:${port}`];
    await plancia(["run", ...args]);
    server.close();
    await plant.start();
    expect((await fetch(`${plant.url}/readyz`)).status).toBe(200);
  });
});

describe("a gateway that is told to end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("by %s ends cleanly within 10 s, also with sockets open", async (signal) => {
    plant = await startPlant({ people: { olga: "operator" } });
    const view = await (await plant.enter("olga")).watch(["furnace/*"]);
    await view.until(() => view.of("samples").length > 2);
    const began = performance.now();
    plant.gateway.signal(signal);
    const ended = await plant.gateway.end(12_000);
    expect([ended.code, ended.signal]).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await view.closed).toBe(1001);
    expect(ended.stderr).not.toMatch(/"level":(50|60)/);
    await expect(fetch(`${plant.url}/healthz`)).rejects.toThrow();
  });

  it("has told the history of its goodbye, so that no last value seems to hold", async () => {
    plant = await startPlant({ people: { olga: "operator" } });
    const since = Date.now();
    await plant.restore(await plant.enter("olga"));
    await plant.stop();
    const stoppedAt = Date.now();
    await sleep(200);
    await plant.start();
    const points = await (await plant.enter("olga")).history("furnace/setpoint", since - 60_000);
    const farewell = points.find(([time, value]) => value === null && time <= stoppedAt && time >= since);
    expect(farewell?.[2]).toBe(0x800c0000);
  });

  it("with its demo ends the simulators too, and every port is free again", async (context) => {
    await using _alone = await demoAlone();
    const taken = await inUse(demoPorts);
    if (taken.length > 0) context.skip(`ports of the demo are in use here: ${taken.join(", ")}`);
    const data = join(folder, "data");
    // As it may be made up: one that looks like an option.
    const environment = { PLANCIA_DEMO_PASSWORD: "-starts-like-an-option" };
    const demo = new NodeProcess("gateway/main.ts", ["demo", "--data", data, "--listen", "127.0.0.1:0"], environment);
    const [, url = ""] = await demo.printed(/^ +(http:\/\/[^\s/]+)$/m, 30_000);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const children = childrenOf(demo.pid);
    expect(children.length).toBeGreaterThan(0);
    demo.signal("SIGTERM");
    const ended = await demo.end(12_000);
    expect([ended.code, ended.signal]).toEqual([0, null]);
    expect(children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(await inUse(demoPorts)).toEqual([]);
  });
});

const demoPorts = demoPlants.flatMap((plant) =>
  Object.entries(plant).flatMap(([option, value]) =>
    option.endsWith("Port") && typeof value === "number" ? [value] : [],
  ),
);

async function inUse(ports: readonly number[]): Promise<readonly number[]> {
  const free = await Promise.all(ports.map(isFree));
  return ports.filter((_, n) => !free[n]);
}

/** Process ids; empty where there is no /proc. */
function childrenOf(pid: number): readonly string[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").trim().split(" ").filter(Boolean);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  const open = await listening;
  if (open) await new Promise((resolve) => server.close(resolve));
  return open;
}
