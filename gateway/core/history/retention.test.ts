import { describe, expect, it } from "vitest";
import {
  dayMs,
  daysUntilFull,
  type GroupGrowth,
  groupOf,
  type KeepGroup,
  mayGoByAge,
  mayGoBySize,
  type OldestChunk,
} from "./retention.ts";

const limits = { newestId: 100, sentThrough: Number.POSITIVE_INFINITY };
const chunk = (more: Partial<OldestChunk>): OldestChunk => ({
  ...{ id: 5, endMs: 1000, nextMs: 1500, configured: true },
  ...more,
});

describe("what may go because of its age", () => {
  it.each<[string, Partial<OldestChunk>, number, Partial<typeof limits>, boolean]>([
    ["what ends before the cut, where the series goes on before it", {}, 2000, {}, true],
    ["not what ends at the cut", {}, 1000, {}, false],
    ["not what ends after it", { endMs: 3000, nextMs: 3500 }, 2000, {}, false],
    ["not what holds the value in force at the cut", { nextMs: 2500 }, 2000, {}, false],
    ["what is followed exactly at the cut", { nextMs: 2000 }, 2000, {}, true],
    ["not the last value of a tag of today", { nextMs: undefined }, 1e12, {}, false],
    ["the last value of a tag that is gone", { nextMs: undefined, configured: false }, 1e12, {}, true],
    ["not what a forwarder has not sent", {}, 2000, { sentThrough: 4 }, false],
    ["what every forwarder has", {}, 2000, { sentThrough: 5 }, true],
    ["never the newest chunk of all", { id: 100, configured: false, nextMs: undefined }, 1e12, {}, false],
  ])("%s", (_what, more, cutMs, less, expected) => {
    expect(mayGoByAge(chunk(more), cutMs, { ...limits, ...less })).toBe(expected);
  });
});

describe("what may go because there is too much", () => {
  it.each<[string, Partial<OldestChunk>, Partial<typeof limits>, boolean]>([
    ["what is followed by more", {}, {}, true],
    ["not the last value of a tag of today", { nextMs: undefined }, {}, false],
    ["the last value of a tag that is gone", { nextMs: undefined, configured: false }, {}, true],
    ["not what a forwarder has not sent", {}, { sentThrough: 4 }, false],
    ["never the newest chunk of all", { id: 100 }, {}, false],
  ])("%s", (_what, more, less, expected) => {
    expect(mayGoBySize(chunk(more), { ...limits, ...less })).toBe(expected);
  });
});

describe("the group of a tag", () => {
  const group = (id: string, ...tags: string[]): KeepGroup => ({ id, tags, ageMs: 1, sizeBytes: undefined });
  const groups = [group("fast", "*/vibration_*"), group("press", "press/*"), group("rest", "*")];
  it.each([
    ["mill/vibration_x", "fast"],
    ["press/vibration_x", "fast"],
    ["press/speed", "press"],
    ["mill/speed", "rest"],
  ])("%s is in the first that fits, %s", (tag, id) => {
    expect(groupOf(groups, tag)?.id).toBe(id);
  });
  it("is none where nothing fits", () => {
    expect(groupOf(groups.slice(0, 2), "mill/speed")).toBeUndefined();
  });
});

describe("the days until the disk is full", () => {
  const now = 1000 * dayMs;
  const grows = (more: Partial<GroupGrowth>): GroupGrowth => ({
    ...{ bytes: 0, bytesPerDay: 10, oldestMs: now - 10 * dayMs, ageMs: undefined, sizeBytes: undefined },
    ...more,
  });
  it.each<[string, readonly GroupGrowth[], number, number]>([
    ["nothing is recorded: never", [], 100, Infinity],
    ["nothing grows: never", [grows({ bytesPerDay: 0 })], 100, Infinity],
    ["one group without a rule", [grows({})], 100, 10],
    ["two of them", [grows({}), grows({ bytesPerDay: 30 })], 100, 2.5],
    ["there is no room left: now", [grows({})], 0, 0],
    ["its age stops it before", [grows({ ageMs: 15 * dayMs })], 100, Infinity],
    ["its age stops it too late", [grows({ ageMs: 30 * dayMs })], 100, 10],
    ["it is as old as it gets", [grows({ ageMs: 10 * dayMs })], 1, Infinity],
    ["its size stops it before", [grows({ bytes: 20, sizeBytes: 70 })], 100, Infinity],
    ["one stops, the other goes on", [grows({ ageMs: 12 * dayMs }), grows({})], 100, 8],
    ["nothing is on record of it yet", [grows({ oldestMs: undefined, ageMs: 5 * dayMs })], 100, Infinity],
  ])("%s", (_what, groups, free, days) => {
    expect(daysUntilFull(groups, free, now)).toBeCloseTo(days, 9);
  });
});
