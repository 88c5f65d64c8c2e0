import { DataType } from "node-opcua";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Channel, Point, Reading } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { isBad, Status } from "../../gateway/core/status.ts";
import type { DataType as TagType, Value } from "../../gateway/core/value.ts";
import { opcua } from "../../gateway/drivers/opcua/manifest.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { CountedTimers } from "./counted-timers.ts";
import { guid, startTypedServer, type TypedServer } from "./opcua-typed-server.ts";

const wait = { timeout: 20_000, interval: 20 };

type Row = readonly [address: string | object, type: TagType, value: Value, status?: number];
const at = (nodeId: string, more: object) => ({ nodeId: `ns=1;s=${nodeId}`, ...more });

const rows: readonly Row[] = [
  ["SByte", "sbyte", -128],
  ["Byte", "byte", 255],
  ["UInt16", "uint16", 65_535],
  ["UInt32", "uint32", 4_294_967_295],
  ["Int64", "int64", -(2n ** 63n) + 1n],
  ["UInt64", "uint64", 2n ** 64n - 1n],
  ["UInt64", "double", null, Status.Bad_OutOfRange],
  ["Float", "float", 1.5],
  ["DateTime", "dateTime", 1_700_000_000_123],
  ["ByteString", "byteString", Uint8Array.of(0, 1, 255)],
  ["Guid", "string", guid],
  ["LocalizedText", "string", "hello"],
  ["QualifiedName", "string", "1:thing"],
  ["NodeId", "string", "ns=1;s=Float"],
  ["StatusCode", "string", "BadOutOfRange"],
  ["Colour", "int32", 2],
  ["Names", "string", null, Status.Bad_TypeMismatch],
  [at("Names", { index: 1 }), "string", "b"],
  [at("Counts", { index: 1 }), "uint64", 2n ** 53n + 1n],
  ["Press", "string", null, Status.Bad_TypeMismatch],
  [at("Press", { path: "Name" }), "string", "Press 1"],
  [at("Press", { path: "Axes[0].Position" }), "double", 1.5],
  [at("Press", { path: "Axes[1].Count" }), "int64", 2n ** 53n + 1n],
  [at("Press", { path: "Axes[1].Count" }), "double", null, Status.Bad_OutOfRange],
  [at("Press", { path: "Axes[1].Colour" }), "int32", 1],
  [at("Press", { path: "Axes[1].Limits.High" }), "double", 2.5],
  [at("Press", { path: "Axes[2].Count" }), "int64", null, Status.Bad_NoData],
  [at("Press", { path: "Axes[1]" }), "int64", null, Status.Bad_TypeMismatch],
  [at("Press", { path: "Axes" }), "int64", null, Status.Bad_TypeMismatch],
  [at("Press", { path: "Nothing" }), "int64", null, Status.Bad_ConfigurationError],
  [at("Press", { path: "Since" }), "dateTime", 1_700_000_000_123],
  [at("Press", { path: "Batch" }), "string", null, Status.Bad_NoData],
  [at("Press", { path: "Order" }), "uint32", 77],
  [at("Either", { path: "Text" }), "string", "chosen"],
  [at("Either", { path: "Number" }), "int32", null, Status.Bad_NoData],
  [at("Axes", { index: 1, path: "Position" }), "double", 2.5],
  [at("Axes", { path: "[0].Count" }), "int64", 7n],
  [at("Range", { path: "High" }), "double", 9],
  [at("UInt32", { path: "High" }), "double", null, Status.Bad_TypeMismatch],
];

const point = ([address, type]: Row, handle: number, writable = false): Point => ({
  handle,
  address: opcua.address.parse(typeof address === "string" ? `ns=1;s=${address}` : address),
  type,
  writable,
});

let server: TypedServer | undefined;
let channel: Channel | undefined;
const heard = new Map<number, Reading>();

beforeAll(async () => {
  server = await startTypedServer();
  const endpoint = `opc.tcp://127.0.0.1:${server.port}`;
  const settings = opcua.settings.parse({ endpoint, security: { mode: "None" } });
  const context = {
    folder: "",
    log: silentLog,
    clock: systemClock,
    timers: new CountedTimers(),
    lost: () => undefined,
  };
  channel = (await opcua.load()).createChannel([{ id: "plc", settings, intervalMs: 100 }], context);
  await channel.connect(AbortSignal.timeout(20_000));
}, 60_000);

