import type { CommandRecord, StepOutcome } from "../../core/control/command.ts";
import type { Value } from "../../core/value.ts";

/**
 * A command record as JSON text that comes back exactly: what JSON cannot carry travels as an object
 * with one key. `undefined` members are left out and come back as undefined.
 */
export function encodeCommand(record: CommandRecord): string {
  return JSON.stringify({
    ...record,
    value: encodeValue(record.value),
    oldValue: record.oldValue === undefined ? undefined : encodeValue(record.oldValue),
    readBack: record.readBack === undefined ? undefined : encodeValue(record.readBack),
    arguments: record.arguments && mapped(record.arguments, encodeValue),
    steps: record.steps?.map((step) => ({ ...step, value: encodeValue(step.value) })),
  });
}

export function decodeCommand(body: string): CommandRecord {
  const raw = JSON.parse(body) as Record<string, unknown>;
  const given = raw.arguments as Record<string, unknown> | undefined;
  const steps = raw.steps as (Omit<StepOutcome, "value"> & { value: unknown })[] | undefined;
  const optional = (name: string) => (name in raw ? decodeValue(raw[name]) : undefined);
  return {
    // What JSON carries as it is; it was a record when it was encoded. The rest is put back below.
    ...(raw as unknown as CommandRecord),
    value: decodeValue(raw.value),
    key: raw.key as string | undefined,
    reason: raw.reason as string | undefined,
    oldValue: optional("oldValue"),
    readBack: optional("readBack"),
    evidence: raw.evidence as CommandRecord["evidence"],
    sentAt: raw.sentAt as number | undefined,
    finishedAt: raw.finishedAt as number | undefined,
    ...(given ? { arguments: mapped(given, decodeValue) } : {}),
    ...(steps ? { steps: steps.map((step) => ({ ...step, value: decodeValue(step.value) })) } : {}),
  };
}

function mapped<From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, change(value)]));
}

function encodeValue(value: Value): unknown {
  if (typeof value === "bigint") return { integer: value.toString() };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  return value;
}

function decodeValue(raw: unknown): Value {
  if (raw === null || typeof raw !== "object") return raw as Value;
  const { integer, number, bytes } = raw as { integer?: string; number?: string; bytes?: string };
  if (integer !== undefined) return BigInt(integer);
  if (bytes !== undefined) return new Uint8Array(Buffer.from(bytes, "base64"));
  return Number(number);
}
