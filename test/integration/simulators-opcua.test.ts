import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttributeIds,
  type ClientSession,
  DataType,
  type DataValue,
  MessageSecurityMode,
  type OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
} from "node-opcua";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type FillingLineOptions,
  type RunningFillingLine,
  startFillingLine,
} from "../../simulators/plants/filling-line/plant.ts";
import { startMillingMachine } from "../../simulators/plants/milling-machine/plant.ts";
import { startScaleOpcua } from "../../simulators/plants/scale-opcua/plant.ts";
import { type ClientPki, connectClient, logIn, openClientPki, readOne, writeOne } from "./simulators-opcua-client.ts";

let clientPki: ClientPki;
let shared: string;
beforeAll(async () => {
  clientPki = await openClientPki();
  // One folder for most tests: keys are made once.
  shared = await mkdtemp(join(tmpdir(), "simulators-pki-"));
});
afterAll(async () => {
  await clientPki.close();
  await rm(shared, { recursive: true, force: true });
});

/** What a test has opened, closed again in the reverse order. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A line whose process stands still, so that values can be compared exactly; each side trusts the other. */
async function stillLine(options: FillingLineOptions = {}): Promise<RunningFillingLine> {
  const line = await startFillingLine({
    speed: 0,
    tickMs: 20,
    pki: shared,
    trust: [clientPki.certificateFile],
    ...options,
  });
  opened.push(() => line.close());
  await clientPki.trust(line.opcua.certificate.file);
  return line;
}

async function connected(line: { endpointUrl: string }): Promise<OPCUAClient> {
  const client = await connectClient(line.endpointUrl, clientPki);
  opened.push(() => client.disconnect());
  return client;
}

async function sessionOn(line: { endpointUrl: string; user: string; password: string }): Promise<ClientSession> {
  const session = await logIn(await connected(line), line.user, line.password);
  opened.push(() => session.close());
  return session;
}

describe("who comes in", () => {
  it("trusts a client only from its folder, from the next connection on, as PEM and as DER", async () => {
    const line = await stillLine({ pki: undefined, trust: [] });
    const { trustedFolder } = line.opcua.certificate;
    await expect(connected(line)).rejects.toThrow(/BadSecurityChecksFailed|BadCertificateUntrusted/);
    const der = new X509Certificate(readFileSync(clientPki.certificateFile)).raw;
    await writeFile(join(trustedFolder, "client.der"), der);
    await connected(line);
    await rm(join(trustedFolder, "client.der"));
    await expect(connected(line)).rejects.toThrow(/BadSecurityChecksFailed|BadCertificateUntrusted/);
    await copyFile(clientPki.certificateFile, join(trustedFolder, "client.pem"));
    await connected(line);
  });

  it("trusts what a file holds that comes to be later than the server", async () => {
    const folder = await mkdtemp(join(tmpdir(), "simulators-trust-"));
    opened.push(() => rm(folder, { recursive: true }));
    const file = join(folder, "gateway.pem");
    const line = await stillLine({ pki: undefined, trust: [file] });
    await expect(connected(line)).rejects.toThrow(/BadSecurityChecksFailed|BadCertificateUntrusted/);
    await copyFile(clientPki.certificateFile, file);
    await connected(line);
    expect(await readdir(line.opcua.certificate.trustedFolder)).toHaveLength(1);
  });

  it("takes the right user with the right password and nobody else", async () => {
    const line = await stillLine();
    const client = await connected(line);
    await expect(logIn(client, "plancia", "wrong")).rejects.toThrow(/BadUserAccessDenied|BadIdentityTokenRejected/);
    await expect(logIn(client, "__proto__", line.password)).rejects.toThrow(/Bad/);
    await expect(client.createSession({ type: UserTokenType.Anonymous })).rejects.toThrow();
    const session = await logIn(client, "plancia", line.password);
    await session.close();
  });

  it("describes itself with secure endpoints on the port of the line only", async () => {
    const line = await stillLine();
    const endpoints = await (await connected(line)).getEndpoints();
    expect(new Set(endpoints.map(({ endpointUrl }) => endpointUrl))).toEqual(new Set([line.endpointUrl]));
    expect(endpoints.every(({ securityMode }) => securityMode !== MessageSecurityMode.None)).toBe(true);
    expect(endpoints).toHaveLength(6);
  });

  it("offers None only where it was told to", async () => {
    const none = { mode: MessageSecurityMode.None, policy: SecurityPolicy.None };
    const closed = await stillLine();
    const refused = await connectClient(closed.endpointUrl, clientPki, none)
      .then(async (client) => {
        opened.push(() => client.disconnect());
        return logIn(client, closed.user, closed.password);
      })
      .then(
        () => "came in",
        () => "refused",
      );
    expect(refused).toBe("refused");
    const open = await stillLine({ allowNone: true, anonymous: true });
    const client = await connectClient(open.endpointUrl, clientPki, none);
    opened.push(() => client.disconnect());
    const session = await client.createSession({ type: UserTokenType.Anonymous });
    expect((await readOne(session, "Line1.StateCurrent")).value.value).toBe(6);
    await session.close();
  });
});

