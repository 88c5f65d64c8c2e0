import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Channel, Point } from "../../gateway/core/driver-port.ts";
import { isGood, Status } from "../../gateway/core/status.ts";
import { startScale } from "../../simulators/plants/scale/plant.ts";
import { modbusDevice, modbusPoint, openModbus, readAll } from "./modbus-channel.ts";

const units = 20;
const periodMs = 100;
const timeoutMs = 150;
const name = (unitId: number) => `unit-${unitId}`;

async function startPlant() {
  const plant = await startScale({ registers: units * 10, units, layout: "uint16" });
  onTestFinished(() => plant.close());
  const settings = { port: plant.modbusPort, timeout: `${timeoutMs}ms` };
  const ids = Array.from({ length: units }, (_, n) => n + 1);
  const { channel, lost } = await openModbus(ids.map((unitId) => modbusDevice(name(unitId), { ...settings, unitId })));
  const points = ids.map((unitId) =>
    Array.from({ length: 10 }, (_, register) => modbusPoint(unitId * 100 + register, { table: "holding", register })),
  );
  return { plant, channel, lost, points };
}

/** Polls one unit at its period until `endMs`, as acquisition does; returns when each cycle began and whether it was Good. */
async function poll(channel: Channel, unitId: number, points: readonly Point[], endMs: number) {
  const cycles: { tookMs: number; good: boolean; status: number | undefined }[] = [];
  while (performance.now() < endMs) {
    const began = performance.now();
    const readings = await readAll(channel, name(unitId), points);
    const tookMs = performance.now() - began;
    cycles.push({ tookMs, good: readings.every(({ status }) => isGood(status)), status: readings[0]?.status });
    await sleep(Math.max(0, periodMs - tookMs));
  }
  return cycles;
}

describe("twenty units on one connection, one of them dead (F25–F27)", () => {
  it("reads the other nineteen at their period; the dead one costs them its time-out at most", async () => {
    const { plant, channel, lost, points } = await startPlant();
    await plant.faults.set({ kind: "drop", unitId: 7 });
    const endMs = performance.now() + 3_000;
    const all = await Promise.all(points.map((of, index) => poll(channel, index + 1, of, endMs)));
    const dead = all[6] ?? [];
    const living = all.filter((_, index) => index !== 6);
    expect(dead.slice(0, 2).map(({ status }) => status)).toEqual([Status.Bad_Timeout, Status.Bad_Timeout]);
    expect(dead.slice(2).some(({ good }) => good)).toBe(false);
    expect(dead.at(-1)?.status).toBe(Status.Bad_NoCommunication);
    for (const cycles of living) {
      expect(cycles.every(({ good }) => good)).toBe(true);
      expect(Math.max(...cycles.map(({ tookMs }) => tookMs))).toBeLessThan(timeoutMs + 150);
      // 3 s hold 30 periods; set aside after two cycles and probed twice, the dead unit takes four time-outs.
      expect(cycles.length).toBeGreaterThan(18);
    }
    expect(lost).toEqual([]);
  });

  it("finds the dead one again by itself, without a new connection", async () => {
    const { plant, channel, lost, points } = await startPlant();
    await plant.faults.set({ kind: "drop", unitId: 7 });
    const of = points[6] ?? [];
    for (let cycle = 0; cycle < 2; cycle++) await readAll(channel, name(7), of);
    await readAll(channel, name(1), points[0] ?? []);
    expect((await readAll(channel, name(7), of))[0]?.status).toBe(Status.Bad_NoCommunication);
    expect(channel.statistics().detail).toMatchObject({ setAside: "unit-7" });
    await plant.faults.clear();
    // The first pause is five time-outs.
    await sleep(5 * timeoutMs + 50);
    expect((await readAll(channel, name(7), of)).every(({ status }) => isGood(status))).toBe(true);
    expect(lost).toEqual([]);
  });
});
