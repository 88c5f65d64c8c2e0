import { describe, expect, it } from "vitest";
import { BatchBuilder } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import { pressTags } from "../../core/testing/plant.ts";
import { ControlBench } from "../testing/control-bench.ts";
import { selectBench as bench, bianchi, causes, operate, rossi, select } from "../testing/select-bench.ts";

describe("R6: select before operate", () => {
  it("selects without writing, then operates once and is VERIFIED by its effect", async () => {
    const on = bench();
    const selected = await select(on);
    expect(selected).toMatchObject({
      state: "SELECTED",
      kind: "command",
      class: "C2",
      operateBefore: expect.any(Number),
    });
    expect(on.writes).toEqual([]);
    const done = await operate(on, selected.id);
    expect(done).toMatchObject({
      state: "VERIFIED",
      evidence: "effect",
      steps: [{ target: "press/recipe", value: 7, outcome: "written" }],
    });
    expect(on.writes).toHaveLength(1);
    expect(on.audit.map((each) => each.action)).toEqual(["command.selected", "command.intent", "command.result"]);
  });

  it("operated twice writes once: the second answer is the first one's", async () => {
    const on = bench();
    const { id } = await select(on);
    const [first, second] = await Promise.all([operate(on, id), operate(on, id)]);
    expect([first.state, second.state]).toEqual(["VERIFIED", "VERIFIED"]);
    expect((await operate(on, id)).state).toBe("VERIFIED");
    expect(on.writes).toHaveLength(1);
  });

  it.each<[string, (on: ControlBench) => void | Promise<void>, string]>([
    ["30 s go by", (on) => on.run(30_100), "EXPIRED"],
    ["its last connection is gone", (on) => on.circumstances.disconnect("s1"), "CANCELLED"],
    ["control changes hands (R41)", (on) => on.circumstances.hand({ signInId: "s2", name: "Bianchi" }), "CANCELLED"],
    ["the key is turned to LOCAL (R39)", (on) => on.set("press/key", false), "CANCELLED"],
    [
      "the key was on LOCAL within one batch (R39)",
      (on) => {
        const batch = new BatchBuilder();
        for (const key of [false, true]) batch.push(1, key, Status.Good, on.time.wallMs());
        on.image.apply(batch.build(on.time.wallMs()));
      },
      "CANCELLED",
    ],
    [
      "remote control is cut at the site (R18)",
      (on) => {
        on.circumstances.cut = true;
        on.circumstances.changed();
      },
      "CANCELLED",
    ],
    [
      "somebody locks the machine out (R21)",
      (on) => {
        on.circumstances.lockedOut = [{ id: "1", equipment: "press", person: "Verdi", reason: undefined, since: 0 }];
        on.circumstances.changed();
      },
      "CANCELLED",
    ],
    [
      "a stop is requested (R10)",
      async (on) => {
        void on.commands.stop(rossi, "press", { reason: undefined, waitMs: 0 });
        await on.run(50);
      },
      "CANCELLED",
    ],
    [
      "it is taken back",
      async (on) => {
        const [held] = on.commands.pending("press");
        await on.commands.cancel(rossi, held?.id ?? "");
      },
      "CANCELLED",
    ],
    ["the gateway stops", (on) => on.commands.close(), "CANCELLED"],
  ])("dies when %s, and is not operated any more", async (_what, happens, state) => {
    const on = bench();
    const { id } = await select(on);
    await happens(on);
    await on.run(50);
    const ended = await on.commands.get(rossi, id);
    expect(ended.state).toBe(state);
    const operated = await operate(on, id);
    expect(operated.state).toBe("REFUSED");
    expect(causes(operated)).toContain("not-selected");
    expect(on.writes.filter((write) => write.lane === "normal")).toEqual([]);
    expect((await on.commands.get(rossi, id)).state).toBe(state);
  });

  it("dies with the slot of the guest who selected, and stands in nobody's way after it", async () => {
    const on = bench({}, { lease: "off" });
    on.circumstances.holder = undefined;
    const endMs = on.time.wallMs() + 10_000;
    const guest = (name: string, startMs: number) => ({
      ...rossi,
      ...{ userId: name, name, signInId: name, role: "guest" as const },
      slots: [{ equipment: "press", startMs, endMs: startMs + 10_000 }],
    });
    const { id } = await select(on, { caller: guest("Otto", endMs - 10_000) });
    await on.run(10_000);
    const gina = guest("Gina", endMs);
    expect((await on.commands.get(bianchi, id)).state).toBe("CANCELLED");
    expect((await select(on, { caller: gina })).state).toBe("SELECTED");
  });

  it("EQUIPMENT-SERVICE 6: with the key on LOCAL between select and operate it is refused with local-control", async () => {
    const on = bench();
    const { id } = await select(on);
    on.set("press/key", false);
    const operated = await operate(on, id);
    expect(operated.state).toBe("REFUSED");
    expect(causes(operated)).toContain("local-control");
    expect(on.writes).toEqual([]);
  });

  it("is the selecting sign-in's alone: not another person's, not the same person's in another browser", async () => {
    const on = bench();
    const { id } = await select(on);
    for (const caller of [bianchi, { ...rossi, signInId: "s9" }]) {
      expect(causes(await operate(on, id, { caller }))).toEqual(["selected-by-other"]);
    }
    expect(on.writes).toEqual([]);
    expect((await operate(on, id)).state).toBe("VERIFIED");
  });

  it("is refused to another while it holds the object, and replaced by the same person's newer one", async () => {
    const on = bench({}, { lease: "off" });
    on.circumstances.holder = undefined;
    const first = await select(on);
    expect(causes(await select(on, { caller: bianchi }))).toEqual(["selected-by-other"]);
    const second = await select(on);
    expect((await on.commands.get(rossi, first.id)).state).toBe("CANCELLED");
    expect((await operate(on, second.id)).state).toBe("VERIFIED");
  });

  it("needs exactly the same values", async () => {
    const on = bench({
      arguments: [
        {
          id: "recipe",
          name: { en: "Recipe", it: "Ricetta" },
          type: "int32",
          unit: undefined,
          decimals: undefined,
          limits: [1, 9],
          values: undefined,
          suggested: undefined,
        },
      ],
      do: [{ write: "recipe", argument: "recipe" }],
    });
    const first = await select(on, { value: 3 });
    expect(first).toMatchObject({ state: "SELECTED", value: 3, arguments: { recipe: 3 } });
    expect(causes(await operate(on, first.id, { arguments: { recipe: 4 } }))).toEqual(["not-selected"]);
    expect((await on.commands.get(rossi, first.id)).state).toBe("CANCELLED");
    const second = await select(on, { value: 3 });
    expect((await operate(on, second.id, { arguments: { recipe: 3 } })).state).toBe("VERIFIED");
    expect(on.writes.map((write) => write.value)).toEqual([3]);
  });

  it.each([
    ["none", undefined, "value-not-allowed"],
    ["one over its limit", 10, "value-not-allowed"],
    ["one of another type", "x", "value-not-allowed"],
  ])("refuses a select with a wrong argument: %s", async (_name, value, cause) => {
    const on = bench({
      arguments: [
        {
          id: "recipe",
          name: { en: "Recipe", it: "Ricetta" },
          type: "int32",
          unit: undefined,
          decimals: undefined,
          limits: [1, 9],
          values: undefined,
          suggested: undefined,
        },
      ],
      do: [{ write: "recipe", argument: "recipe" }],
    });
    const record = await select(on, { value });
    expect(record.state).toBe("REFUSED");
    expect(causes(record)).toContain(cause);
  });

  it("R5: the same key selects once; another target under it is refused", async () => {
    const on = bench();
    const [a, b] = await Promise.all([select(on, { key: "one-key" }), select(on, { key: "one-key" })]);
    expect(a.id).toBe(b.id);
    expect(b.state).toBe("SELECTED");
    await expect(select(on, { key: "one-key", target: "press/speed", value: 410 })).rejects.toMatchObject({
      code: "command/key-reused",
    });
  });

  it.each(["", "123.forged"])("R2: expires a select with the ticket %j", async (ticket) => {
    expect((await select(bench(), { ticket })).state).toBe("EXPIRED");
  });

  it("R2: expires an operate with an old ticket, and writes nothing", async () => {
    const on = bench();
    const { id } = await select(on);
    const ticket = on.desk.tickets.current();
    await on.run(5100);
    expect((await operate(on, id, { ticket })).state).toBe("EXPIRED");
    expect(on.writes).toEqual([]);
  });

  it("fails closed: what cannot be recorded is not selected, and holds nothing", async () => {
    const on = bench();
    on.store.broken = true;
    expect(causes(await select(on))).toEqual(["audit-unavailable"]);
    on.store.broken = false;
    expect((await select(on)).state).toBe("SELECTED");
  });

  it("R5: what was only selected when the gateway ended is CANCELLED, what was sent UNKNOWN", async () => {
    const on = bench();
    const { id } = await select(on);
    const again = new ControlBench();
    for (const record of on.store.records.values()) again.store.records.set(record.id, record);
    await again.commands.closeOpen();
    expect(again.store.records.get(id)?.state).toBe("CANCELLED");
  });

  it("selects a tag of class C2 as well", async () => {
    const tags = pressTags.map((tag) =>
      tag.id === "recipe" && tag.writable
        ? { ...tag, writable: { ...tag.writable, feedback: { when: "running", withinMs: 1000, tolerance: undefined } } }
        : tag,
    );
    const on = bench({}, { tags });
    const selected = await select(on, { target: "press/recipe", value: 5 });
    expect(selected).toMatchObject({ state: "SELECTED", kind: "write", value: 5 });
    expect(await operate(on, selected.id, { value: 5 })).toMatchObject({
      state: "VERIFIED",
      evidence: "effect",
      oldValue: 1,
      readBack: 5,
    });
  });
});