afterAll(async () => {
  await channel?.close();
  await server?.[Symbol.asyncDispose]();
});

async function look(rowsToRead: readonly Row[]): Promise<readonly Reading[] | undefined> {
  return channel?.read?.(
    "plc",
    rowsToRead.map((row, i) => point(row, i)),
    AbortSignal.timeout(20_000),
    "verify",
  );
}

describe("values of an OPC UA server", () => {
  it("come whole or not at all, by reading and by subscription, elements and fields of structures too", async () => {
    const read = await look(rows);
    const sink = {
      readings: (_: string, handles: readonly number[], readings: readonly Reading[]) =>
        handles.forEach((handle, i) => void heard.set(handle, readings[i] as Reading)),
      alive: () => undefined,
    };
    await channel?.subscribe?.(
      "plc",
      rows.map((row, i) => point(row, i)),
      sink,
      new AbortController().signal,
    );
    await expect.poll(() => heard.size, wait).toBe(rows.length);
    for (const [i, [address, type, value, status = Status.Good]] of rows.entries()) {
      const name = `${JSON.stringify(address)} as ${type}`;
      expect(read?.[i], name).toMatchObject({ value, status });
      expect(heard.get(i), name).toMatchObject({ value, status });
    }
  });

  it.each<[...Row]>([
    ["SByte", "sbyte", -7],
    ["UInt64", "uint64", 2n ** 63n + 1n],
    ["Int64", "int64", -(2n ** 53n) - 1n],
    ["Float", "float", 2.5],
    ["ByteString", "byteString", Uint8Array.of(9)],
    ["Guid", "string", "00000000-0000-0000-0000-00000000000A"],
    ["LocalizedText", "string", "ciao"],
    ["QualifiedName", "string", "1:other"],
    ["NodeId", "string", "ns=1;s=Byte"],
    ["Colour", "int32", 0],
    [at("Names", { index: 2 }), "string", "z"],
    [at("Counts", { index: 0 }), "uint64", 2n ** 60n + 1n],
  ])("can be written and read back: %j", async (...row) => {
    const request = { device: "plc", point: point(row, 500, true), value: row[2], lane: "normal" as const };
    const written = await channel?.write?.({ ...request, notAfterMs: systemClock.monotonicMs() + 60_000 });
    expect(written).toMatchObject({ outcome: "written" });
    expect(await look([row])).toMatchObject([{ value: row[2], status: Status.Good }]);
  });

  it.each<[...Row, string]>([
    ["Guid", "string", "x", 0, "Guid cannot hold"],
    ["StatusCode", "string", "Good", 0, "StatusCode cannot hold"],
    ["Byte", "int32", 256, 0, "Byte cannot hold"],
    [at("Press", { path: "Order" }), "uint32", 1, 0, "a field of a structure"],
  ])("are refused in words where the node cannot hold them: %j", async (address, type, value, _status, words) => {
    const request = { device: "plc", point: point([address, type, value], 501, true), value, lane: "normal" as const };
    const result = await channel?.write?.({ ...request, notAfterMs: systemClock.monotonicMs() + 60_000 });
    expect(result).toMatchObject({
      outcome: "not-sent",
      reason: "not-supported",
      detail: expect.stringContaining(words),
    });
  });

  it("are held back within an absolute and a percent dead band; one in percent of no range is refused in words", async () => {
    const wishes: readonly (readonly [string, object])[] = [
      ["Level", { deadband: { absolute: 5 } }],
      ["Level", { deadband: { percent: 10 } }],
      ["Float", { deadband: { percent: 10 } }],
      ["Level", { sampling: "0ms", queue: 20 }],
    ];
    const told = new Map<number, Reading[]>();
    const sink = {
      readings: (_: string, handles: readonly number[], readings: readonly Reading[]) =>
        handles.forEach((handle, i) => void told.set(handle, [...(told.get(handle) ?? []), readings[i] as Reading])),
      alive: () => undefined,
    };
    const points = wishes.map(([name, wish], i) => point([at(name, wish), "double", null], 900 + i));
    server?.set("Level", DataType.Double, 0);
    await channel?.subscribe?.("plc", points, sink, new AbortController().signal);
    const values = (handle: number) => told.get(handle)?.map(({ value }) => value) ?? [];
    // EURange is 0 to 200: 4 is within both, 6 outside of the absolute one, 30 outside of both.
    for (const [level, absolute, percent] of [
      [0, 0, 0],
      [4, 0, 0],
      [6, 6, 0],
      [30, 30, 30],
    ] as const) {
      server?.set("Level", DataType.Double, level);
      await expect
        .poll(() => [values(903).at(-1), values(900).at(-1), values(901).at(-1)], wait)
        .toEqual([level, absolute, percent]);
    }
    expect([values(900), values(901)]).toEqual([
      [0, 6, 30],
      [0, 30],
    ]);
    expect(told.get(902)).toMatchObject([{ value: null, status: expect.toSatisfy(isBad) }]);
    expect(channel?.statistics().detail?.refused).toContain("a dead band in percent: it needs an EURange");
  });
});

