import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { describe, expect, it, onTestFinished } from "vitest";
import { startScale } from "../../simulators/plants/scale/plant.ts";
import { startScaleOpcua } from "../../simulators/plants/scale-opcua/plant.ts";
import { FaultyLink } from "../conformance/faulty-link.ts";
import { type ReconnectOrder, type ReconnectReport, slope } from "./reconnect-order.ts";

/**
 * The most that a reconnect of the second hundred may leave behind, bytes. Code that is still being compiled and
 * caches that fill leave 300 to 1,200 there, and 100 after the five hundredth; a socket that is kept with what hangs
 * on it is more than the bound, a client or a session many times more.
 */
const boundBytes = 4096;
const rounds = 200;

type Peer = Pick<ReconnectOrder, "settings" | "points"> & { readonly link: FaultyLink };

const peers: Readonly<Record<string, () => Promise<Peer>>> = {
  async modbus() {
    const plant = await startScale({ registers: 50, units: 1, layout: "float32" });
    onTestFinished(() => plant.close());
    const link = await FaultyLink.open(plant.ports["modbusPort"] ?? 0);
    const points = plant.points.map(({ register }) => {
      return { address: { table: "holding", register, type: "float32" }, type: "float" };
    });
    return { link, points, settings: { host: "127.0.0.1", port: link.port, timeout: "20s" } };
  },
  async opcua() {
    const plant = await startScaleOpcua({ variables: 50, allowNone: true, anonymous: true, acceptAnyClient: true });
    onTestFinished(() => plant.close());
    const link = await FaultyLink.open(plant.opcuaPort);
    const points = plant.nodeIds.map((address, i) => ({ address, type: i < 25 ? "double" : "int32" }));
    const endpoint = `opc.tcp://127.0.0.1:${link.port}`;
    return { link, points, settings: { endpoint, security: { mode: "None" }, timeout: "20s" } };
  },
  async mqtt() {
    const broker = await Aedes.createBroker();
    // Torn connections are what this test makes.
    for (const fault of ["clientError", "connectionError"] as const) broker.on(fault, () => undefined);
    const server = createServer({ noDelay: true }, (socket) => broker.handle(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
      broker.close();
    });
    const topics = Array.from({ length: 50 }, (_, n) => `plant/${n}`);
    const said = { cmd: "publish", qos: 0, retain: false, dup: false, payload: JSON.stringify({ value: 7 }) } as const;
    broker.on("subscribe", (subscriptions) => {
      for (const { topic } of subscriptions) broker.publish({ ...said, topic }, () => undefined);
    });
    const link = await FaultyLink.open((server.address() as { port: number }).port);
    const points = topics.map((topic) => ({ address: { topic, path: "/value" }, type: "double" }));
    return { link, points, settings: { url: `mqtt://127.0.0.1:${link.port}` } };
  },
};

/** Runs the child to its end; it asks for its connection to be torn. */
async function reconnect(driver: string, leakBytes = 0): Promise<ReconnectReport> {
  const start = peers[driver];
  if (!start) throw new Error(`no peer for ${driver}`);
  const { link, settings, points } = await start();
  onTestFinished(() => link.cut());
  const folder = mkdtempSync(join(tmpdir(), "plancia-reconnects-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const order: ReconnectOrder = { driver, settings, points, folder, warmUp: 20, rounds, every: 10, leakBytes };
  const child = fork(join(import.meta.dirname, "reconnect-child.ts"), [JSON.stringify(order)], {
    execArgv: ["--expose-gc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let report: ReconnectReport | undefined;
  child.on("message", (message: "cut" | ReconnectReport) => {
    if (message !== "cut") report = message;
    else
      link
        .cut()
        .then(() => link.clear())
        .then(() => child.send("cut"));
  });
  const [code] = await once(child, "exit");
  if (!report) throw new Error(`the child ended with ${code} and told nothing`);
  return report;
}

const hundreds = ({ memory }: ReconnectReport) => ({
  first: slope(memory.filter(([round]) => round <= rounds / 2)),
  second: slope(memory.filter(([round]) => round >= rounds / 2)),
});

describe.each(Object.keys(peers))("%s", (driver) => {
  it("keeps memory and handles flat over 200 reconnects, every other one torn", async () => {
    const report = await reconnect(driver);
    const { first, second } = hundreds(report);
    const found = `${first} and ${second} bytes a reconnect in the first and the second hundred: ${report.memory.join(" ")}`;
    expect(second, found).toBeLessThan(boundBytes);
    expect(report.after.handles).toBeLessThanOrEqual(report.before.handles);
    expect(report.after.files).toBeLessThanOrEqual(report.before.files);
  });
});

describe("the measure", () => {
  it("sees 8 KiB that each reconnect keeps", async () => {
    const report = await reconnect("modbus", 2 * boundBytes);
    const { first, second } = hundreds(report);
    expect(report.hoarded).toBe(rounds + 20);
    expect(Math.min(first, second)).toBeGreaterThan(boundBytes);
  });
});
