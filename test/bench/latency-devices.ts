import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  Variant,
} from "node-opcua";
import { type LatencyPorts, latencyShape as shape } from "./latency-shape.ts";

/** Three devices with one value each, which is the time at which it last changed, ms UTC. They change at moments of their own. */
async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** Changes at random moments until the process ends. */
function changeAtRandom(change: (nowMs: number) => void): void {
  const waitMs = shape.changeFromMs + Math.random() * (shape.changeToMs - shape.changeFromMs);
  setTimeout(() => {
    change(Date.now());
    changeAtRandom(change);
  }, waitMs);
}

/** Function 3 on a float64 in the holding registers 0 to 3; whatever is asked, that is the answer. */
async function startModbus(): Promise<number> {
  let changedMs = Date.now();
  changeAtRandom((nowMs) => {
    changedMs = nowMs;
  });
  function answer(socket: Socket, request: Buffer): void {
    const count = Math.min(4, request.readUInt16BE(10));
    const frame = Buffer.alloc(17);
    request.copy(frame, 0, 0, 8);
    frame.writeUInt16BE(3 + 2 * count, 4);
    frame[8] = 2 * count;
    frame.writeDoubleBE(changedMs, 9);
    socket.write(frame.subarray(0, 9 + 2 * count));
  }
  return listen(
    createServer({ noDelay: true }, (socket) => {
      // The bench's gateway sends one request at a time, and each fits a packet.
      socket.on("data", (request) => request.length >= 12 && answer(socket, request));
      socket.on("error", () => socket.destroy());
    }),
  );
}

async function startOpcua(folder: string): Promise<number> {
  const server = new OPCUAServer({
    port: 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    serverCertificateManager: new OPCUACertificateManager({ rootFolder: folder }),
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const variable = space?.getOwnNamespace().addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: "Changed",
    nodeId: "s=Changed",
    dataType: DataType.Double,
  });
  changeAtRandom((nowMs) => {
    variable?.setValueFromSource({ dataType: DataType.Double, value: nowMs }, StatusCodes.Good, new Date(nowMs));
  });
  variable?.setValueFromSource(new Variant({ dataType: DataType.Double, value: Date.now() }));
  await server.start();
  return server.endpoints[0]?.port ?? 0;
}

async function startMqtt(): Promise<number> {
  const broker = await Aedes.createBroker();
  changeAtRandom((nowMs) => {
    const payload = Buffer.from(JSON.stringify({ value: nowMs, ts: nowMs }));
    broker.publish({ cmd: "publish", qos: 0, dup: false, retain: false, topic: shape.mqttTopic, payload }, () => {});
  });
  return listen(createServer({ noDelay: true }, (socket) => broker.handle(socket)));
}

const folder = mkdtempSync(join(tmpdir(), "plancia-bench-opcua-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.stdin.on("end", () => process.exit(0)).resume();
const ports: LatencyPorts = { modbus: await startModbus(), opcua: await startOpcua(folder), mqtt: await startMqtt() };
process.stdout.write(`${JSON.stringify({ ready: ports })}\n`);
