import { DataType } from "node-opcua";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceView } from "../../gateway/api/wire/administration.ts";
import type { EquipmentView, TagView } from "../../gateway/api/wire/equipment.ts";
import { type OddDevices, startOddDevices } from "../rig/odd-devices.ts";
import type { Person } from "../rig/person.ts";

/** Devices that do not do what they should, through the whole gateway. */
let odd: OddDevices;
let ada: Person;
const wait = { timeout: 60_000, interval: 50 };

beforeAll(async () => {
  odd = await startOddDevices({ people: { ada: "administrator" } });
  ada = await odd.plant.enter("ada");
});
afterAll(() => odd?.[Symbol.asyncDispose]());

async function device(id: string): Promise<DeviceView> {
  const { items } = (await ada.get<{ items: DeviceView[] }>("/devices?limit=1000")).body;
  const found = items.find((each) => each.device === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}

async function metrics(): Promise<readonly string[]> {
  const response = await fetch(`${odd.plant.url}/metrics`, {
    headers: { authorization: `Bearer ${ada.accessToken}` },
  });
  return (await response.text()).split("\n");
}

describe("an OPC UA server that refuses every subscription", () => {
  it("is polled: values come and go on coming, each device says so on the API and in the metrics", async () => {
    await expect.poll(() => ada.value("cell/colour"), wait).toMatchObject({ value: 2, status: 0 });
    odd.server.set("Colour", DataType.Int32, 1);
    await expect.poll(() => ada.value("cell/colour"), wait).toMatchObject({ value: 1, status: 0 });
    odd.server.set("Level", DataType.Double, 12.5);
    await expect.poll(() => ada.value("cell/level"), wait).toMatchObject({ value: 12.5, status: 0 });
    // Figures of a driver come from its thread, a question later.
    const polling = async () => (await device("cell-plc")).statistics?.polling;
    await expect.poll(polling, wait).toMatchObject({ points: 2, everyMs: 250, why: expect.stringMatching(/subscri/i) });
    const { state, namur } = await device("cell-plc");
    expect({ state, letter: namur.letter }).toEqual({ state: "connected", letter: "good" });
    await expect.poll(metrics, wait).toContain('plancia_device_polled{device="cell-plc"} 2');
    expect(await metrics()).toContain('plancia_device_polled{device="furnace-plc"} 0');
  });
});

describe("what an OPC UA server calls its values", () => {
  it("stands at the tag, in the list of tags and at its machine", async () => {
    const texts = { "0": "Red", "1": "Green", "2": "Blue" };
    const colour = expect.objectContaining({ tag: "cell/colour", offered: { texts } });
    const listed = async () => (await ada.get<TagView[]>("/tags?equipment=cell")).body;
    await expect.poll(listed, wait).toContainEqual(colour);
    expect((await ada.get<EquipmentView>("/equipment/cell")).body.tags).toContainEqual(colour);
  });
});

describe("a broker on which more is said than there are tags", () => {
  it("has the rest counted and named on the API and in the metrics", async () => {
    await expect.poll(async () => (await device("cell-air")).state, wait).toBe("connected");
    // Until the driver has subscribed, nobody hears.
    const heard = async () => {
      await odd.say("plant/cell/humidity", "48");
      return ada.value("cell/humidity");
    };
    await expect.poll(heard, wait).toMatchObject({ value: 48, status: 0 });
    for (const name of ["dust", "noise", "noise"]) await odd.say(`plant/cell/${name}`, "1");
    const unmapped = async () => (await device("cell-air")).statistics?.unmapped;
    await expect.poll(unmapped, wait).toEqual({ count: 3, last: ["plant/cell/noise", "plant/cell/dust"] });
    await expect.poll(metrics, wait).toContain('plancia_device_unmapped_messages_total{device="cell-air"} 3');
  });
});

/** Of `/metrics`, each with the device as its label. */
const figures = [
  ...["connected", "namur", "reconnects_total", "requests_total", "failures_total", "planned"],
  ...["received_bytes_total", "sent_bytes_total", "round_trip_median_seconds", "round_trip_p99_seconds"],
];

describe("every driver", () => {
  it.each(["furnace-plc", "cell-plc", "cell-air"])("%s has diagnosis and figures, here and there", async (id) => {
    await expect.poll(async () => (await device(id)).statistics?.roundTripMs, wait).toBeDefined();
    await expect.poll(async () => (await device(id)).requestsPerS, wait).toEqual(expect.any(Number));
    const { namur, statistics, reconnects, nextRetryMs } = await device(id);
    const number = expect.any(Number);
    expect({ namur, reconnects, nextRetryMs }).toMatchObject({
      ...{ namur: { letter: expect.stringMatching(/^([FCSM]|good)$/) }, reconnects: number, nextRetryMs: undefined },
    });
    const counted = { requests: number, failures: number, bytesIn: number, bytesOut: number, plan: { count: number } };
    expect(statistics).toMatchObject({ ...counted, roundTripMs: { median: number, p99: number } });
    const lines = await metrics();
    const missing = figures.filter(
      (name) => !lines.some((line) => line.startsWith(`plancia_device_${name}{device="${id}"} `)),
    );
    expect(missing).toEqual([]);
  });
});