describe("R13: the steps of a declared command", () => {
  const steps = {
    do: [
      { write: "recipe", value: 7 },
      { write: "speed", value: 410 },
      { call: "Start", device: "plc", method: "m", arguments: [{ type: "int32" as const, value: 3 }] },
    ],
  };

  it("are written and called in their order, each once", async () => {
    const on = bench(steps);
    const { id } = await select(on);
    const done = await operate(on, id);
    expect(done.state).toBe("VERIFIED");
    expect(on.writes.map(({ tag, value }) => [tag, value])).toEqual([
      ["press/recipe", 7],
      ["press/speed", 410],
    ]);
    expect(on.calls).toEqual([{ device: "plc", method: "m", given: [3], lane: "normal" }]);
    expect(done.steps?.map((step) => step.outcome)).toEqual(["written", "written", "written"]);
  });

  it.each<[string, "rejected" | "unknown", string]>([
    ["the device refuses the second", "rejected", "FAILED"],
    ["the answer to the second is lost", "unknown", "UNKNOWN"],
  ])("end where %s, and the record says how far it came", async (_what, outcome, state) => {
    const on = bench(steps);
    on.answer = (tag) =>
      tag.id === "speed" ? { outcome, sentAtMs: on.time.monotonicMs(), status: 1, detail: "no" } : undefined;
    const { id } = await select(on);
    const done = await operate(on, id);
    expect(done.state).toBe(state);
    expect(done.steps?.map((step) => step.outcome)).toEqual(["written", outcome]);
    expect(on.calls).toEqual([]);
  });

  it("stop before the next one when the key is turned to LOCAL in between: FAILED, never CANCELLED, since a part was done", async () => {
    const on = bench(steps);
    const follow = on.onWrite;
    on.onWrite = (tag, value) => {
      follow(tag, value);
      on.set("press/key", false);
    };
    const { id } = await select(on);
    const done = await operate(on, id);
    expect(done.state).toBe("FAILED");
    expect(done.events.at(-1)?.text).toContain("1 step was already done");
    expect(on.writes).toHaveLength(1);
  });
});

