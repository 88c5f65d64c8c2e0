import { describe, expect, it } from "vitest";
import type { CallArgument, CallRequest } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import { buildCall, callResult } from "./calling.ts";
import { opcua } from "./manifest.ts";
import { type CallResponse, Variant, VariantArrayType, WireType } from "./node-opcua.ts";
import { answer, refusal } from "./testing/scripted-session.ts";
import type { Reply } from "./wire.ts";

const facts = { nodesPerRead: 10, pathsPerTranslate: 10, itemsPerCall: 10, namespaces: ["", "urn:plant"] };
const good = { value: 0, name: "Good" };
const call = (given: readonly CallArgument[], object = "ns=1;s=Press"): CallRequest => ({
  device: "plc",
  method: opcua.method?.parse({ object, method: "ns=1;s=Press.Start" }),
  arguments: given,
  notAfterMs: 0,
  lane: "normal",
});
const variant = (dataType: WireType, value: unknown, arrayType = VariantArrayType.Scalar) =>
  new Variant({ dataType, arrayType, value });
const resultOf = (reply: Reply<unknown>) => callResult(reply as Reply<CallResponse>);

describe("the address of a method", () => {
  it.each([
    {},
    { object: "ns=1;s=Press" },
    { object: "Press", method: "ns=1;s=Press.Start" },
    { object: "ns=1;s=Press", method: "ns=1;s=Press.Start", index: 1 },
    "ns=1;s=Press.Start",
  ])("is object and method, and refuses %j", (address) => {
    expect(opcua.method?.safeParse(address).success).toBe(false);
  });

  it("may name its namespace by URI; one that the server does not have is called nowhere", () => {
    const built = buildCall(call([], "nsu=urn:plant;s=Press"), facts);
    expect(built.ok && built.request.methodsToCall?.[0]?.objectId).toMatchObject({ namespace: 1, value: "Press" });
    expect(buildCall(call([], "nsu=urn:other;s=Press"), facts)).toMatchObject({ ok: false });
  });
});

describe("the arguments of a call", () => {
  it.each<[CallArgument, WireType, unknown]>([
    [{ type: "boolean", value: true }, WireType.Boolean, true],
    [{ type: "sbyte", value: -128 }, WireType.SByte, -128],
    [{ type: "byte", value: 255 }, WireType.Byte, 255],
    [{ type: "int16", value: -5 }, WireType.Int16, -5],
    [{ type: "uint16", value: 65_535 }, WireType.UInt16, 65_535],
    [{ type: "int32", value: -5 }, WireType.Int32, -5],
    [{ type: "uint32", value: 4_000_000_000 }, WireType.UInt32, 4_000_000_000],
    [{ type: "int64", value: -1n }, WireType.Int64, [0xffffffff, 0xffffffff]],
    [{ type: "uint64", value: 2n ** 32n }, WireType.UInt64, [1, 0]],
    [{ type: "float", value: 1.5 }, WireType.Float, 1.5],
    [{ type: "double", value: 0.1 }, WireType.Double, 0.1],
    [{ type: "string", value: "è" }, WireType.String, "è"],
    [{ type: "dateTime", value: 5 }, WireType.DateTime, new Date(5)],
    [{ type: "byteString", value: Uint8Array.of(1, 2) }, WireType.ByteString, Buffer.of(1, 2)],
  ])("go in the type that is declared (row %#)", (argument, dataType, value) => {
    const built = buildCall(call([argument]), facts);
    const [sent] = (built.ok && built.request.methodsToCall?.[0]?.inputArguments) || [];
    expect({ dataType: sent?.dataType, value: sent?.value }).toEqual({ dataType, value });
  });

  it.each<CallArgument>([
    { type: "int16", value: 70_000 },
    { type: "int32", value: 1.5 },
    { type: "float", value: 0.1 },
    { type: "boolean", value: 1 },
    { type: "string", value: null },
    { type: "dateTime", value: 1.5 },
    { type: "dateTime", value: Date.UTC(1600, 0, 1) },
    { type: "dateTime", value: "2026-01-01" },
  ])("are refused where their type cannot hold them, and say which: %j", (argument) => {
    const built = buildCall(call([{ type: "boolean", value: true }, argument]), facts);
    expect(built).toMatchObject({ ok: false, why: expect.stringContaining("argument 2") });
  });
});

describe("what is known after a call", () => {
  const answered = (result: object) => resultOf(answer({ results: [result] }));

  it("is done, with what the method gave back", () => {
    const outputArguments = [
      variant(WireType.Int32, -1),
      variant(WireType.UInt64, [0, 7]),
      variant(WireType.LocalizedText, { text: "ok" }),
      variant(WireType.Double, [1, 2], VariantArrayType.Array),
      variant(WireType.Null, null),
    ];
    const outputs: readonly Value[] = [-1, 7n, "ok", null, null];
    expect(answered({ statusCode: good, outputArguments })).toEqual({ outcome: "written", sentAtMs: 0, outputs });
  });

  it("keeps no more than 100 of what it gave back", () => {
    const outputArguments = Array.from({ length: 101 }, () => variant(WireType.Byte, 1));
    expect(answered({ statusCode: good, outputArguments })).toMatchObject({ outputs: { length: 100 } });
  });

  it("is rejected where the device says no, with the argument that it does not like", () => {
    const statusCode = { value: Status.Bad_TypeMismatch, name: "BadInvalidArgument" };
    const inputArgumentResults = [good, { value: Status.Bad_OutOfRange, name: "BadOutOfRange" }];
    expect(answered({ statusCode, inputArgumentResults })).toMatchObject({
      outcome: "rejected",
      status: Status.Bad_TypeMismatch,
      detail: expect.stringMatching(/refuses an argument.*argument 2: .*out of range/),
    });
  });

  it.each<[string, Reply<unknown>]>([
    ["no answer came", { kind: "silent", sentAtMs: 3 }],
    ["the connection went", { kind: "lost", sentAtMs: 3, why: "reset" }],
    ["the answer says nothing", answer({ results: [] })],
    ["the server gave up waiting for its device", refusal("BadTimeout", Status.Bad_Timeout)],
    ["the method gave up", answer({ results: [{ statusCode: { value: Status.Bad_Timeout, name: "BadTimeout" } }] })],
  ])("is unknown where %s (R5)", (_, reply) => {
    expect(resultOf(reply)).toMatchObject({ outcome: "unknown" });
  });

  it("is not sent where the connection had gone before", () => {
    const reply: Reply<unknown> = { kind: "lost", sentAtMs: undefined, why: "reset" };
    expect(resultOf(reply)).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
  });
});