describe("the filling line's variables", () => {
  it("has every scalar type, each with a source time", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    const expected = [
      ["GuardClosed", DataType.Boolean, true],
      ["LaneOffset", DataType.SByte, 0],
      ["RecipeNumber", DataType.Byte, 3],
      ["RecipeLoaded", DataType.Byte, 3],
      ["StopReason", DataType.Int16, 0],
      ["HoursSinceCleaning", DataType.UInt16, 6],
      ["StateCurrent", DataType.Int32, 6],
      ["OrderTarget", DataType.UInt32, 12_000],
      ["ProdDefectiveCount", DataType.Int64, [0, 7412]],
      ["ProdProcessedCount", DataType.UInt64, [0, 1_846_220]],
      ["FillVolumeSetpoint", DataType.Float, 500],
      ["SpeedSetpoint", DataType.Double, 120],
      ["OrderNumber", DataType.String, "FL-1041"],
      ["OrderStarted", DataType.DateTime, new Date(line.model.readings.order.startedMs)],
      ["LastBottleCode", DataType.ByteString, Buffer.alloc(8)],
    ] as const;
    for (const [name, dataType, value] of expected) {
      const read = await readOne(session, `Line1.${name}`);
      expect(read.statusCode.name, name).toBe("Good");
      expect(read.value.dataType, name).toBe(dataType);
      expect([...[read.value.value].flat()], name).toEqual([...[value].flat()]);
      expect(Math.abs(Date.now() - (read.sourceTimestamp?.getTime() ?? 0)), name).toBeLessThan(60_000);
    }
  });

  it("gives unit and range of analog items and the texts of the state", async () => {
    const session = await sessionOn(await stillLine());
    const children = await session.browse({ nodeId: "ns=1;s=Line1.SpeedSetpoint", resultMask: 63 });
    const property = async (name: string) => {
      const node = children.references?.find(({ browseName }) => browseName.name === name);
      return (await session.read({ nodeId: node?.nodeId ?? "", attributeId: AttributeIds.Value })).value.value;
    };
    expect((await property("EngineeringUnits")).displayName.text).toBe("1/min");
    expect(await property("EURange")).toMatchObject({ low: 0, high: 240 });
    const dataType = await session.read({ nodeId: "ns=1;s=Line1.StateText", attributeId: AttributeIds.DataType });
    const type = await session.browse({ nodeId: dataType.value.value, resultMask: 63 });
    expect(type.references?.map(({ browseName }) => browseName.name)).toContain("EnumStrings");
  });

  it("can be browsed: the machine with some forty variables and ten methods", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    const { references } = await session.browse({
      nodeId: "ns=1;s=Line1",
      resultMask: 63,
      referenceTypeId: "HasComponent",
    });
    const variables = references?.filter(({ nodeClass }) => nodeClass === 2) ?? [];
    expect(variables.length).toBeGreaterThanOrEqual(38);
    expect(references?.filter(({ nodeClass }) => nodeClass === 4)).toHaveLength(10);
    for (const { nodeId } of variables) {
      expect((await session.read({ nodeId, attributeId: AttributeIds.Value })).statusCode.name, `${nodeId}`).toBe(
        "Good",
      );
    }
  });
});