describe("R7: the effect of a command", () => {
  it("that does not come is UNKNOWN; one that comes late is added as a note, and the end stays", async () => {
    const on = bench();
    on.onWrite = () => undefined;
    const { id } = await select(on);
    expect((await operate(on, id)).state).toBe("UNKNOWN");
    await on.run(10_000);
    on.set("press/running", true);
    await on.run(2000);
    const record = await on.commands.get(rossi, id);
    expect(record.state).toBe("UNKNOWN");
    expect(record.events.at(-1)).toMatchObject({
      state: "NOTE",
      text: expect.stringContaining("late: the effect shows"),
    });
    expect(on.store.records.get(id)?.events.at(-1)?.text).toContain("late");
  });

  it("that shows already proves nothing: refused with already-so", async () => {
    const on = bench({ states: undefined });
    on.set("press/running", true);
    expect(causes(await select(on))).toEqual(["already-so"]);
  });
});

describe("R20: the start permit", () => {
  it("is read from the device at operate, whatever the image said before", async () => {
    const on = bench({ permit: { kind: "signal", when: "guard" } });
    const { id } = await select(on);
    on.machine.set("press/guard", false);
    const sent = on.commands.operate(rossi, id, { ticket: on.desk.tickets.current(), waitMs: 0 });
    await on.time.advance(1);
    await sent;
    await on.time.advance(2000);
    expect(causes(await on.commands.get(rossi, id))).toContain("start-permit-missing");
    expect(on.writes).toEqual([]);
  });

  it("must still stand when a write that waits behind a busy bus has its turn", async () => {
    const on = bench({ permit: { kind: "signal", when: "guard" } });
    const free = Promise.withResolvers<void>();
    const { id } = await select(on);
    on.busy = free.promise;
    const sent = operate(on, id);
    await on.run(200);
    on.set("press/guard", false);
    await on.run(200);
    free.resolve();
    expect(causes(await sent)).toEqual(["start-permit-missing"]);
    expect(on.writes).toEqual([]);
  });

  it("of an attendant is asked for after the select, and used up by one command", async () => {
    const on = bench({ permit: { kind: "attendant", withinMs: 60_000 } });
    const first = await select(on);
    expect(first.state).toBe("SELECTED");
    expect(causes(await operate(on, first.id))).toEqual(["start-permit-missing"]);
    const second = await select(on);
    on.circumstances.confirmed = { by: "Verdi", untilMs: on.time.monotonicMs() + 60_000 };
    expect((await operate(on, second.id)).state).toBe("VERIFIED");
    expect(on.circumstances.confirmed).toBeUndefined();
  });
});
