import { describe, expect, it } from "vitest";
import { canonicalJson } from "../core/audit/canonical.ts";
import type { Device } from "../core/plant.ts";
import { textOf } from "../core/text.ts";
import { drivers } from "../drivers/registry.ts";
import { connectionOf } from "./acceptance.ts";

const given: Readonly<Record<string, object>> = {
  modbus: { host: "plc", port: 502, unitId: 3, forbidden: [], tryTimeout: "100ms" },
  mqtt: { url: "mqtts://broker:8883", password: "hush", cert: "PEM", key: "hush", passphrase: "hush", user: "plancia" },
  opcua: { endpoint: "opc.tcp://plc:4840", user: "plancia", password: "hush" },
};

function device(driver: string, settings: unknown): Device {
  return { id: "plc", driver, name: textOf("PLC"), settings, intervalMs: 100, channel: "plc" };
}

describe("what of a device counts as its connection (R9)", () => {
  it.each(drivers.map((driver) => [driver.name, driver] as const))("%s: no secret, and no tuning", (name, driver) => {
    const settings = driver.settings.parse(given[name]) as Readonly<Record<string, unknown>>;
    const left = connectionOf(device(name, settings));
    expect(canonicalJson(left)).not.toContain("hush");
    const tuned = Object.fromEntries((driver.tuning ?? []).map((key) => [key, 7]));
    expect(Object.keys(settings)).toEqual(expect.arrayContaining([...(driver.tuning ?? [])]));
    expect(canonicalJson(connectionOf(device(name, { ...settings, ...tuned })))).toBe(canonicalJson(left));
  });

  it.each([
    ["modbus", "host", "other"],
    ["modbus", "port", 503],
    ["modbus", "unitId", 4],
    ["modbus", "forbidden", [{ table: "coil", from: 0, to: 1 }]],
    ["mqtt", "url", "mqtts://other:8883"],
    ["opcua", "endpoint", "opc.tcp://other:4840"],
    ["opcua", "security", { mode: "None" }],
  ])("%s: another %s is another one", (name, key, value) => {
    const before = connectionOf(device(name, given[name]));
    const after = connectionOf(device(name, { ...given[name], [key]: value }));
    expect(canonicalJson(after)).not.toBe(canonicalJson(before));
  });
});
