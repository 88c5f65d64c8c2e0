import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { pressTags, testTag, testWritable } from "../../core/testing/plant.ts";
import { ControlBench, testCaller } from "../testing/control-bench.ts";

let keys = 0;

function send(
  bench: ControlBench,
  value: unknown,
  more: { target?: string; key?: string; ticket?: string; caller?: Caller } = {},
): Promise<CommandRecord> {
  return bench.commands.submit(more.caller ?? testCaller(), {
    target: more.target ?? "press/speed",
    value,
    key: more.key ?? `key-${keys++}`,
    ticket: "ticket" in more ? more.ticket : bench.desk.tickets.current(),
    reason: undefined,
    waitMs: 5000,
  });
}

async function outcome(bench: ControlBench, sent: Promise<CommandRecord>, ms = 4000): Promise<CommandRecord> {
  await bench.run(ms);
  return sent;
}

describe("the command pipeline", () => {
  it("R7: is VERIFIED when the written value reads back, with old, wanted and read value on record", async () => {
    const bench = new ControlBench();
    const record = await outcome(bench, send(bench, 420));
    expect(record).toMatchObject({ state: "VERIFIED", evidence: "readback", oldValue: 400, value: 420, readBack: 420 });
    expect(bench.writes).toHaveLength(1);
    expect(bench.store.records.get(record.id)?.state).toBe("VERIFIED");
    expect(bench.audit.map((each) => each.action)).toEqual(["command.intent", "command.result"]);
  });

  it("R7: is FAILED when the machine keeps another value to the end of the window", async () => {
    const bench = new ControlBench();
    bench.onWrite = () => undefined;
    const record = await outcome(bench, send(bench, 420));
    expect(record).toMatchObject({ state: "FAILED", readBack: 400 });
  });

  it.each([
    ["the value arrived and its effect has not shown", true, "UNKNOWN"],
    ["neither value nor effect arrived", false, "FAILED"],
  ])("R7: with an effect condition, %s", async (_name, arrives, state) => {
    const tags = new ControlBench().plant.tags.map((tag) =>
      tag.id === "speed" && tag.writable
        ? { ...tag, writable: { ...tag.writable, feedback: { when: "guard", withinMs: 1000, tolerance: undefined } } }
        : tag,
    );
    const bench = new ControlBench({ tags });
    bench.set("press/guard", false);
    if (!arrives) bench.onWrite = () => undefined;
    expect((await outcome(bench, send(bench, 420))).state).toBe(state);
  });

  it("R7: a condition over what was written alone is a read-back, and no effect", async () => {
    const writable = testWritable({ feedback: { when: "lamp", withinMs: 1000, tolerance: undefined } });
    const lamp = testTag(6, "lamp", { type: "boolean", writable });
    const bench = new ControlBench({ tags: [...pressTags, lamp] });
    bench.set("press/lamp", false);
    const record = await outcome(bench, send(bench, true, { target: "press/lamp" }));
    expect(record).toMatchObject({ state: "VERIFIED", evidence: "readback" });
  });

  it("R7: is UNKNOWN when nothing can be read back", async () => {
    const bench = new ControlBench();
    bench.answer = () => {
      bench.readable = false;
      return undefined;
    };
    const record = await outcome(bench, send(bench, 420), 5500);
    expect(record.state).toBe("UNKNOWN");
  });

  it("F16: is UNKNOWN when the answer to the write is lost, and is not written again", async () => {
    const bench = new ControlBench();
    bench.answer = (tag, value) => {
      bench.machine.set(tag.name, value);
      return { outcome: "unknown", sentAtMs: 0, detail: "no answer in 1 s" };
    };
    const record = await outcome(bench, send(bench, 420));
    expect(record).toMatchObject({ state: "UNKNOWN", readBack: 420 });
    expect(record.events.map(({ text }) => text)).toContain("sent, and not answered");
    expect(bench.writes).toHaveLength(1);
  });

  it("is FAILED with device-rejected when the device says no", async () => {
    const bench = new ControlBench();
    bench.answer = () => ({ outcome: "rejected", sentAtMs: 0, status: 0x803c0000, detail: "illegal data value" });
    const record = await outcome(bench, send(bench, 420));
    expect(record).toMatchObject({ state: "FAILED", causes: [{ cause: "device-rejected" }] });
  });

  it("R8: is REFUSED with all causes, written nowhere but in the record", async () => {
    const bench = new ControlBench();
    bench.set("press/key", false);
    const record = await outcome(bench, send(bench, 9999));
    expect(record.state).toBe("REFUSED");
    expect(record.causes.map((each) => each.cause)).toEqual(["local-control", "value-not-allowed", "step-limit"]);
    expect(bench.writes).toEqual([]);
    expect(bench.store.records.get(record.id)?.state).toBe("REFUSED");
    expect(bench.audit.map((each) => each.action)).toEqual(["command.refused"]);
  });

  it.each([
    ["without a ticket", undefined],
    ["with a forged one", "123.abcdef"],
    ["with rubbish", "x"],
  ])("R2: EXPIRED %s", async (_name, ticket) => {
    const bench = new ControlBench();
    const record = await outcome(bench, send(bench, 420, { ticket } as { ticket?: string }));
    expect(record).toMatchObject({ state: "EXPIRED", causes: [{ cause: "expired" }] });
    expect(bench.writes).toEqual([]);
  });

  it.each([
    [4999, "VERIFIED"],
    [5001, "EXPIRED"],
    [11_000, "EXPIRED"],
  ])("R2: a ticket issued %i ms ago gives %s", async (age, state) => {
    const bench = new ControlBench();
    const ticket = bench.desk.tickets.current();
    await bench.time.advance(age);
    bench.refresh();
    const record = await outcome(bench, send(bench, 420, { ticket }));
    expect(record.state).toBe(state);
  });

  it("R2: the age is checked last, after a slow disk", async () => {
    const bench = new ControlBench();
    const ticket = bench.desk.tickets.current();
    const record = bench.store.recordIntent.bind(bench.store);
    bench.store.recordIntent = async (each) => {
      await new Promise<void>((resolve) => void bench.time.after(5100, resolve));
      return record(each);
    };
    const sent = send(bench, 420, { ticket });
    expect((await outcome(bench, sent, 6000)).state).not.toBe("VERIFIED");
    expect(bench.writes).toEqual([]);
  });

  it("R5: intent and key are durable before the write; without a disk nothing is written", async () => {
    const bench = new ControlBench();
    bench.store.broken = true;
    const record = await outcome(bench, send(bench, 420));
    expect(record).toMatchObject({ state: "REFUSED", causes: [{ cause: "audit-unavailable" }] });
    expect(bench.writes).toEqual([]);
  });

  it("R5: the same key and body answers the first result, once written", async () => {
    const bench = new ControlBench();
    const both = [send(bench, 420, { key: "same-key" }), send(bench, 420, { key: "same-key" })];
    await bench.run(1000);
    const [first, second] = await Promise.all(both);
    expect(second?.id).toBe(first?.id);
    const third = await outcome(bench, send(bench, 420, { key: "same-key" }));
    expect(third).toMatchObject({ id: first?.id, state: "VERIFIED" });
    expect(bench.writes).toHaveLength(1);
  });

  it("R5: the same key with another value or target is refused; another person's key is its own", async () => {
    const bench = new ControlBench();
    await outcome(bench, send(bench, 420, { key: "same-key" }));
    await expect(send(bench, 421, { key: "same-key" })).rejects.toMatchObject({ code: "command/key-reused" });
    await expect(send(bench, 420, { key: "same-key", target: "press/recipe" })).rejects.toMatchObject({
      code: "command/key-reused",
    });
    const other = await outcome(bench, send(bench, 430, { key: "same-key", caller: testCaller({ userId: "u2" }) }));
    expect(other.state).toBe("VERIFIED");
  });

  it("R5: what was on its way when the gateway ended is UNKNOWN after the start and is not sent", async () => {
    const bench = new ControlBench();
    bench.answer = () => new Promise(() => undefined);
    void send(bench, 420);
    await bench.run(500);
    const intents = [...bench.store.records.values()];
    expect(intents).toMatchObject([{ state: "SENT" }]);
    const next = new ControlBench();
    for (const each of intents) next.store.records.set(each.id, each);
    expect(await next.commands.closeOpen()).toBe(1);
    await next.run(5000);
    expect(next.store.records.get(intents[0]?.id ?? "")?.state).toBe("UNKNOWN");
    expect(next.writes).toEqual([]);
  });

  it("R39: the key turned between check and write refuses", async () => {
    const bench = new ControlBench();
    const record = bench.store.recordIntent.bind(bench.store);
    bench.store.recordIntent = async (each) => {
      bench.set("press/key", false);
      return record(each);
    };
    const done = await outcome(bench, send(bench, 420));
    expect(done).toMatchObject({ state: "REFUSED", causes: [{ cause: "local-control" }] });
    expect(bench.writes).toEqual([]);
  });

  it("one command at a time on a tag", async () => {
    const bench = new ControlBench({ tags: bench0() });
    bench.answer = () => new Promise(() => undefined);
    void send(bench, 420);
    await bench.run(100);
    const second = await outcome(bench, send(bench, 425), 500);
    expect(second).toMatchObject({ state: "REFUSED", causes: [{ cause: "in-execution" }] });
  });

  it("says not-found for what the caller may not see, whether it exists or not", async () => {
    const bench = new ControlBench();
    const stranger = testCaller({ equipment: ["other"] });
    for (const target of [
      "press/speed",
      "press/nothing",
      "nothing/speed",
      "__proto__/speed",
      "press:stop",
      "constructor",
    ]) {
      await expect(send(bench, 1, { target, caller: stranger })).rejects.toMatchObject({ code: "request/not-found" });
    }
  });

  it("a viewer and a guest without a slot write nothing", async () => {
    const bench = new ControlBench();
    const viewer = await outcome(bench, send(bench, 420, { caller: testCaller({ role: "viewer" }) }));
    expect(viewer).toMatchObject({ state: "REFUSED", causes: [{ cause: "no-permission" }] });
    await expect(send(bench, 420, { caller: testCaller({ role: "guest" }) })).rejects.toMatchObject({
      code: "request/not-found",
    });
    expect(bench.writes).toEqual([]);
  });
});

