import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { ControlBench, testCaller } from "../testing/control-bench.ts";

function stop(bench: ControlBench, caller: Caller = testCaller()): Promise<CommandRecord> {
  return bench.commands.stop(caller, "press", { reason: undefined, waitMs: 10_000 });
}

describe("R10: the stop request", () => {
  it("goes out at once in its own lane and is VERIFIED by what the machine shows", async () => {
    const bench = new ControlBench();
    const asked = stop(bench);
    await bench.run(200);
    expect(await asked).toMatchObject({ state: "VERIFIED", evidence: "effect", kind: "stop" });
    expect(bench.writes[0]).toMatchObject({ tag: "press/stop_request", value: true, lane: "stop", atMs: 1000 });
  });

  it("is repeated until the feedback comes, 3 s long, then NOT CONFIRMED, and never later", async () => {
    const bench = new ControlBench();
    bench.onWrite = () => undefined;
    const asked = stop(bench);
    await bench.run(4000);
    const record = await asked;
    expect(record.state).toBe("UNKNOWN");
    expect(record.events.at(-1)?.text).toContain("NOT CONFIRMED");
    const sent = bench.writes.length;
    expect(sent).toBeGreaterThanOrEqual(5);
    expect(sent).toBeLessThanOrEqual(7);
    await bench.run(20_000);
    expect(bench.writes).toHaveLength(sent);
  });

  it("without a connection says that nothing was sent, and keeps nothing for later", async () => {
    const bench = new ControlBench();
    bench.link = "lost";
    bench.readable = false;
    const asked = stop(bench);
    await bench.run(4000);
    expect(await asked).toMatchObject({ state: "FAILED", causes: [{ cause: "communication-loss" }] });
    bench.link = "connected";
    bench.readable = true;
    await bench.run(10_000);
    expect(bench.writes).toEqual([]);
  });

  it("passes with the key on LOCAL, a stale value, a broken store and a broken audit", async () => {
    const bench = new ControlBench();
    bench.set("press/key", false);
    bench.store.broken = true;
    bench.auditBroken = true;
    const asked = stop(bench);
    await bench.run(500);
    expect((await asked).state).toBe("VERIFIED");
  });

  it("cancels a command that has not been written, and refuses new ones while it runs", async () => {
    const bench = new ControlBench();
    bench.onWrite = () => undefined;
    const hold: { go?: () => void } = {};
    const record = bench.store.recordIntent.bind(bench.store);
    bench.store.recordIntent = async (each) => {
      await new Promise<void>((resolve) => {
        hold.go = resolve;
      });
      return record(each);
    };
    const input = {
      target: "press/speed",
      value: 420,
      ticket: bench.desk.tickets.current(),
      reason: undefined,
      waitMs: 9000,
    };
    const pending = bench.commands.submit(testCaller(), { ...input, key: "before-stop" });
    await bench.run(50);
    const asked = stop(bench);
    await bench.run(50);
    hold.go?.();
    const late = bench.commands.submit(testCaller(), { ...input, key: "during-stop" });
    await bench.run(4000);
    expect((await pending).state).toBe("CANCELLED");
    expect(await late).toMatchObject({ state: "REFUSED", causes: [{ cause: "in-execution" }] });
    await asked;
    expect(bench.writes.filter((write) => write.tag === "press/speed")).toEqual([]);
  });

  it("has left before what waits is taken back, in the same turn (R10)", async () => {
    const bench = new ControlBench();
    const order: string[] = [];
    bench.answer = (_tag, value) => {
      order.push(`stop ${String(value)}`);
      return undefined;
    };
    const { signal, end } = bench.desk.activity.pending("press");
    signal.addEventListener("abort", () => order.push("taken back"));
    const asked = stop(bench);
    // Promises alone: no timer, no turn of the loop.
    for (let n = 0; n < 50; n++) await Promise.resolve();
    expect(order).toEqual(["stop true", "taken back"]);
    await bench.run(500);
    await asked;
    end();
  });

  it("is on record whole, though hundreds of others ended before the write that was on the wire did", async () => {
    const bench = new ControlBench();
    let arrive = (): void => undefined;
    bench.answer = (tag) =>
      tag.name === "press/speed"
        ? new Promise((resolve) => {
            arrive = () => resolve({ outcome: "unknown", sentAtMs: 0, detail: "no answer" });
          })
        : undefined;
    const ticket = bench.desk.tickets.current();
    const input = { target: "press/speed", value: 420, ticket, key: "in-flight", reason: undefined, waitMs: 0 };
    await bench.commands.submit(testCaller(), input);
    await bench.run(100);
    const asked = stop(bench);
    await bench.run(200);
    const stopped = await asked;
    expect(stopped.state).toBe("VERIFIED");
    for (let n = 0; n < 1_000; n++) bench.desk.book.put({ ...stopped, id: `other-${n}`, kind: "write" });
    arrive();
    await bench.run(3000);
    const recorded = bench.store.records.get(stopped.id);
    expect([recorded?.state, recorded?.events.map(({ step }) => step).includes("stop-after-flight")]).toEqual([
      "VERIFIED",
      true,
    ]);
    // And is kept no longer than the others.
    for (let n = 0; n < 1_000; n++) bench.desk.book.put({ ...stopped, id: `later-${n}`, kind: "write" });
    expect(bench.desk.book.get(stopped.id)).toBeUndefined();
  });

  it("is sent again after a write that was on the wire", async () => {
    const bench = new ControlBench();
    const wire: { arrive?: () => void } = {};
    bench.answer = (tag, value) => {
      if (tag.name !== "press/speed") return undefined;
      return new Promise((resolve) => {
        wire.arrive = () => {
          bench.machine.set(tag.name, value);
          resolve({ outcome: "written", sentAtMs: 0 });
        };
      });
    };
    const input = {
      target: "press/speed",
      value: 420,
      ticket: bench.desk.tickets.current(),
      key: "in-flight-1",
      reason: undefined,
      waitMs: 0,
    };
    await bench.commands.submit(testCaller(), input);
    await bench.run(100);
    const asked = stop(bench);
    await bench.run(200);
    await asked;
    const before = bench.writes.filter((write) => write.lane === "stop").length;
    wire.arrive?.();
    await bench.run(200);
    expect(bench.writes.filter((write) => write.lane === "stop").length).toBe(before + 1);
  });

  it.each<[string, Partial<Caller>, string | undefined]>([
    ["operator", { role: "operator" }, undefined],
    ["supervisor", { role: "supervisor" }, undefined],
    ["operator's stop token", { role: "operator", scope: "stop" }, undefined],
    ["guest in its slot", { role: "guest", slots: [{ equipment: "press", startMs: 0, endMs: 9e15 }] }, undefined],
    ["viewer", { role: "viewer" }, "auth/forbidden"],
    ["viewer's stop token", { role: "viewer", scope: "stop" }, "request/not-found"],
    ["guest without a slot", { role: "guest" }, "request/not-found"],
    ["operator of other machines", { equipment: ["other"] }, "request/not-found"],
  ])("%s", async (_who, caller, refusal) => {
    const bench = new ControlBench();
    const asked = stop(bench, testCaller(caller));
    const outcome = asked.then(
      (record) => record.state,
      (error: { code: string }) => error.code,
    );
    await bench.run(500);
    expect(await outcome).toBe(refusal ?? "VERIFIED");
  });

  it("stops all machines that the caller may stop", async () => {
    const bench = new ControlBench();
    const asked = bench.commands.stopAll(testCaller(), { reason: "leaving", waitMs: 9000 });
    await bench.run(500);
    expect(await asked).toMatchObject([{ state: "VERIFIED", reason: "leaving" }]);
  });

  it("asked by a crowd at once is confirmed to each of them, on few writes and reads", async () => {
    const bench = new ControlBench();
    // A bus that takes 20 ms a request, one after the other.
    let free = 0;
    let requests = 0;
    const turn = async () => {
      requests++;
      free = Math.max(free, bench.time.monotonicMs()) + 20;
      const ms = free - bench.time.monotonicMs();
      await new Promise<void>((resolve) => void bench.time.after(ms, resolve));
    };
    const { readNow, write } = bench.desk.field;
    Object.assign(bench.desk.field, {
      readNow: async (...request: Parameters<typeof readNow>) => turn().then(() => readNow(...request)),
      write: async (...request: Parameters<typeof write>) => turn().then(() => write(...request)),
    });
    const asked = Array.from({ length: 200 }, () => stop(bench));
    await bench.run(4000);
    const states = (await Promise.all(asked)).map((record) => record.state);
    expect(new Set(states)).toEqual(new Set(["VERIFIED"]));
    expect(requests).toBeLessThan(10);
  });

  it("is confirmed on a bus that needs longer for a request than lies between two of them", async () => {
    const bench = new ControlBench();
    const waiting: { readonly stop: boolean; go(): void }[] = [];
    let busy = false;
    const next = (): void => {
      const at = Math.max(
        0,
        waiting.findIndex(({ stop }) => stop),
      );
      const [one] = busy ? [] : waiting.splice(at, 1);
      if (!one) return;
      busy = true;
      bench.time.after(700, () => {
        busy = false;
        one.go();
        next();
      });
    };
    // One thing at a time, stops before everything else, as on a Modbus connection.
    const turn = (lane: unknown) =>
      new Promise<void>((go) => {
        waiting.push({ stop: lane === "stop", go });
        next();
      });
    const { readNow, write } = bench.desk.field;
    Object.assign(bench.desk.field, {
      readNow: (...asked: Parameters<typeof readNow>) => turn(asked[2]).then(() => readNow(...asked)),
      write: (...asked: Parameters<typeof write>) => turn(asked[2]).then(() => write(...asked)),
    });
    const stopped = stop(bench);
    await bench.run(4000);
    expect((await stopped).state).toBe("VERIFIED");
  });

  it("is repeated although whoever is asked for the feedback does not answer", async () => {
    const bench = new ControlBench();
    let asked = 0;
    Object.assign(bench.desk.field, {
      readNow: () => {
        asked++;
        return new Promise(() => undefined);
      },
    });
    const stopped = stop(bench);
    await bench.run(4000);
    expect((await stopped).state).toBe("UNKNOWN");
    expect(bench.writes.length).toBeGreaterThanOrEqual(5);
    expect(asked).toBe(1);
  });

  it("is tried for 3 s, however soon its effect should show", async () => {
    const bench = new ControlBench({
      stop: { do: [{ write: "stop_request", value: true }], feedback: { when: "!running", withinMs: 100 } },
    });
    bench.onWrite = () => undefined;
    const stopped = stop(bench);
    await bench.run(1500);
    bench.set("press/running", false);
    await bench.run(500);
    expect((await stopped).state).toBe("VERIFIED");
    expect(bench.writes.length).toBeGreaterThanOrEqual(3);
  });

  it("bounds each write, so that a bus that comes back later stops nothing that was started since", async () => {
    const bench = new ControlBench();
    const until: number[] = [];
    const { write } = bench.desk.field;
    Object.assign(bench.desk.field, {
      write: async (...request: Parameters<typeof write>) => {
        until.push(request[3]);
        return write(...request);
      },
    });
    const asked = stop(bench);
    await bench.run(500);
    await asked;
    expect(until[0]).toBe(1000 + 3000);
  });

  it("is confirmed by a device that can only be heard, by what it says after the request left", async () => {
    const bench = new ControlBench();
    const running = bench.plant.tags.find((tag) => tag.name === "press/running")?.handle ?? -1;
    const since: number[] = [];
    Object.assign(bench.desk.field, {
      readNow: async (_tags: unknown, sinceMs: number) => {
        since.push(sinceMs);
        const heardAt = bench.time.monotonicMs() - bench.image.confirmedAgeMs(running);
        const sample = bench.image.sample(running);
        return [
          heardAt >= sinceMs && sample ? sample : { value: null, status: 0x809b0000, sourceTime: 0, serverTime: 0 },
        ];
      },
    });
    const asked = stop(bench);
    await bench.run(1000);
    expect((await asked).state).toBe("VERIFIED");
    expect(new Set(since)).toEqual(new Set([1000]));
  });

  it("stays told, and keeps the process up, when a round of it ends in an error after its end", async () => {
    const bench = new ControlBench();
    const { write } = bench.desk.field;
    let rounds = 0;
    Object.assign(bench.desk.field, {
      write: async (...request: Parameters<typeof write>) => {
        if (++rounds > 1) throw new Error("a driver that does not keep its promise");
        return write(...request);
      },
    });
    bench.onWrite = () => undefined;
    const asked = stop(bench);
    await bench.run(4000);
    expect((await asked).state).toBe("UNKNOWN");
  });

  it("is recorded later where the store could not be written meanwhile", async () => {
    const bench = new ControlBench();
    bench.store.broken = true;
    const asked = stop(bench);
    await bench.run(500);
    const { id } = await asked;
    expect(bench.store.records.size).toBe(0);
    bench.store.broken = false;
    await bench.run(2000);
    expect(bench.store.records.get(id)?.state).toBe("VERIFIED");
  });
});
