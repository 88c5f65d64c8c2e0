import { describe, expect, it } from "vitest";
import { directChecks } from "../../core/control/checks/checks.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import { type Order, orderOf } from "../../core/control/order.ts";
import type { Equipment } from "../../core/plant.ts";
import { pressTags, testCommand, testPlant, testPress } from "../../core/testing/plant.ts";
import { ControlBench, testCaller } from "../testing/control-bench.ts";
import { bianchi, operate, rossi, select, selectBench } from "../testing/select-bench.ts";
import type { Withdrawal } from "./activity.ts";
import { commandRecord } from "./blank.ts";
import { byStopRequest } from "./endings.ts";
import type { Attempt } from "./pipeline.ts";
import { send as sendAll } from "./sending.ts";

const send = (bench: ControlBench, value: unknown, key: string, caller = testCaller()): Promise<CommandRecord> =>
  bench.commands.submit(caller, {
    target: "press/speed",
    value,
    key,
    ticket: bench.desk.tickets.current(),
    reason: undefined,
    waitMs: 5000,
  });

describe("two who come at the same moment", () => {
  it("of two commands for one tag that are checked in the same turn one is written", async () => {
    const bench = new ControlBench();
    const both = [send(bench, 420, "key-of-one"), send(bench, 430, "key-of-two", bianchi)];
    await bench.run(4000);
    const states = (await Promise.all(both)).map(({ state, causes }) => [state, ...causes.map((each) => each.cause)]);
    expect(states).toEqual([["VERIFIED"], ["REFUSED", "in-execution"]]);
    expect(bench.writes).toHaveLength(1);
  });

  it("R15: what the gateway does to two machines in the same millisecond are two commands", async () => {
    const hold = testCommand("hold", { do: [{ write: "recipe", value: 9 }], feedback: undefined });
    const press = testPress({ commands: [hold] });
    const twin = testPress({
      id: "twin",
      commands: [hold],
      local: "none",
      state: undefined,
      stop: undefined,
      tags: pressTags.map((tag) => ({ ...tag, handle: tag.handle + 10, equipment: "twin", name: `twin/${tag.id}` })),
    });
    const spare = Array.from({ length: 10 - pressTags.length }, (_, i) => ({
      ...(pressTags[1] as (typeof pressTags)[number]),
      handle: pressTags.length + i,
      name: `spare/${i}`,
    }));
    const plant = testPlant({ equipment: [press, twin], tags: [...press.tags, ...spare, ...twin.tags] });
    const bench = new ControlBench({}, plant);
    const both = ["press", "twin"].map((id) => bench.commands.runSystemCommand(id, "hold", "loss-of-control", "gone"));
    await bench.run(4000);
    expect((await Promise.all(both)).map(({ state }) => state)).toEqual(["VERIFIED", "VERIFIED"]);
    expect(bench.writes.map(({ tag }) => tag)).toEqual(["press/recipe", "twin/recipe"]);
  });
});

describe("exactly what was asked for", () => {
  it("R6: an operate that differs where float32 cannot tell is another value", async () => {
    const on = selectBench();
    const { id } = await select(on, { target: "press/recipe", value: 16_777_216 });
    const operated = await operate(on, id, { value: 16_777_217 });
    expect(operated.causes.map(({ cause }) => cause)).toEqual(["not-selected"]);
    expect(on.writes).toEqual([]);
  });

  it("R6: an operate with more than was selected is another one", async () => {
    const on = selectBench();
    const { id } = await select(on);
    const operated = await operate(on, id, { arguments: { speed: 400 } });
    expect(operated.causes.map(({ cause }) => cause)).toEqual(["not-selected"]);
    expect(on.writes).toEqual([]);
  });

  it.each([
    [16_777_216, 16_777_217],
    [0.1, 0.1 + Number.EPSILON],
  ])("R5: under one key %d and %d are two commands", async (one, two) => {
    const bench = new ControlBench();
    await send(bench, one, "one-same-key").catch(() => undefined);
    await bench.run(100);
    await expect(send(bench, two, "one-same-key")).rejects.toMatchObject({ code: "command/key-reused" });
  });
});

describe("what is taken back in the last moment", () => {
  it.each<[string, Withdrawal]>([
    ["a stop request", byStopRequest],
    ["the key at the machine", told("key-local")],
  ])("does not leave where %s came between the last checks and the write", async (_who, why) => {
    const bench = new ControlBench();
    const order = orderOf(bench.plant.equipment[0] as Equipment, "press/speed", { value: 420 }) as Order;
    const { signal } = bench.desk.activity.pending("press");
    bench.desk.activity.cancelPending("press", why);
    const record = commandRecord(rossi, order, { key: "taken-back", reason: undefined, value: 420 }, "SENT", 0);
    bench.desk.book.put(record);
    const attempt: Attempt = {
      id: record.id,
      caller: rossi,
      order,
      ticket: undefined,
      checks: directChecks,
      by: "person",
      selected: false,
      approval: "not-needed",
      approver: undefined,
      signal,
      permit: true,
      notAfterMs: Number.POSITIVE_INFINITY,
      sentAtMs: Number.POSITIVE_INFINITY,
    };
    expect(await sendAll(bench.desk, attempt)).toMatchObject({ state: "CANCELLED", text: why.text });
    expect(bench.writes).toEqual([]);
  });
});

describe("a fault inside", () => {
  it("leaves nothing SELECTED, and nothing taken", async () => {
    const on = selectBench();
    const { site } = on.circumstances;
    const lockOuts = site.lockOuts;
    site.lockOuts = () => {
      throw new Error("a fault");
    };
    const record = await select(on);
    expect([record.state, on.store.records.get(record.id)?.state]).toEqual(["CANCELLED", "CANCELLED"]);
    site.lockOuts = lockOuts;
    expect((await select(on, { caller: rossi })).state).toBe("SELECTED");
  });
});

describe("what could not be recorded", () => {
  it("R1: the end of a selection is recorded once the store is back", async () => {
    const on = selectBench();
    const { id } = await select(on);
    on.store.broken = true;
    await on.commands.cancel(rossi, id);
    on.store.broken = false;
    await on.run(4000);
    expect(on.store.records.get(id)?.state).toBe("CANCELLED");
  });
});
