import { expect, it } from "vitest";
import type { Reading } from "../core/driver-port.ts";
import { Status } from "../core/status.ts";
import { packReadings, unpackReadings } from "./packed-readings.ts";

const rows: readonly Reading[] = [
  { value: 1.5, status: Status.Good, sourceTime: 1_700_000_000_000.25 },
  { value: -0, status: Status.Good },
  { value: Number.NaN, status: Status.Good },
  { value: Number.NEGATIVE_INFINITY, status: 0x40ab0480 },
  { value: true, status: Status.Good, unproven: true },
  { value: false, status: Status.Good, sourceTime: 0 },
  { value: null, status: Status.Bad_Timeout },
  { value: "", status: Status.Good },
  { value: "à", status: Status.Good },
  { value: -(2n ** 63n), status: Status.Good },
  { value: new Uint8Array([0, 255]), status: Status.Good, sourceTime: 12, unproven: true },
];

it("brings every kind of reading across as it was, in its order", () => {
  const crossed = structuredClone(packReadings(rows));
  expect(unpackReadings(crossed)).toEqual(rows);
  expect(unpackReadings(structuredClone(packReadings([])))).toEqual([]);
});

it("takes none of the other bytes of a pool along", () => {
  const { others } = packReadings([{ value: Buffer.from("ab"), status: Status.Good }]);
  expect((others[0] as Uint8Array).buffer.byteLength).toBe(2);
});