describe("what an OPC UA server says of its values", () => {
  const colours = { "0": "Red", "1": "Green", "2": "Blue" };

  it("stands in the browse list: texts, unit and range, and the fields of structures below their variable", async () => {
    const list = async (path: string) => (await channel?.browse?.("plc", path, AbortSignal.timeout(20_000))) ?? [];
    const top = new Map((await list("")).map((entry) => [entry.name, entry]));
    expect(top.get("Colour")).toMatchObject({ type: "int32", texts: colours });
    expect(top.get("Phase")).toMatchObject({ texts: { "10": "Idle", "20": "Running" } });
    // Declared as any number: which one, only its value says.
    expect(top.get("Gear")).toMatchObject({ type: undefined, texts: { "0": "Low", "1": "High" } });
    expect(top.get("Grade")).toMatchObject({ texts: { "-1": "Coarse", "300": "Fine" } });
    expect(top.get("Door")).toMatchObject({ type: "boolean", texts: { true: "closed", false: "open" } });
    expect(top.get("Level")).toMatchObject({ type: "double", unit: "mm", range: [0, 200] });
    expect(top.get("UInt32")).toMatchObject({ texts: undefined, unit: undefined, range: undefined });
    expect([top.get("Press")?.fields, top.get("Press")?.type]).toEqual([9, undefined]);
    const press = await list("Press");
    expect(press.map(({ name, type }) => [name, type])).toEqual([
      ["Name", "string"],
      ["Axes[0].Position", "double"],
      ["Axes[0].Count", "int64"],
      ["Axes[0].Colour", "int32"],
      ["Axes[0].Limits.Low", "double"],
      ["Axes[0].Limits.High", "double"],
      ["Since", "dateTime"],
      ["Batch", "string"],
      ["Order", "uint32"],
    ]);
    expect(press[3]).toMatchObject({ texts: colours, writable: false, path: "Press/Axes[0].Colour" });
    // What is listed can be read as it stands there.
    const fields = [...press, ...(await list("Axes"))].filter(({ name }) => name !== "Batch");
    expect(fields).toHaveLength(13);
    const read = await look(fields.map(({ address, type }) => [address as object, type ?? "string", null]));
    expect(read?.map(({ status }) => status)).toEqual(fields.map(() => Status.Good));
  });

  it("is told of points, of fields of structures and elements of lists too", async () => {
    const asked: readonly Row[] = [
      ["Colour", "int32", null],
      ["Level", "double", null],
      [at("Press", { path: "Axes[1].Colour" }), "int32", null],
      [at("Axes", { index: 1, path: "Colour" }), "int32", null],
      ["Nothing", "int32", null],
      ["Float", "float", null],
    ];
    const points = asked.map((row, i) => point(row, i));
    const told = await channel?.describe?.("plc", points, AbortSignal.timeout(20_000));
    const level = { unit: "mm", range: [0, 200] };
    expect(told).toEqual([{ texts: colours }, level, { texts: colours }, { texts: colours }, {}, {}]);
  });
});
