import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  Variant,
} from "node-opcua";
import { afterAll } from "vitest";
import type { Point } from "../../gateway/core/driver-port.ts";
import { Status } from "../../gateway/core/status.ts";
import type { DataType as TagType, Value } from "../../gateway/core/value.ts";
import { opcua } from "../../gateway/drivers/opcua/manifest.ts";
import { describeDriver } from "./driver-conformance.ts";
import type { DriverPeer } from "./driver-rig.ts";
import { FaultyLink } from "./faulty-link.ts";
import { inOwnThread } from "./own-thread.ts";

const timeoutMs = 1500;

function point(handle: number, name: string, type: TagType, writable = false): Point {
  return { handle, address: opcua.address.parse(`ns=1;s=${name}`), type, writable };
}

const writable = point(10, "Target", "uint16", true);
const stop = point(11, "Stop", "boolean", true);
const still: readonly (readonly [string, DataType, unknown, TagType, Value])[] = [
  ["Boolean", DataType.Boolean, true, "boolean", true],
  ["Int16", DataType.Int16, -7, "int16", -7],
  ["UInt32", DataType.UInt32, 4_000_000_000, "uint32", 4_000_000_000],
  ["Int64", DataType.Int64, [0xffffffff, 0xfffffffe], "int64", -2n],
  ["Float", DataType.Float, 1.5, "float", 1.5],
  ["Double", DataType.Double, 0.1, "double", 0.1],
  ["String", DataType.String, "ok", "string", "ok"],
];

/** What the server holds; one server serves all tests, its connections go through a link of each test. */
const state = { target: 5, stop: false, received: [] as ("writable" | "stop" | "method")[], dropAnswer: false };
const folder = mkdtempSync(join(tmpdir(), "opcua-conformance-"));
let server: OPCUAServer | undefined;

async function startServer(): Promise<OPCUAServer> {
  const started = new OPCUAServer({
    port: 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    maxConnectionsPerEndpoint: 100,
    // Cut connections leave their sessions behind for a while.
    serverCapabilities: { maxSessions: 100 },
    serverCertificateManager: new OPCUACertificateManager({ rootFolder: folder }),
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
  });
  await started.initialize();
  const own = started.engine.addressSpace?.getOwnNamespace();
  const add = (name: string, dataType: DataType, more: object) =>
    own?.addVariable({ organizedBy: "ObjectsFolder", browseName: name, nodeId: `s=${name}`, dataType, ...more });
  for (const [name, dataType, value] of still)
    add(name, dataType, { value: new Variant({ dataType, value, arrayType: 0 }) });
  const settable = (name: "target" | "stop", as: "writable" | "stop", dataType: DataType) => ({
    minimumSamplingInterval: 100,
    value: {
      get: () => new Variant({ dataType, value: state[name] }),
      set(variant: Variant, callback: (error: Error | null, status: StatusCode) => void) {
        state.received.push(as);
        if (variant.value === 60_000) return callback(null, StatusCodes.BadOutOfRange);
        Object.assign(state, { [name]: variant.value });
        if (!state.dropAnswer) callback(null, StatusCodes.Good);
        state.dropAnswer = false;
      },
    },
  });
  add("Target", DataType.UInt16, settable("target", "writable", DataType.UInt16));
  add("Stop", DataType.Boolean, settable("stop", "stop", DataType.Boolean));
  addMethods(started);
  await started.start();
  return started;
}

/** A method that doubles what it is given, and one that stops. */
function addMethods(started: OPCUAServer): void {
  const own = started.engine.addressSpace?.getOwnNamespace();
  const machine = own?.addObject({ organizedBy: "ObjectsFolder", browseName: "Machine", nodeId: "s=Machine" });
  if (!own || !machine) throw new Error("the server has no address space");
  const of = (name: string) => [{ name, dataType: DataType.UInt16 }];
  const twice = { browseName: "Twice", nodeId: "s=Twice", inputArguments: of("x"), outputArguments: of("y") };
  own.addMethod(machine, twice).bindMethod(([x], _context, callback) => {
    const refused = x?.value === 60_000;
    const outputArguments = refused ? [] : [new Variant({ dataType: DataType.UInt16, value: 2 * x?.value })];
    const statusCode = refused ? StatusCodes.BadOutOfRange : StatusCodes.Good;
    answerCall("method", () => callback(null, { statusCode, outputArguments }));
  });
  own.addMethod(machine, { browseName: "Halt", nodeId: "s=Halt" }).bindMethod((_inputs, _context, callback) => {
    answerCall("stop", () => callback(null, { statusCode: StatusCodes.Good, outputArguments: [] }));
  });
}

function answerCall(as: "method" | "stop", answer: () => void): void {
  state.received.push(as);
  if (!state.dropAnswer) answer();
  state.dropAnswer = false;
}

const methodOf = (name: string) => opcua.method?.parse({ object: "ns=1;s=Machine", method: `ns=1;s=${name}` });

async function startPeer(): Promise<DriverPeer> {
  server ??= await startServer();
  Object.assign(state, { target: 5, stop: false, received: [], dropAnswer: false });
  const link = await FaultyLink.open(server.endpoints[0]?.port ?? 0);
  const settings = {
    endpoint: `opc.tcp://127.0.0.1:${link.port}`,
    security: { mode: "None" },
    timeout: `${timeoutMs}ms`,
    keepAlive: "20s",
    sessionTimeout: "5s",
  };
  return {
    device: { id: "plc", settings: opcua.settings.parse(settings), intervalMs: 100 },
    timeoutMs,
    points: [
      ...still.map(([name, , , type, value], handle) => ({ point: point(handle, name, type), value })),
      { point: writable, value: 5 },
      { point: stop, value: false },
    ],
    broken: { point: point(20, "Nobody", "double"), status: Status.Bad_NodeIdUnknown },
    writable: { point: writable, values: [41, 43], refused: 60_000 },
    stop: { point: stop, value: true },
    method: {
      address: methodOf("Twice"),
      takes: [{ type: "uint16", value: 21 }],
      gives: [42],
      refused: [{ type: "uint16", value: 60_000 }],
      unfit: [{ type: "uint16", value: 70_000 }],
      stop: methodOf("Halt"),
    },
    change() {
      state.target = 77;
      return 77;
    },
    received: () => [...state.received],
    faults: {
      silence: async () => link.silence(),
      cut: () => link.cut(),
      delay: async (ms) => link.delay(ms),
      dropWriteAnswer: async () => void Object.assign(state, { dropAnswer: true }),
      answerLate: async () => link.late(),
      garbage: async () => link.garbage(),
      clear: () => link.clear(),
    },
    [Symbol.asyncDispose]: () => link.cut(),
  };
}

afterAll(async () => {
  await server?.shutdown(0);
  rmSync(folder, { recursive: true, force: true });
});

describeDriver({ driver: "opcua", capabilities: opcua.capabilities, load: () => opcua.load(), start: startPeer });
describeDriver({
  driver: "opcua, apart",
  capabilities: opcua.capabilities,
  ...inOwnThread(opcua),
  start: startPeer,
});