describe("writes and commands", () => {
  it.each([
    ["SpeedSetpoint", DataType.Double, 150, "Good"],
    ["SpeedSetpoint", DataType.Double, 241, "BadOutOfRange"],
    ["SpeedSetpoint", DataType.Double, Number.NaN, "BadOutOfRange"],
    ["SpeedSetpoint", DataType.Int32, 150, "BadTypeMismatch"],
    ["FillVolumeSetpoint", DataType.Float, 512.5, "Good"],
    ["ConveyorTrim", DataType.Int16, -20, "Good"],
    ["RecipeNumber", DataType.Byte, 13, "BadOutOfRange"],
    ["OrderTarget", DataType.UInt32, 500, "Good"],
    ["OrderNumber", DataType.String, "FL-7", "BadInvalidState"],
    ["MachSpeed", DataType.Double, 100, "BadNotWritable"],
    ["RemoteKey", DataType.Boolean, true, "BadNotWritable"],
    ["CntrlCmd", DataType.Int32, 2, "BadInvalidState"],
    ["CntrlCmd", DataType.Int32, 99, "BadOutOfRange"],
    ["NothingHere", DataType.Int32, 1, "BadNodeIdUnknown"],
  ])("writes %s: %s %s → %s", async (name, type, value, status) => {
    const line = await stillLine();
    const session = await sessionOn(line);
    const before = await readOne(session, `Line1.${name}`);
    expect(await writeOne(session, `Line1.${name}`, type, value)).toBe(status);
    const after = await readOne(session, `Line1.${name}`);
    if (status === "Good") expect(after.value.value).toBe(value);
    else expect(after.value).toEqual(before.value);
  });

  it("goes through the states by CntrlCmd and by methods, and shows them to a subscriber", async () => {
    const line = await stillLine({ speed: 20 });
    const session = await sessionOn(line);
    const seen: number[] = [];
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 20,
      publishingEnabled: true,
      requestedMaxKeepAliveCount: 10,
      requestedLifetimeCount: 100,
      maxNotificationsPerPublish: 0,
      priority: 1,
    });
    opened.push(() => subscription.terminate());
    const item = await subscription.monitor(
      { nodeId: "ns=1;s=Line1.StateCurrent", attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 100, discardOldest: true },
      TimestampsToReturn.Both,
    );
    item.on("changed", (value: DataValue) => seen.push(value.value.value));
    const reaches = (state: number) => expect.poll(() => seen.at(-1), { timeout: 5000 }).toBe(state);
    await reaches(6);
    expect(await writeOne(session, "Line1.CntrlCmd", DataType.Int32, 3)).toBe("Good");
    await reaches(2);
    const called = await session.call({ objectId: "ns=1;s=Line1", methodId: "ns=1;s=Line1.Reset" });
    expect(called.statusCode.name).toBe("Good");
    await reaches(4);
    expect(await writeOne(session, "Line1.CntrlCmd", DataType.Int32, 2)).toBe("Good");
    await reaches(6);
    expect(seen).toEqual([6, 7, 2, 15, 4, 3, 6]);
    const refused = await session.call({ objectId: "ns=1;s=Line1", methodId: "ns=1;s=Line1.Clear" });
    expect(refused.statusCode.name).toBe("BadInvalidState");
  });

  it("latches a stop request and keeps it although false is written", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    line.model.station.turnKey("local");
    expect(await writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 100)).toBe("BadInvalidState");
    expect(await writeOne(session, "Line1.StopRequest", DataType.Boolean, true)).toBe("Good");
    expect(await writeOne(session, "Line1.StopRequest", DataType.Boolean, false)).toBe("Good");
    expect((await readOne(session, "Line1.StopRequest")).value.value).toBe(true);
    line.model.step(2);
    expect(line.model.state).toBe("Stopped");
  });

  it("never shows a refused value to a subscriber", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    const seen: number[] = [];
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 20,
      publishingEnabled: true,
      requestedMaxKeepAliveCount: 10,
      requestedLifetimeCount: 100,
      maxNotificationsPerPublish: 0,
      priority: 1,
    });
    opened.push(() => subscription.terminate());
    const item = await subscription.monitor(
      { nodeId: "ns=1;s=Line1.SpeedSetpoint", attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 100, discardOldest: true },
      TimestampsToReturn.Both,
    );
    item.on("changed", (value: DataValue) => seen.push(value.value.value));
    await expect.poll(() => seen, { timeout: 5000 }).toEqual([120]);
    await writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 999);
    await writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 130);
    await expect.poll(() => seen, { timeout: 5000 }).toEqual([120, 130]);
  });
});

