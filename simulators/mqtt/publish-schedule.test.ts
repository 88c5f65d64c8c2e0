import { describe, expect, it } from "vitest";
import { StandingFaults } from "../faults/standing-faults.ts";
import { type MqttFault, mqttFault, mqttFaultKey } from "./fault.ts";
import { PublishSchedule } from "./publish-schedule.ts";
import { matchesFilter } from "./topic.ts";

function scheduled() {
  const faults = new StandingFaults<MqttFault>(mqttFaultKey, async () => undefined);
  const door = { open: false };
  const schedule = new PublishSchedule(
    [
      { topic: "hall/climate", everyS: 1, payload: (ts) => ({ temperature: 21, ts }) },
      { topic: "hall/doors/1", everyS: 5, onChange: "publish and retain", payload: (ts) => ({ ...door, ts }) },
    ],
    faults,
  );
  return { faults, door, schedule };
}

describe("what is published when", () => {
  it("publishes each topic at once and then in its period, however the ticks fall", () => {
    const { schedule } = scheduled();
    const counts = new Map<string, number>();
    for (let tick = 0; tick < 300; tick += 1) {
      for (const { topic } of schedule.due(0.1, tick)) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    }
    expect(counts).toEqual(
      new Map([
        ["hall/climate", 31],
        ["hall/doors/1", 7],
      ]),
    );
  });

  it("publishes a change at once and lets the broker keep it", () => {
    const { schedule, door } = scheduled();
    schedule.due(0, 0);
    expect(schedule.due(0.1, 100)).toEqual([]);
    door.open = true;
    expect(schedule.due(0.1, 200)).toEqual([
      { topic: "hall/doors/1", payload: '{"open":true,"ts":200}', retain: true },
    ]);
    expect(schedule.due(0.1, 300)).toEqual([]);
  });

  it("does not make up for a stall with a burst", () => {
    const { schedule } = scheduled();
    schedule.due(0, 0);
    expect(schedule.due(60, 60_000).filter(({ topic }) => topic === "hall/climate")).toHaveLength(1);
    expect(schedule.due(0.1, 60_100)).toEqual([]);
  });
});

describe("faults", () => {
  it("is silent on one topic and goes on with the others", async () => {
    const { schedule, faults } = scheduled();
    await faults.set(mqttFault.parse({ kind: "silence", topic: "hall/climate" }));
    expect(schedule.due(0, 0).map(({ topic }) => topic)).toEqual(["hall/doors/1"]);
    expect(schedule.silenced).toBe(1);
  });

  it("falsifies as often as it was told", async () => {
    const { schedule, faults } = scheduled();
    await faults.set(
      mqttFault.parse({ kind: "falsify", topic: "hall/climate", payload: { temperature: null }, times: 1 }),
    );
    expect(schedule.due(0, 0)[0]?.payload).toBe('{"temperature":null}');
    expect(schedule.due(1, 1000)[0]?.payload).toBe('{"temperature":21,"ts":1000}');
  });

  it("lets the sensors' clock go wrong", async () => {
    const { schedule, faults } = scheduled();
    await faults.set(mqttFault.parse({ kind: "clock", offsetS: -7200 }));
    expect(schedule.due(0, 10_000_000)[0]?.payload).toContain('"ts":2800000');
  });
});

it.each([
  ["#", "a/b", true],
  ["a/#", "a", true],
  ["a/#", "a/b/c", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/b", "a", false],
  ["a", "a/b", false],
  ["+/b", "a/b", true],
])("matches %s with %s: %s", (filter, topic, matches) => {
  expect(matchesFilter(filter, topic)).toBe(matches);
});
