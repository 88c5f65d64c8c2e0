import { describe, expect, it } from "vitest";
import type { RecordingRule } from "../core/history/recording.ts";
import type { HistoryStore } from "../core/history-port.ts";
import { silentLog } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { BatchBuilder, type SampleBatch } from "../core/sample.ts";
import { Status } from "../core/status.ts";
import { testPlant, testTag } from "../core/testing/plant.ts";
import type { Value } from "../core/value.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { Image } from "./image.ts";
import { startRecorder } from "./recorder.ts";

type Row = readonly [tag: number, value: Value, status: number, sourceMs: number];

/** A recorder on a plant of one tag per rule; `false` is not recorded, `undefined` every change. */
async function setUp(...rules: readonly (Partial<RecordingRule> | undefined | false)[]) {
  const tags = rules.map((rule, handle) => {
    const recording = rule && { deadband: 0, minIntervalMs: 0, maxIntervalMs: undefined, ...rule };
    return testTag(handle, `t${handle}`, {
      record: rule !== false,
      intervalMs: 100,
      ...(recording ? { recording } : {}),
    });
  });
  const plant: Plant = { ...testPlant(), tags };
  const time = new ManualTime(1_000_000);
  const recorded: Row[] = [];
  const opened: string[] = [];
  const store: Pick<HistoryStore, "open" | "append" | "statistics"> = {
    open: async (known) => void opened.push(...known.map(({ name }) => name)),
    append: (batch: SampleBatch) => {
      for (let i = 0; i < batch.length; i++)
        recorded.push([
          batch.handles[i] as number,
          batch.values[i] as Value,
          batch.statuses[i] as number,
          batch.sourceTimes[i] as number,
        ]);
    },
    statistics: () => ({
      ...{ samplesCommitted: 0, samplesDropped: 0, queued: 0, commits: 0, bytesOnDisk: 0, points: 0 },
      ...{ lastCommitMs: undefined, fault: undefined, damage: [] },
    }),
  };
  const image = new Image(tags.length, time, silentLog);
  const stop = await startRecorder(plant, image, store as HistoryStore, silentLog, { clock: time, timers: time });
  const heard: number[] = [];
  image.onBatch((batch) => heard.push(batch.length));
  /** The device is heard, with this value. @param aheadMs how far its clock is off. */
  const poll = (handle: number, value: Value, status: number = Status.Good, aheadMs = 0) => {
    const batch = new BatchBuilder();
    batch.push(handle, value, status, time.wallMs() + aheadMs);
    image.confirm(handle);
    image.apply(batch.build(time.wallMs()));
  };
  return { time, image, poll, stop, recorded, opened, heard };
}

const start = 1_000_000;
const { Good, Bad } = Status;

describe("the recorder", () => {
  it("records every change where nothing else is said, and nothing of a tag that is not recorded", async () => {
    const { poll, recorded, opened, heard } = await setUp(undefined, false);
    for (const value of [1, 1, 2]) poll(0, value);
    poll(1, 5);
    expect(opened).toEqual(["press/t0"]);
    expect(recorded.map(([tag, value]) => [tag, value])).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(heard).toEqual([1, 1, 1]);
  });

  it("leaves out what lies inside of the deadband, and the live image sees it all the same", async () => {
    const { poll, image, recorded } = await setUp({ deadband: 1 });
    for (const value of [10, 10.5, 11, 11.1, 10.2]) poll(0, value);
    expect(recorded.map(([, value]) => value)).toEqual([10, 11.1]);
    expect(image.sample(0)?.value).toBe(10.2);
  });

  it("records the newest that had to wait when the minimum interval is over", async () => {
    const { time, poll, recorded } = await setUp({ minIntervalMs: 1000 });
    for (const value of [1, 2, 3]) {
      poll(0, value);
      await time.advance(200);
    }
    expect(recorded).toEqual([[0, 1, Good, start]]);
    await time.advance(2000);
    expect(recorded).toEqual([
      [0, 1, Good, start],
      [0, 3, Good, start + 400],
    ]);
  });

  it("keeps at most one sample for each minimum interval of a value that never rests", async () => {
    const { time, poll, recorded } = await setUp({ minIntervalMs: 1000 });
    for (let i = 0; i < 100; i++) {
      poll(0, i);
      await time.advance(100);
    }
    expect(recorded.length).toBeGreaterThanOrEqual(10);
    expect(recorded.length).toBeLessThanOrEqual(11);
  });

  it("drops what had to wait when the value is back where it was", async () => {
    const { time, poll, recorded } = await setUp({ minIntervalMs: 1000 });
    for (const value of [1, 2, 1]) poll(0, value);
    await time.advance(5000);
    expect(recorded.map(([, value]) => value)).toEqual([1]);
  });

  it("records a change of quality at once, and before it what had to wait", async () => {
    const { time, poll, recorded } = await setUp({ minIntervalMs: 60_000, deadband: 1 });
    poll(0, 1);
    await time.advance(10);
    poll(0, 7);
    await time.advance(10);
    poll(0, null, Bad);
    expect(recorded).toEqual([
      [0, 1, Good, start],
      [0, 7, Good, start + 10],
      [0, null, Bad, start + 20],
    ]);
  });

  it("proves a steady value while the device answers, and not while it is silent", async () => {
    const { time, poll, recorded } = await setUp({ maxIntervalMs: 10_000, deadband: 1 });
    for (let i = 0; i < 250; i++) {
      poll(0, i === 0 ? 5 : 5.2);
      await time.advance(100);
    }
    const proofs = recorded.slice(1);
    expect(proofs.map(([, value]) => value)).toEqual([5.2, 5.2]);
    // Never beyond what was heard, less one period.
    for (const [, , , sourceMs] of proofs) expect(sourceMs).toBeLessThan(time.wallMs());
    const before = recorded.length;
    await time.advance(60_000);
    // One for the part of the last interval in which it was still heard, and no more.
    expect(recorded.length - before).toBeLessThanOrEqual(1);
    expect(recorded.at(-1)?.[3]).toBeLessThanOrEqual(start + 25_000);
  });

  it("proves in the device's own time, however wrong its clock is", async () => {
    const hour = 3_600_000;
    const { time, poll, recorded } = await setUp({ maxIntervalMs: 10_000 });
    for (let i = 0; i < 120; i++) {
      poll(0, 5, Good, 2 * hour);
      await time.advance(100);
    }
    expect(recorded).toHaveLength(2);
    expect(recorded[1]?.[3]).toBeGreaterThan(start + 2 * hour);
    expect(recorded[1]?.[3]).toBeLessThan(start + 2 * hour + 12_000);
  });

  it("does not take a sample from before for what stands last", async () => {
    const { time, poll, recorded } = await setUp({ deadband: 1 });
    poll(0, 10);
    await time.advance(100);
    poll(0, 20, Good, -5000);
    poll(0, 20.5);
    expect(recorded.map(([, value]) => value)).toEqual([10, 20, 20.5]);
  });

  it("records what had to wait when it ends, and nothing after", async () => {
    const { time, poll, stop, recorded } = await setUp({ minIntervalMs: 60_000 });
    poll(0, 1);
    await time.advance(10);
    poll(0, 2);
    stop();
    poll(0, 3);
    await time.advance(120_000);
    expect(recorded.map(([, value]) => value)).toEqual([1, 2]);
    expect(time.pending).toBe(0);
  });
});
