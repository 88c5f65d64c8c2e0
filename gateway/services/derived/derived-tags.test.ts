import { describe, expect, it } from "vitest";
import type { DerivedState, DerivedStore } from "../../core/derived-port.ts";
import { silentLog } from "../../core/log.ts";
import type { Derived, OverTime, Plant, Tag } from "../../core/plant.ts";
import { BatchBuilder, type SampleBatch } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import { testPlant, testTag } from "../../core/testing/plant.ts";
import type { Value } from "../../core/value.ts";
import { compile } from "../../expressions/compile.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Image } from "../image.ts";
import { DerivedTags } from "./derived-tags.ts";
import { DerivedMemory } from "./memory.ts";

class Shelf implements DerivedStore {
  readonly states = new Map<string, DerivedState>();
  broken = false;

  async list() {
    return [...this.states.values()];
  }

  async put(states: readonly DerivedState[]) {
    if (this.broken) throw new Error("the disk is full");
    for (const state of states) this.states.set(state.tag, state);
  }

  async forget(tags: readonly string[], beforeMs: number) {
    for (const tag of tags) if ((this.states.get(tag)?.savedAt ?? beforeMs) < beforeMs) this.states.delete(tag);
  }
}

const roots = ["a", "b", "on"];
const types: Readonly<Record<string, Tag["type"]>> = { on: "boolean" };

function computed(handle: number, id: string, expression: string, more: Partial<Derived> & Partial<Tag> = {}): Tag {
  const { over, inputs = ["press/a"], roots: stands = inputs, ...tag } = more;
  return testTag(handle, id, { device: "", ...tag, derived: { expression, over, inputs, roots: stands } });
}

function overTime(more: Partial<OverTime>): OverTime {
  return {
    function: "integral",
    each: "always",
    timeUnitMs: 1000,
    rollOver: undefined,
    percentGood: 99,
    ...more,
  };
}

/** Midnight in Rome, so that a day is a day. */
const midnight = Date.parse("2026-11-26T23:00:00Z");

async function world(derived: readonly Tag[], more: { shelf?: Shelf; time?: ManualTime; plant?: Partial<Plant> } = {}) {
  const { shelf = new Shelf(), time = new ManualTime(midnight + 3_600_000) } = more;
  const tags = [...roots.map((id, i) => testTag(i, id, { type: types[id] ?? "double" })), ...derived];
  const plant = testPlant({ tags, ...more.plant });
  const image = new Image(tags.length, time, silentLog);
  const memory = new DerivedMemory({ store: shelf, clock: time, timers: time, log: silentLog });
  await memory.load();
  const engine = new DerivedTags({ plant, image, compile, memory, clock: time, timers: time, log: silentLog });
  const batches: SampleBatch[] = [];
  image.onBatch((batch) => batches.push(batch));
  engine.start();
  const handleOf = (id: string) => tags.findIndex((tag) => tag.id === id);
  /** As acquisition does it: what answered is confirmed. */
  function come(values: Readonly<Record<string, Value>>, status: number = Status.Good, sourceTime = time.wallMs()) {
    const batch = new BatchBuilder();
    for (const [id, value] of Object.entries(values)) {
      image.confirm(handleOf(id));
      batch.push(handleOf(id), value, status, sourceTime);
    }
    image.apply(batch.build(time.wallMs()));
  }
  const now = (id: string) => image.sample(handleOf(id));
  const tag = (id: string) => tags[handleOf(id)] as Tag;
  return { time, shelf, image, engine, batches, come, now, tag, handleOf };
}

