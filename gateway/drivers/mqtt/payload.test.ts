import { describe, expect, it } from "vitest";
import { Status } from "../../core/status.ts";
import type { DataType, Value } from "../../core/value.ts";
import { openPayload, readPoint, writePayload } from "./payload.ts";
import { atPointer } from "./pointer.ts";
import { MqttAddress } from "./settings.ts";

const nowMs = Date.UTC(2026, 0, 1, 12);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(payload: string | Uint8Array, type: DataType, address: object = {}) {
  const opened = openPayload(typeof payload === "string" ? bytes(payload) : payload);
  return readPoint(opened, type, MqttAddress.parse({ topic: "t", ...address }), nowMs);
}

describe("a message becomes a value", () => {
  it.each<[string, DataType, object, Value]>([
    ["21.5", "double", {}, 21.5],
    [" 21,5\n", "double", { decimal: "," }, 21.5],
    ["-3e2", "double", {}, -300],
    ["7", "uint16", {}, 7],
    ["on", "boolean", {}, true],
    ["0", "boolean", {}, false],
    ["hello", "string", {}, "hello"],
    ['{"a":{"b":[1,2.5]}}', "double", { path: "/a/b/1" }, 2.5],
    ['{"open":false}', "boolean", { path: "/open" }, false],
    ['{"n":9007199254740993}', "int64", { path: "/n" }, 9007199254740993n],
    ["18446744073709551615", "uint64", {}, 18446744073709551615n],
    ['{"a/b":{"~":3}}', "int32", { path: "/a~1b/~0" }, 3],
    ['{"t":"12,5"}', "double", { path: "/t", decimal: "," }, 12.5],
    ['{"s":{"x":1}}', "string", { path: "/s" }, '{"x":1}'],
    ['{"motors":[{"speed":1},{"speed":2}]}', "double", { path: "$.motors[1].speed" }, 2],
    ["[[1,2],[3,4]]", "int32", { path: "$[1][0]" }, 3],
    ["1,5e3", "double", { decimal: "," }, 1500],
  ])("%s as %s %j", (payload, type, address, expected) => {
    expect(read(payload, type, address)).toMatchObject({ value: expected, status: Status.Good });
  });

  it.each<[string | Uint8Array, DataType, object, number]>([
    ["", "double", {}, Status.Bad_TypeMismatch],
    ["21.5 °C", "double", {}, Status.Bad_TypeMismatch],
    ["NaN", "double", {}, Status.Bad_TypeMismatch],
    ["Infinity", "double", {}, Status.Bad_TypeMismatch],
    ["0x10", "int32", {}, Status.Bad_TypeMismatch],
    ["1.5", "int32", {}, Status.Bad_TypeMismatch],
    ["70000", "uint16", {}, Status.Bad_TypeMismatch],
    ["1e999", "double", {}, Status.Bad_TypeMismatch],
    ["maybe", "boolean", {}, Status.Bad_TypeMismatch],
    ["1.234", "double", { decimal: "," }, Status.Bad_TypeMismatch],
    ["1.234,5", "double", { decimal: "," }, Status.Bad_TypeMismatch],
    ["1,234", "double", {}, Status.Bad_TypeMismatch],
    ['{"a":NaN}', "double", { path: "/a" }, Status.Bad_DecodingError],
    ["[1,2]", "double", { path: "/2" }, Status.Bad_NoData],
    ["[1,2]", "int32", { path: "/length" }, Status.Bad_NoData],
    ['{"a":null}', "double", { path: "/a" }, Status.Bad_TypeMismatch],
    ['{"a":[1]}', "double", { path: "/a" }, Status.Bad_TypeMismatch],
    ['{"a":1}', "double", { path: "/b" }, Status.Bad_NoData],
    ['{"a":1}', "string", { path: "/__proto__" }, Status.Bad_NoData],
    ['{"a":1}', "string", { path: "/constructor/name" }, Status.Bad_NoData],
    ['{"a":1}', "string", { path: "/toString" }, Status.Bad_NoData],
    ["{not json", "double", { path: "/a" }, Status.Bad_DecodingError],
    [new Uint8Array([0xff, 0xfe, 0x00]), "string", {}, Status.Bad_DecodingError],
    ["[".repeat(10_000), "double", { path: "/0" }, Status.Bad_DecodingError],
  ])("%s as %s %j is Bad and has no value", (payload, type, address, status) => {
    expect(read(payload, type, address)).toMatchObject({ value: null, status });
  });

  it.each<DataType>(["double", "string"])("a hundred thousand levels of JSON harm nobody who wants a %s", (type) => {
    const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;
    expect(read(deep, type, { path: "/0" })).toEqual({ value: null, status: Status.Bad_TypeMismatch });
  });

  it("keeps whole numbers beyond 2^53 exact wherever they stand, and fractions as they are", () => {
    const payload = '{"a":9007199254740993,"b":[0.1234567890123456,-9007199254740995]}';
    expect(read(payload, "int64", { path: "/a" }).value).toBe(9007199254740993n);
    expect(read(payload, "int64", { path: "/b/1" }).value).toBe(-9007199254740995n);
    expect(read(payload, "double", { path: "/b/0" }).value).toBe(0.1234567890123456);
    expect(read("[9007199254740993]", "int64", { path: "/0" }).value).toBe(9007199254740993n);
  });

  const timed = (text: string, timestamp: object = {}) =>
    read(`{"v":1,"ts":${text}}`, "double", { path: "/v", timestamp: { path: "/ts", ...timestamp } });

  it.each<[string, object, number]>([
    ['"2026-01-01T10:00:00.250Z"', {}, Date.UTC(2026, 0, 1, 10, 0, 0, 250)],
    ['"2026-01-01 11:00+01:00"', {}, Date.UTC(2026, 0, 1, 10)],
    ['"2026-01-01T04:30:00-0530"', {}, Date.UTC(2026, 0, 1, 10)],
    ['"2026-01-01T11:00:00,123456789"', { zone: "Europe/Rome" }, Date.UTC(2026, 0, 1, 10, 0, 0, 123)],
    ["1767261600250", { format: "ms" }, 1767261600250],
    ["1767261600.25", { format: "s" }, 1767261600250],
    ['"1767261600"', { format: "s" }, 1767261600000],
    ["1767261600250999", { format: "us" }, 1767261600250],
    ["1767261600250999999", { format: "ns" }, 1767261600250],
    ['"01.01.2026 11:00:05"', { format: { pattern: "dd.MM.yyyy HH:mm:ss" }, zone: "Europe/Rome" }, 1767261605000],
    ['"1/1/2026 9:00"', { format: { pattern: "M/d/yyyy H:mm" }, zone: "UTC" }, Date.UTC(2026, 0, 1, 9)],
    ['"20260101T110005.250+01:00"', { format: { pattern: "yyyyMMddTHHmmss.SSSXXX" } }, 1767261605250],
  ])("takes the device's own time from %s %j", (text, timestamp, expected) => {
    expect(timed(text, timestamp)).toEqual({ value: 1, status: Status.Good, sourceTime: expected });
  });

  it.each<[string, string, object]>([
    ["no time at all", "null", {}],
    ["words", '"yesterday"', {}],
    ["a text without offset where no zone is known", '"2026-01-01T10:00:00"', {}],
    ["a day without a time", '"2026-01-01"', {}],
    ["the thirty-first of November", '"2025-11-31T10:00:00Z"', {}],
    ["the hour that the clock shows twice", '"2025-10-26T02:30:00"', { zone: "Europe/Rome" }],
    ["the hour that the clock leaps over", '"2025-03-30T02:30:00"', { zone: "Europe/Rome" }],
    ["a month thirteen, where day and month stand the other way round", '"2025-13-01T10:00:00Z"', {}],
    ["ms where seconds were said", "1767261600250", { format: "s" }],
    ["seconds where ms were said", "1767261600", { format: "ms" }],
    ["µs where ms were said", "1767261600250999", { format: "ms" }],
    ["a clock that lost its battery", "86400", { format: "s" }],
    ["two days ahead", '"2026-01-03T12:00:00Z"', {}],
    ["an empty text", '""', { format: "s" }],
    ["a list", "[1767261600]", { format: "s" }],
    ["true", "true", { format: "s" }],
    ["another pattern", '"2026-01-01 10:00"', { format: { pattern: "dd.MM.yyyy HH:mm" }, zone: "UTC" }],
    ["an offset that there is not", '"2026-01-01T10:00:00+25:00"', {}],
  ])("with %s the value is Bad, and no time is made up", (_what, text, timestamp) => {
    expect(timed(text, timestamp)).toEqual({ value: null, status: Status.Bad_InvalidTimestamp });
  });

  it("the hour that comes twice is known where the text has its offset", () => {
    const offsets = ["+02:00", "+01:00"].map((offset) => timed(`"2025-10-26T02:30:00${offset}"`, { maxAge: "100d" }));
    expect(offsets.map((each) => each.sourceTime)).toEqual([
      Date.UTC(2025, 9, 26, 0, 30),
      Date.UTC(2025, 9, 26, 1, 30),
    ]);
  });

  it("what tells of long ago is for display only", () => {
    expect(timed('"2025-12-31T11:59:59Z"')).toEqual({
      value: 1,
      status: Status.Uncertain_LastUsableValue,
      sourceTime: Date.UTC(2025, 11, 31, 11, 59, 59),
      unproven: true,
    });
  });

  it.each<[object, RegExp]>([
    [{ format: { pattern: "dd.MM.yyyy HH:mm" } }, /a pattern without XXX needs `zone`/],
    [{ format: { pattern: "dd.MM HH:mm" }, zone: "UTC" }, /a pattern of yyyy/],
    [{ format: { pattern: "dd.MM.yyyy hh:mm" }, zone: "UTC" }, /a pattern of yyyy/],
    [{ format: { pattern: "dd.dd.MM.yyyy HH:mm" }, zone: "UTC" }, /a pattern of yyyy/],
    [{ format: "iso", zone: "Europe/Roma" }, /a time zone such as/],
  ])("refuses %j in a configuration", (timestamp, why) => {
    const parsed = MqttAddress.safeParse({ topic: "t", timestamp: { path: "/ts", ...timestamp } });
    expect(parsed.error?.message).toMatch(why);
  });
});

describe("a value becomes a message", () => {
  it.each<[Value, string | undefined, "." | ",", string]>([
    [21.5, undefined, ".", "21.5"],
    [21.5, undefined, ",", "21,5"],
    [true, undefined, ".", "true"],
    [21.5, "/set/value", ".", '{"set":{"value":21.5}}'],
    [9007199254740993n, "/n", ".", '{"n":9007199254740993}'],
    ['a "quoted" text', "/t", ".", '{"t":"a \\"quoted\\" text"}'],
    [1, "/__proto__", ".", '{"__proto__":1}'],
  ])("%s at %s", (value, path, decimal, expected) => {
    expect(writePayload(value, path, decimal)).toBe(expected);
  });
});

it("a pointer finds only what was sent", () => {
  expect(atPointer([1, 2], "/1")).toBe(2);
  expect(atPointer([1, 2], "/length")).toBeUndefined();
  expect(atPointer({ length: 3 }, "/length")).toBe(3);
  expect(atPointer("text", "/0")).toBeUndefined();
});