describe("faults", () => {
  async function fault(line: RunningFillingLine, body: unknown) {
    const response = await fetch(`http://127.0.0.1:${line.faultPort}/fault`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  it("gives another status on one node, and the value again afterwards", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    await fault(line, { kind: "bad-status", node: "TankLevel", status: "BadSensorFailure" });
    expect((await readOne(session, "Line1.TankLevel")).statusCode.name).toBe("BadSensorFailure");
    expect((await readOne(session, "Line1.MachSpeed")).statusCode.name).toBe("Good");
    await fault(line, { kind: "none" });
    expect((await readOne(session, "Line1.TankLevel")).statusCode.name).toBe("Good");
  });

  it("falsifies a value and a read-back, and rejects writes as often as told", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    await fault(line, { kind: "falsify", what: "value", node: "TankLevel", value: "NaN" });
    expect((await readOne(session, "Line1.TankLevel")).value.value).toBeNaN();
    await fault(line, { kind: "falsify", what: "readback", node: "SpeedSetpoint", times: 1 });
    expect(await writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 130)).toBe("Good");
    expect((await readOne(session, "Line1.SpeedSetpoint")).value.value).toBe(120);
    await fault(line, { kind: "reject-writes", times: 1, status: "BadUserAccessDenied" });
    expect(await writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 130)).toBe("BadUserAccessDenied");
    expect(await writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 130)).toBe("Good");
    const log = await (await fetch(`http://127.0.0.1:${line.faultPort}/writes`)).json();
    expect(log).toMatchObject({
      count: 3,
      writes: [
        { seq: 1, node: "Line1.SpeedSetpoint", value: 130, outcome: "ignored", status: "Good" },
        { seq: 2, outcome: "refused", status: "BadUserAccessDenied" },
        { seq: 3, outcome: "done", status: "Good", answered: true },
      ],
    });
  });

  it("carries a write out and loses its answer with the connection", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    await fault(line, { kind: "drop-write-answer", times: 1 });
    await expect(writeOne(session, "Line1.SpeedSetpoint", DataType.Double, 140)).rejects.toThrow();
    expect(line.model.parameters.speedPerMin).toBe(140);
    expect(line.opcua.writes.all()).toMatchObject([{ outcome: "done", answered: false }]);
  });

  it("cuts the line and mends it on the same port", async () => {
    const line = await stillLine();
    await sessionOn(line);
    await fault(line, { kind: "cut" });
    await expect(connected(line)).rejects.toThrow();
    await fault(line, { kind: "none" });
    expect((await readOne(await sessionOn(line), "Line1.StateCurrent")).value.value).toBe(6);
  });

  it("hangs: a request is answered only when it goes on", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    await fault(line, { kind: "hang" });
    let answered = false;
    const reading = readOne(session, "Line1.StateCurrent").then((value) => {
      answered = true;
      return value;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answered).toBe(false);
    await fault(line, { kind: "none" });
    expect((await reading).value.value).toBe(6);
  });

  it("delays answers, and shifts the source times", async () => {
    const line = await stillLine();
    const session = await sessionOn(line);
    await fault(line, { kind: "delay", ms: 300 });
    const before = performance.now();
    await readOne(session, "Line1.StateCurrent");
    expect(performance.now() - before).toBeGreaterThan(290);
    await fault(line, { kind: "none" });
    await fault(line, { kind: "clock", offsetS: -7200 });
    line.model.set("speedPerMin", 150);
    const shifted = async () =>
      Date.now() - ((await readOne(session, "Line1.SpeedSetpoint")).sourceTimestamp?.getTime() ?? 0);
    await expect.poll(shifted, { timeout: 3000 }).toBeGreaterThan(7_190_000);
  });

  it("comes back with another certificate on the same port, and the old trust no longer holds", async () => {
    const line = await stillLine({ pki: undefined });
    const { fingerprint } = line.opcua.certificate;
    expect(await fault(line, { kind: "swap-certificate" })).toMatchObject({ status: 200 });
    expect(line.opcua.certificate.fingerprint).not.toBe(fingerprint);
    await expect(connected(line)).rejects.toThrow(/BadCertificateUntrusted/);
    await clientPki.trust(line.opcua.certificate.file);
    expect((await readOne(await sessionOn(line), "Line1.StateCurrent")).value.value).toBe(6);
  });

  it.each([
    [{ kind: "explode" }],
    [{ kind: "bad-status", status: "toString" }],
    [{ kind: "bad-status", status: "NoSuchStatus" }],
    [{ kind: "delay", ms: -1 }],
    [{ kind: "cut", face: "modbus" }],
    [[]],
    [null],
  ])("refuses %j with the reason", async (body) => {
    const line = await stillLine();
    const answer = await fault(line, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: expect.stringMatching(/./) });
  });

  it("stands still while frozen, and a person at the panel can do what the machine allows", async () => {
    const line = await stillLine({ speed: 10 });
    const session = await sessionOn(line);
    await fault(line, { kind: "freeze" });
    await expect.poll(() => line.opcua.frozen).toBe(true);
    const { processed } = line.model.readings;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(line.model.readings.processed).toBe(processed);
    expect((await readOne(session, "Line1.StateCurrent")).statusCode.name).toBe("Good");
    const press = (action: string) =>
      fetch(`http://127.0.0.1:${line.faultPort}/machine`, { method: "POST", body: JSON.stringify({ action }) });
    expect((await press("start")).status).toBe(409);
    expect((await press("estop-press")).status).toBe(200);
    await expect.poll(async () => (await readOne(session, "Line1.EStopChain")).value.value).toBe(false);
  });
});