describe("a derived tag", () => {
  const ratio = computed(3, "ratio", "a / b", { inputs: ["press/a", "press/b"] });

  it("waits for all that it reads, and then follows it in the same batch", async () => {
    const { come, now, batches, handleOf } = await world([ratio]);
    come({ a: 6 });
    expect(now("ratio")).toMatchObject({ value: null, status: Status.Bad_WaitingForInitialData });
    come({ b: 3 });
    expect(now("ratio")).toMatchObject({ value: 2, status: Status.Good });
    expect([...(batches.at(-1)?.handles ?? [])]).toEqual([handleOf("b"), handleOf("ratio")]);
    come({ a: 12, b: 4 });
    expect(now("ratio")?.value).toBe(3);
    expect(batches).toHaveLength(3);
  });

  it("has the worst quality and the newest time of what it reads", async () => {
    const { come, now, time } = await world([ratio]);
    const start = time.wallMs();
    come({ a: 6 }, Status.Good, start - 500);
    come({ b: 3 }, Status.Good, start - 900);
    expect(now("ratio")).toMatchObject({ value: 2, sourceTime: start - 500 });
    come({ a: 6 }, Status.Uncertain_LastUsableValue, start);
    expect(now("ratio")).toMatchObject({ value: 2, status: Status.Uncertain_LastUsableValue, sourceTime: start });
    come({ b: null }, Status.Bad_NoCommunication, start);
    expect(now("ratio")).toMatchObject({ value: null, status: Status.Bad_NoCommunication });
  });

  it("is as old as the oldest proof of life of what it stands on (R16)", async () => {
    const { come, image, time, handleOf } = await world([ratio]);
    expect(image.confirmedAgeMs(handleOf("ratio"))).toBe(Number.POSITIVE_INFINITY);
    come({ a: 6, b: 3 });
    await time.advance(400);
    come({ b: 3 });
    expect(image.confirmedAgeMs(handleOf("ratio"))).toBe(400);
    expect(image.confirmedAt(handleOf("ratio"))).toBe(time.wallMs() - 400);
  });

  it("that divides by zero is Bad and says so, and comes back", async () => {
    const { come, now, engine, tag } = await world([ratio]);
    come({ a: 1, b: 0 });
    expect(now("ratio")).toMatchObject({ value: null, status: Status.Bad_OutOfRange });
    expect(engine.standing(tag("ratio"))?.why).toBe("not a finite number");
    expect(engine.counts()).toMatchObject({ tags: 1, failed: 1 });
    come({ b: 2 });
    expect(now("ratio")).toMatchObject({ value: 0.5, status: Status.Good });
    expect(engine.standing(tag("ratio"))?.why).toBeUndefined();
    come({ a: Number.NaN });
    expect(now("ratio")).toMatchObject({ value: null, status: Status.Bad_OutOfRange });
    expect(engine.standing(tag("ratio"))?.why).toBe("press/a has no value to compute with");
  });

  it("that its type cannot hold is Bad", async () => {
    const { come, now } = await world([computed(3, "small", "int(a)", { type: "byte" })]);
    come({ a: 255 });
    expect(now("small")).toMatchObject({ value: 255, status: Status.Good });
    come({ a: 256 });
    expect(now("small")).toMatchObject({ value: null, status: Status.Bad_OutOfRange });
  });

  it("is computed once a batch, after all that it stands on, whatever the order of the file", async () => {
    const last = computed(3, "last", "left + right", { inputs: ["press/left", "press/right"], roots: ["press/a"] });
    const left = computed(4, "left", "a + 1.0");
    const right = computed(5, "right", "left * 2.0", { inputs: ["press/left"], roots: ["press/a"] });
    const { come, now, engine, batches } = await world([last, left, right]);
    come({ a: 1 });
    expect([now("left")?.value, now("right")?.value, now("last")?.value]).toEqual([2, 4, 6]);
    expect(engine.counts().computed).toBe(3);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.length).toBe(4);
  });

  it("is read from the devices at the moment for what must be proven (R7), and never from what was counted", async () => {
    const sum = computed(4, "sum", "a + ratio", { inputs: ["press/a", "press/ratio"], roots: ["press/a", "press/b"] });
    const total = computed(5, "total", "a", { over: overTime({}) });
    const { come, engine, tag, time } = await world([ratio, sum, total]);
    come({ a: 100, b: 100 });
    const asked: string[] = [];
    const samples = await engine.readNow([tag("b"), tag("sum"), tag("total")], async (tags) => {
      asked.push(...tags.map(({ name }) => name));
      return tags.map(({ id }) => ({ value: id === "a" ? 6 : 3, status: 0, sourceTime: 7, serverTime: time.wallMs() }));
    });
    expect(asked.sort()).toEqual(["press/a", "press/b"]);
    expect(samples.map(({ value, status }) => [value, status])).toEqual([
      [3, 0],
      [8, 0],
      [null, Status.Bad_NoData],
    ]);
    const [dead] = await engine.readNow([tag("sum")], async (tags) =>
      tags.map(() => ({ value: null, status: Status.Bad_NotConnected, sourceTime: 7, serverTime: 7 })),
    );
    expect(dead).toMatchObject({ value: null, status: Status.Bad_NotConnected });
  });
});

