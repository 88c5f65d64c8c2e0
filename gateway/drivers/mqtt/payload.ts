import type { Reading } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { coerce, type DataType, type Value } from "../../core/value.ts";
import { atPointer, keysOf } from "./pointer.ts";
import type { MqttAddress } from "./settings.ts";
import { type Timestamp, timeFrom } from "./timestamps.ts";

/** A payload opened once for all points of its topic. */
export type Payload = {
  readonly text: string;
  readonly json: { readonly ok: true; readonly value: unknown } | { readonly ok: false };
};

const bad = (status: number): Reading => ({ value: null, status });

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes → text and, where it is any, JSON. Integers beyond 2^53 stay exact as bigint. @returns undefined for invalid UTF-8. */
export function openPayload(bytes: Uint8Array): Payload | undefined {
  try {
    const text = utf8.decode(bytes);
    return { text, json: parseJson(text) };
  } catch {
    // Not text at all; the caller counts it and gives its points Bad_DecodingError.
    return undefined;
  }
}

/** What could be an integer beyond 2^53 has this many digits; a reviver makes the parser several times slower. */
const manyDigits = /(?:^|[^\d.])\d{16}/;

function parseJson(text: string): Payload["json"] {
  try {
    return { ok: true, value: manyDigits.test(text) ? JSON.parse(text, exactIntegers) : JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function exactIntegers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !context?.source) return value;
  return /^-?\d{1,40}$/.test(context.source) ? BigInt(context.source) : value;
}

/**
 * What a message says about one point. A value that is missing or of another kind is Bad, never bent, and so is one
 * whose own time cannot be told for sure.
 * @param nowMs milliseconds UTC: no device measured later than that.
 */
export function readPoint(payload: Payload | undefined, type: DataType, address: MqttAddress, nowMs: number): Reading {
  if (!payload) return bad(Status.Bad_DecodingError);
  const raw = rawOf(payload, address.path);
  if (raw === undefined)
    return bad(address.path === undefined || payload.json.ok ? Status.Bad_NoData : Status.Bad_DecodingError);
  const value = asType(raw, type, address.decimal);
  if (value === undefined) return bad(Status.Bad_TypeMismatch);
  return address.timestamp ? timed(payload, value, address.timestamp, nowMs) : { value, status: Status.Good };
}

function rawOf(payload: Payload, path: string | undefined): unknown {
  if (path === undefined) return payload.text;
  return payload.json.ok ? atPointer(payload.json.value, path) : undefined;
}

const yes = new Set(["true", "1", "on"]);
const no = new Set(["false", "0", "off"]);

/** undefined: not of that type. Numbers as text are taken, with the decimal sign of the address; "" is no number. */
function asType(raw: unknown, type: DataType, decimal: "." | ","): Value | undefined {
  if (raw === null) return undefined;
  if (type === "string") return typeof raw === "object" ? jsonText(raw) : String(raw);
  if (type === "boolean") return asBoolean(raw);
  const number = typeof raw === "string" ? numberOf(raw.trim(), type, decimal) : raw;
  if (number === undefined) return undefined;
  const fitted = coerce(type, typeof number === "bigint" ? number.toString() : number);
  return fitted.ok ? fitted.value : undefined;
}

/** undefined where it is nested so deep that no text can be made of it. */
function jsonText(raw: object): string | undefined {
  try {
    return JSON.stringify(raw, bigAsText);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function asBoolean(raw: unknown): boolean | undefined {
  if (typeof raw === "boolean") return raw;
  const text = String(raw).trim().toLowerCase();
  if (yes.has(text)) return true;
  return no.has(text) ? false : undefined;
}

function numberOf(text: string, type: DataType, decimal: "." | ","): number | string | undefined {
  if (type === "int64" || type === "uint64") return text;
  // With a decimal comma "1.234" may be a thousand and more, or one and a bit.
  if (decimal === "," && text.includes(".")) return undefined;
  const plain = decimal === "," ? text.replace(",", ".") : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}

function bigAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function timed(payload: Payload, value: Value, timestamp: Timestamp, nowMs: number): Reading {
  const raw = payload.json.ok ? atPointer(payload.json.value, timestamp.path) : undefined;
  const sourceTime = timeFrom(raw, timestamp, nowMs);
  if (sourceTime === undefined) return bad(Status.Bad_InvalidTimestamp);
  return sourceTime >= nowMs - timestamp.maxAge
    ? { value, status: Status.Good, sourceTime }
    : { value, status: Status.Uncertain_LastUsableValue, sourceTime, unproven: true };
}

/** A value as it is published: plain text, or a JSON object with the value at `path`. */
export function writePayload(value: Value, path: string | undefined, decimal: "." | ","): string {
  if (path === undefined) {
    const text = typeof value === "object" ? "" : String(value);
    return typeof value === "number" && decimal === "," ? text.replace(".", ",") : text;
  }
  let body = typeof value === "bigint" ? value.toString() : JSON.stringify(value);
  for (const key of keysOf(path).toReversed()) body = `{${JSON.stringify(key)}:${body}}`;
  return body;
}