describe("the mill's three faces", () => {
  it("shows one process: the enable on Modbus stops what OPC UA shows", async () => {
    const mill = await startMillingMachine({ pki: shared, trust: [clientPki.certificateFile], speed: 5, tickMs: 20 });
    opened.push(() => mill.close());
    await clientPki.trust(mill.opcua.certificate.file);
    const session = await sessionOn(mill);
    expect((await readOne(session, "Mill1.StateCurrent")).value.value).toBe(6);
    mill.model.electrics.switch("off");
    await expect
      .poll(async () => (await readOne(session, "Mill1.StateCurrent")).value.value, { timeout: 5000 })
      .toBe(2);
    expect((await readOne(session, "Mill1.StopReason")).value.value).toBe(7);
    const writes = await fetch(`http://127.0.0.1:${mill.faultPort}/writes`);
    expect(writes.status).toBe(400);
    expect(await (await fetch(`http://127.0.0.1:${mill.faultPort}/writes?face=modbus`)).json()).toEqual({
      count: 0,
      writes: [],
    });
  });
});

describe("scale", () => {
  it("changes all variables once a second", async () => {
    const scale = await startScaleOpcua({ variables: 1000, pki: shared, trust: [clientPki.certificateFile] });
    opened.push(() => scale.close());
    await clientPki.trust(scale.opcua.certificate.file);
    const session = await sessionOn(scale);
    const read = () => session.read(scale.nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })));
    const first = await read();
    await expect
      .poll(async () => (await read())[0]?.value.value, { timeout: 5000 })
      .toBeGreaterThan(first[0]?.value.value);
    const later = await read();
    expect(later.filter((value, index) => value.value.value !== first[index]?.value.value)).toHaveLength(1000);
    expect(new Set(later.map((value) => value.value.dataType))).toEqual(new Set([DataType.Double, DataType.Int32]));
  });
});
