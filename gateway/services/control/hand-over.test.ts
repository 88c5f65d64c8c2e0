import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { LeaseBench } from "../testing/lease-bench.ts";
import { notesPerMinute } from "./hand-over.ts";

const page = { limit: 10 };

function record(id: string, more: Partial<CommandRecord>): CommandRecord {
  const blank = {
    kind: "write",
    key: undefined,
    userId: "u-Anna",
    userName: "Anna",
    address: "",
    reason: undefined,
  } as const;
  const ends = { oldValue: undefined, readBack: undefined, evidence: undefined, causes: [], events: [] } as const;
  const times = { requestedAt: 5, sentAt: undefined, finishedAt: undefined } as const;
  const what = { equipment: "press", target: "press/speed", value: 410, state: "VERIFIED" } as const;
  return { id, ...blank, ...ends, ...times, ...what, ...more };
}

describe("the note of hand-over (R41)", () => {
  it("is written by the gateway: state, key, links, last commands, unknown ones, and the person's words", async () => {
    const bench = new LeaseBench();
    await bench.commands.record(record("c1", {}));
    await bench.commands.record(record("c2", { state: "UNKNOWN", value: 420 }));
    const { caller: anna } = await bench.holder();
    const since = bench.time.wallMs();
    await bench.time.advance(10_000);
    const { caller: bruno } = bench.enter("Bruno");
    bench.control.request(bruno, "press", { phone: false });
    await bench.control.answer(anna, "press", { accept: true, note: "Tank is low" });
    await bench.time.advance(0);
    const { notes } = await bench.control.notes(bruno, "press", page);
    expect(notes).toEqual([
      expect.objectContaining({
        change: "handed-over",
        from: "Anna",
        to: "Bruno",
        heldSince: since,
        text: "Tank is low",
        state: "Execute",
        production: undefined,
        remote: true,
        linksDown: ["plc"],
      }),
    ]);
    expect(notes[0]?.commands.map(({ id, state, value }) => [id, state, value])).toEqual([
      ["c2", "UNKNOWN", 420],
      ["c1", "VERIFIED", 410],
    ]);
    expect(notes[0]?.unknown.map(({ id }) => id)).toEqual(["c2"]);
  });

  it(`is written at most ${notesPerMinute} times a minute by one person, who is told when again; others are not held up`, async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    for (let n = 0; n < notesPerMinute; n++) {
      await bench.control.writeNote(caller, "press", `note ${n}`);
      await bench.time.advance(1_000);
    }
    const over = { code: "request/rate-limited", retryAfterS: 50 };
    await expect(bench.control.writeNote(caller, "press", "one more")).rejects.toMatchObject(over);
    const { caller: carla } = bench.enter("Carla", { role: "supervisor" });
    await bench.control.force(carla, "press", { phone: false, reason: "shift" });
    await bench.control.writeNote(carla, "press", "mine");
    bench.control.release(carla, "press");
    await bench.control.take(caller, "press", { phone: false });
    await bench.time.advance(50_000);
    await bench.control.take(caller, "press", { phone: false });
    await bench.control.writeNote(caller, "press", "again");
    const { notes } = await bench.control.notes(caller, "press", { limit: 100 });
    expect(notes.filter(({ change }) => change === "note")).toHaveLength(notesPerMinute + 2);
  });

  it("is left by every end of control too, so that whoever comes next finds it", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    bench.control.release(caller, "press");
    const { page: second } = await bench.holder("Bruno");
    second.close();
    await bench.time.advance(16_000);
    await bench.holder("Carla");
    bench.set("press/key", false);
    await bench.time.advance(0);
    const { notes } = await bench.control.notes(caller, "press", page);
    expect(notes.map(({ change, from, to, why }) => [change, from, to, why])).toEqual([
      ["ended", "Carla", undefined, "local-control"],
      ["expired", "Bruno", undefined, undefined],
      ["released", "Anna", undefined, undefined],
    ]);
  });

  it("may be written by whoever has control at any time, by nobody else", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    const { caller: bruno } = bench.enter("Bruno");
    await bench.control.writeNote(caller, "press", "Die changed at noon");
    await expect(bench.control.writeNote(bruno, "press", "x")).rejects.toMatchObject({ code: "request/conflict" });
    const { notes } = await bench.control.notes(bruno, "press", page);
    expect(notes.map(({ change, from, text }) => [change, from, text])).toEqual([
      ["note", "Anna", "Die changed at noon"],
    ]);
  });

  it("comes in pages, the newest first", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    for (const text of ["a", "b", "c"]) await bench.control.writeNote(caller, "press", text);
    const first = await bench.control.notes(caller, "press", { limit: 2 });
    const second = await bench.control.notes(caller, "press", { limit: 2, beforeId: first.next });
    expect([...first.notes, ...second.notes].map(({ text }) => text)).toEqual(["c", "b", "a"]);
    expect(second.next).toBeUndefined();
  });

  it("is shown to a guest only where it was written in a slot of its own", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    await bench.control.writeNote(caller, "press", "before");
    await bench.time.advance(1000);
    const startMs = bench.time.wallMs();
    await bench.control.writeNote(caller, "press", "within");
    const slots = [{ equipment: "press", startMs, endMs: startMs + 60_000 }];
    const { caller: guest } = bench.enter("Gast", { role: "guest", slots });
    const { notes } = await bench.control.notes(guest, "press", page);
    expect(notes.map(({ text }) => text)).toEqual(["within"]);
  });

  it("tells a guest nothing of the guest before, whose note is written in its slot, and no command but its own", async () => {
    const bench = new LeaseBench();
    const startMs = bench.time.wallMs();
    const slot = (from: number, to: number) => [{ equipment: "press", startMs: startMs + from, endMs: startMs + to }];
    await bench.holder("Otto", { role: "guest", slots: slot(0, 60_000) });
    await bench.commands.record(record("otto", { userName: "Otto", requestedAt: startMs + 1 }));
    await bench.commands.record(record("staff", { userName: "Anna", requestedAt: startMs + 61_000 }));
    await bench.commands.record(record("gina", { userName: "Gina", requestedAt: startMs + 61_000 }));
    await bench.time.advance(61_000);
    expect(bench.holds()).toBeUndefined();
    const { caller: gina } = await bench.holder("Gina", { role: "guest", slots: slot(60_000, 120_000) });
    const { caller: anna } = bench.enter("Anna", { role: "supervisor" });
    await bench.control.force(anna, "press", { phone: false, reason: "Look at the die" });
    await bench.time.advance(0);
    const told = async (who: Caller) =>
      (await bench.control.notes(who, "press", page)).notes.map(({ from, commands }) => [
        from,
        commands.map(({ id }) => id),
      ]);
    expect(await told(gina)).toEqual([["Gina", ["gina"]]]);
    expect(await told(anna)).toEqual([
      ["Gina", ["gina", "staff", "otto"]],
      ["Otto", ["gina", "staff", "otto"]],
    ]);
  });

  it("keeps nobody's control from ending where it cannot be recorded", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    bench.handOver.broken = true;
    bench.control.release(caller, "press");
    await bench.time.advance(0);
    expect(bench.holds()).toBeUndefined();
    await expect(bench.control.writeNote(caller, "press", "x")).rejects.toBeDefined();
  });
});