describe("a tag that is computed over time", () => {
  const energy = computed(3, "energy", "a", { over: overTime({}) });

  it("sees each value of its input, also of those that come in one batch", async () => {
    const highest = computed(3, "highest", "a", { over: overTime({ function: "maximum" }) });
    const { image, time, now, handleOf } = await world([highest]);
    const batch = new BatchBuilder();
    for (const value of [9, 12, 9]) {
      image.confirm(handleOf("a"));
      batch.push(handleOf("a"), value, Status.Good, time.wallMs());
    }
    image.apply(batch.build(time.wallMs()));
    expect(now("highest")?.value).toBe(12);
  });

  it("goes on while nothing changes, as far as its input is known to live", async () => {
    const { come, now, time } = await world([energy]);
    come({ a: 2 });
    await time.advance(900);
    come({ a: 2 });
    await time.advance(5_000);
    // What was last proven 5 s ago is not counted on.
    expect(now("energy")?.value).toBeCloseTo(1.8);
    come({ a: null }, Status.Bad_NoCommunication);
    expect(now("energy")).toMatchObject({ value: null, status: Status.Bad_NoCommunication });
    await time.advance(4_000);
    come({ a: 2 });
    expect(now("energy")?.value).toBeCloseTo(1.8);
  });

  it("is Uncertain while too much of its time is missing, and says since when it counts and what it missed", async () => {
    const { come, now, engine, tag, time } = await world([energy]);
    const start = time.wallMs();
    come({ a: 2 });
    await time.advance(900);
    come({ a: 2 });
    await time.advance(100);
    come({ a: null }, Status.Bad_DeviceFailure);
    await time.advance(3_000);
    come({ a: 2 });
    expect(now("energy")).toMatchObject({ value: 1.8, status: Status.Uncertain_DataSubNormal });
    expect(engine.standing(tag("energy"))?.account).toEqual({
      sinceMs: start,
      missedMs: 3_100,
      gap: { fromMs: start + 900, toMs: start + 4_000 },
      resets: 0,
    });
  });

  it("feeds what is computed from it", async () => {
    const cost = computed(4, "cost", "energy * 0.5", { inputs: ["press/energy"], roots: ["press/a"] });
    const { come, now, time } = await world([energy, cost]);
    come({ a: 2 });
    await time.advance(500);
    come({ a: 2 });
    await time.advance(500);
    expect(now("energy")?.value).toBeCloseTo(1);
    expect(now("cost")?.value).toBeCloseTo(0.5);
  });

  it("records what a day came to, then begins anew", async () => {
    const today = computed(3, "today", "a", { over: overTime({ each: "day", percentGood: 0 }) });
    const time = new ManualTime(midnight - 1_500);
    const { come, batches, now, handleOf } = await world([today], { time });
    come({ a: 2 });
    for (let i = 0; i < 4; i++) {
      await time.advance(1_000);
      come({ a: 2 });
    }
    const rows = batches.flatMap((batch) =>
      Array.from(batch.handles, (handle, i) => [handle, batch.sourceTimes[i], batch.values[i]] as const),
    );
    const [end] = rows.filter(([handle, at]) => handle === handleOf("today") && at === midnight - 1);
    expect(end?.[2]).toBeCloseTo(3);
    expect(now("today")?.value).toBeLessThan(6);
  });

  it("survives a restart with the gap said, and begins anew under another definition", async () => {
    const one = await world([energy]);
    one.come({ a: 2 });
    for (let i = 0; i < 10; i++) {
      await one.time.advance(1_000);
      one.come({ a: 2 });
    }
    await one.engine.stop();
    await one.time.advance(5_000);

    const two = await world([energy], one);
    two.come({ a: 2 });
    expect(two.now("energy")?.value).toBeCloseTo(18);
    expect(two.engine.standing(two.tag("energy"))?.account?.missedMs).toBeGreaterThanOrEqual(5_000);
    await two.engine.stop();

    const three = await world([computed(3, "energy", "a * 2.0", { over: overTime({}) })], one);
    three.come({ a: 2 });
    expect(three.now("energy")?.value).toBe(0);
    await three.engine.stop();

    const renamed = await world(
      [computed(3, "joules", "a * 2.0", { over: overTime({}), formerly: ["press/energy"] })],
      one,
    );
    expect(renamed.engine.standing(renamed.tag("joules"))?.account?.sinceMs).toBeDefined();
  });

  it("goes on where the disk is full, and saves later", async () => {
    const { come, shelf, time, now } = await world([energy]);
    shelf.broken = true;
    come({ a: 2 });
    await time.advance(11_000);
    come({ a: 2 });
    expect(shelf.states.size).toBe(0);
    expect(now("energy")?.status).toBe(Status.Good);
    shelf.broken = false;
    await time.advance(11_000);
    expect(shelf.states.size).toBe(1);
  });
});
