import { describe, expect, it } from "vitest";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { Job, JobEnd } from "./bus.ts";
import { PaperDevice } from "./testing/paper-device.ts";

/** Read of one holding register at `start`, answered with its number. */
const read = (start: number, more: Partial<Job> = {}): Job => ({
  device: "plc",
  unitId: 1,
  lane: "poll",
  timeoutMs: 1_000,
  request: { kind: "read", table: "holding", start, count: 1 },
  notAfterMs: Number.POSITIVE_INFINITY,
  ...more,
});
const write = (address: number, more: Partial<Job> = {}): Job =>
  read(0, { lane: "urgent", request: { kind: "write-register", address, value: 1 }, ...more });
const echo = ({ pdu }: { pdu: string }) => (pdu.startsWith("03") ? `0302${pdu.slice(2, 6)}` : pdu);
const short = (request: string) => `${request.slice(0, 2)}@${Number.parseInt(request.slice(2, 6), 16)}`;

describe("one connection's queue", () => {
  it("gives each job its own answer and the time it left", async () => {
    const time = new ManualTime();
    const { bus } = new PaperDevice(time, echo);
    const ends = await Promise.all([bus.submit(read(7)), bus.submit(read(9))]);
    expect(ends).toEqual(
      [7, 9].map((n) => ({ kind: "answer", sentAtMs: 1000, answer: { kind: "data", data: Uint8Array.of(0, n) } })),
    );
    expect(time.pending).toBe(0);
  });

  it("sends a stop next after the request in flight, before writes and polls that wait", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, echo);
    device.held = [];
    const ends = [read(1), read(2), write(3), write(4), write(5, { lane: "stop" })].map((job) =>
      device.bus.submit(job),
    );
    for (let n = 0; n < 5; n++) device.release();
    await Promise.all(ends);
    expect(device.requests.map(short)).toEqual(["03@1", "06@5", "06@3", "06@4", "03@2"]);
  });

  it("R10: sends a stop next, also behind 500 writes", async () => {
    const device = new PaperDevice(new ManualTime(), echo);
    device.held = [];
    const ends = Array.from({ length: 500 }, (_, n) => device.bus.submit(write(n)));
    const stop = device.bus.submit(write(999, { lane: "stop" }));
    device.release();
    device.release();
    expect((await stop).kind).toBe("answer");
    expect(device.requests.map(short).slice(0, 2)).toEqual(["06@0", "06@999"]);
    device.bus.end("done");
    await Promise.all(ends);
  });

  it("R10: sends a stop that comes while a write is looked at before it, one at a time all the same", async () => {
    const device = new PaperDevice(new ManualTime(), echo);
    device.held = [];
    const ends: Promise<JobEnd>[] = [];
    let looks = 0;
    const withdrawn = {
      get aborted() {
        if (looks++ === 0) ends.push(device.bus.submit(write(9, { lane: "stop" })));
        return false;
      },
    };
    ends.push(device.bus.submit(write(1, { withdrawn })), device.bus.submit(write(2)));
    expect(device.requests.map(short)).toEqual(["06@9"]);
    for (let n = 0; n < 3; n++) device.release();
    expect((await Promise.all(ends)).map(({ kind }) => kind)).toEqual(["answer", "answer", "answer"]);
    expect(device.requests.map(short)).toEqual(["06@9", "06@1", "06@2"]);
    expect(looks).toBe(2);
  });

  it("looks at the age of a write right before it leaves", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, echo);
    device.held = [];
    const first = device.bus.submit(read(1));
    const late = device.bus.submit(write(2, { notAfterMs: time.monotonicMs() + 500 }));
    const stop = device.bus.submit(write(3, { lane: "stop" }));
    await time.advance(501);
    device.release();
    device.release();
    expect(await late).toEqual({ kind: "expired" });
    expect((await stop).kind).toBe("answer");
    await first;
    expect(device.requests.map(short)).toEqual(["03@1", "06@3"]);
  });

  it("keeps a write back, and lets it grow too old, while earlier bytes have not left", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, echo);
    device.free = false;
    const end = device.bus.submit(write(1, { notAfterMs: time.monotonicMs() + 100 }));
    await time.advance(200);
    device.free = true;
    device.bus.pump();
    expect(await end).toEqual({ kind: "expired" });
    expect(device.requests).toEqual([]);
  });

  it("lets a write that was taken back while it waited not leave, and one in flight come to its end", async () => {
    const stop = new AbortController();
    const device = new PaperDevice(new ManualTime(), echo);
    device.held = [];
    const ends = [1, 2].map((n) => device.bus.submit(write(n, { withdrawn: stop.signal })));
    stop.abort();
    device.release();
    expect(await Promise.all(ends)).toMatchObject([{ kind: "answer" }, { kind: "withdrawn" }]);
    expect(device.requests).toHaveLength(1);
  });

  it("has at most `depth` requests in flight", async () => {
    const device = new PaperDevice(new ManualTime(), echo, { depth: 3 });
    device.held = [];
    const ends = Array.from({ length: 5 }, (_, n) => device.bus.submit(read(n)));
    expect(device.requests).toHaveLength(3);
    device.release();
    expect(device.requests).toHaveLength(5);
    device.release();
    await Promise.all(ends);
  });

  it("rests between an answer and the next request when told to", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, echo, { pauseMs: 50 });
    const ends = [device.bus.submit(read(1)), device.bus.submit(read(2))];
    await ends[0];
    await time.advance(49);
    expect(device.requests).toHaveLength(1);
    await time.advance(1);
    expect(device.requests).toHaveLength(2);
    await ends[1];
    expect(time.pending).toBe(0);
  });

  it("says silent after the time-out, goes on with the next, and drops the answer that comes late", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, echo);
    device.held = [];
    const silent = device.bus.submit(read(1));
    const next = device.bus.submit(read(2, { timeoutMs: 5_000 }));
    await time.advance(1_000);
    expect(await silent).toEqual({ kind: "silent", sentAtMs: 1000 });
    device.release();
    expect(await next).toMatchObject({ kind: "answer", answer: { data: Uint8Array.of(0, 2) } });
    expect(device.bus.counts).toMatchObject({ requests: 2, failures: 1, timeouts: 1, strays: 1, waiting: 0 });
  });

  it("takes the connection for dead after three time-outs with no byte in between", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, ({ pdu }) => (short(pdu) === "03@9" ? echo({ pdu }) : undefined));
    const all = [1, 2, 9, 3, 4].map((start) => device.bus.submit(read(start)));
    await time.advance(4_000);
    expect(device.broken).toEqual([]);
    all.push(device.bus.submit(read(5)));
    await time.advance(1_000);
    expect(device.broken).toEqual(["3 requests without an answer"]);
    await Promise.all(all);
  });

  it("reports a stream that cannot be trusted", async () => {
    const device = new PaperDevice(new ManualTime(), () => undefined);
    const end = device.bus.submit(read(1));
    device.bus.receive(Buffer.from("HTTP/1.1 400\r\n"));
    expect(device.broken).toEqual(["protocol id 21584 instead of 0"]);
    device.bus.end("reset");
    expect(await end).toEqual({ kind: "lost", sentAtMs: 1000, why: "reset" });
  });

  it("tells at its end which job's bytes had left, and takes none afterwards", async () => {
    const time = new ManualTime();
    const device = new PaperDevice(time, () => undefined, { pauseMs: 5 });
    const ends = [device.bus.submit(write(1)), device.bus.submit(write(2))];
    device.bus.end("cut");
    device.bus.end("again");
    ends.push(device.bus.submit(write(3)));
    expect(await Promise.all(ends)).toEqual<JobEnd[]>([
      { kind: "lost", sentAtMs: 1000, why: "cut" },
      { kind: "lost", sentAtMs: undefined, why: "cut" },
      { kind: "lost", sentAtMs: undefined, why: "cut" },
    ]);
    expect(device.requests).toHaveLength(1);
    expect(time.pending).toBe(0);
  });

  it("lets go of a job that is given up: waiting, it never leaves; in flight, its place stays taken", async () => {
    const device = new PaperDevice(new ManualTime(), echo);
    device.held = [];
    const giveUp = new AbortController();
    const ends = [read(1), read(2)].map((job) => device.bus.submit(job, giveUp.signal));
    const last = device.bus.submit(read(3));
    giveUp.abort();
    ends.push(device.bus.submit(read(4), giveUp.signal));
    expect(await Promise.all(ends)).toEqual(ends.map(() => ({ kind: "cancelled" })));
    expect(device.requests.map(short)).toEqual(["03@1"]);
    device.release();
    device.release();
    expect((await last).kind).toBe("answer");
    expect(device.requests.map(short)).toEqual(["03@1", "03@3"]);
  });

  it("refuses a job beyond the limit of its lane", async () => {
    const device = new PaperDevice(new ManualTime(), () => undefined);
    const ends = Array.from({ length: 258 }, (_, n) => device.bus.submit(write(n)));
    expect(await ends[257]).toEqual({ kind: "full" });
    expect(device.bus.counts).toMatchObject({ waiting: 256, refused: 1 });
    device.bus.end("done");
    await Promise.all(ends);
  });
});