describe("what comes in the way of a command after it was taken in", () => {
  it("S3: rights that ended while the intent was being written refuse it", async () => {
    const bench = new ControlBench();
    bench.today = () => undefined;
    const record = await outcome(bench, send(bench, 420));
    expect(record).toMatchObject({ state: "REFUSED", causes: [{ cause: "no-permission" }] });
    expect(bench.writes).toEqual([]);
  });

  it.each<[string, (bench: ControlBench) => void, string]>([
    ["R39: the key on LOCAL", (bench) => bench.set("press/key", false), "local-control"],
    ["S3: a user who was disabled", (bench) => Object.assign(bench, { today: () => undefined }), "no-permission"],
    ["R9: a value that moved away", (bench) => bench.set("press/speed", 10), "step-limit"],
  ])("%s takes back a write that waits behind a busy bus", async (_what, happens, cause) => {
    const bench = new ControlBench();
    const free = Promise.withResolvers<void>();
    bench.busy = free.promise;
    const sent = send(bench, 420);
    await bench.run(200);
    happens(bench);
    await bench.run(200);
    free.resolve();
    expect(await outcome(bench, sent)).toMatchObject({ state: "REFUSED", causes: [{ cause }] });
    expect(bench.writes).toEqual([]);
  });

  it("a stop request takes back a write that waits behind a busy bus", async () => {
    const bench = new ControlBench();
    const free = Promise.withResolvers<void>();
    bench.busy = free.promise;
    const sent = send(bench, 420);
    await bench.run(100);
    const stopped = bench.commands.stop(testCaller(), "press", { reason: undefined, waitMs: 5000 });
    await bench.run(100);
    free.resolve();
    expect(await outcome(bench, sent)).toMatchObject({ state: "CANCELLED" });
    await stopped;
    expect(new Set(bench.writes.map((write) => write.tag))).toEqual(new Set(["press/stop_request"]));
  });

  it("a result that could not be recorded is recorded when the store is back", async () => {
    const bench = new ControlBench();
    const { store } = bench;
    const recordResult = store.recordResult.bind(store);
    const record = store.record.bind(store);
    store.recordResult = store.record = async () => {
      throw new Error("another process holds the file");
    };
    const told = await outcome(bench, send(bench, 420), 1000);
    expect(told.state).toBe("VERIFIED");
    expect(store.records.get(told.id)?.state).toBe("SENT");
    Object.assign(store, { recordResult, record });
    await bench.run(4000);
    expect(store.records.get(told.id)?.state).toBe("VERIFIED");
  });
});

/** The press without a rate limit, so that only the tag in execution stands in the way. */
function bench0() {
  const { plant } = new ControlBench();
  return plant.tags.map((tag) => (tag.writable ? { ...tag, writable: { ...tag.writable, everyMs: undefined } } : tag));
}
