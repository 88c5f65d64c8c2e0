import { describe, expect, it } from "vitest";
import type { CallRequest, Point, WriteRequest } from "../../core/driver-port.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { CallRequest as WireCall, WireType, WriteRequest as WireWrite } from "./node-opcua.ts";
import { Sending } from "./sending.ts";
import { answer, ScriptedSession } from "./testing/scripted-session.ts";

const facts = { nodesPerRead: 10, pathsPerTranslate: 10, itemsPerCall: 10, namespaces: [] };
const good = { value: 0, name: "Good" };
const point = (name: string): Point => ({ handle: 0, address: `ns=1;s=${name}`, type: "uint16", writable: true });
const target = point("Target");
const stop = point("Stop");
const done = () => answer({ results: [good] });
const called = () => answer({ results: [{ statusCode: good, outputArguments: [] }] });
const method = { object: "ns=1;s=Press", method: "ns=1;s=Press.Go" };

/** A driver's sending end on a session that answers nothing until it is told to. */
function setUp() {
  const time = new ManualTime(Date.UTC(2026, 0, 1), 0);
  const session = new ScriptedSession(() => undefined);
  const types = { ofVariables: async (all: readonly unknown[]) => all.map(() => WireType.UInt16) };
  let open = true;
  const sending = new Sending(time, () => (open ? { session, facts, types } : undefined));
  const write = (value: number, more: Partial<WriteRequest> = {}) =>
    sending.write({ device: "plc", point: target, value, notAfterMs: 1_000, lane: "normal", ...more }, 1_000);
  const call = (more: Partial<CallRequest> = {}) =>
    sending.call({ device: "plc", method, arguments: [], notAfterMs: 1_000, lane: "normal", ...more }, 1_000);
  /** What left, in its order: values written, and "call". */
  const left = () =>
    session.requests.map((request) =>
      request instanceof WireWrite ? request.nodesToWrite?.[0]?.value.value?.value : "call",
    );
  const cut = () => {
    open = false;
  };
  return { time, session, sending, write, call, left, cut };
}

/** Everything that can run without an answer has run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("writes and calls of one connection", () => {
  it("go one at a time, in the order given", async () => {
    const { session, write, call, left } = setUp();
    const all = [write(1), call(), write(2)];
    await settled();
    expect(left()).toEqual([1]);
    session.answer(done());
    await settled();
    expect(left()).toEqual([1, "call"]);
    session.answer(called());
    await settled();
    session.answer(done());
    expect((await Promise.all(all)).map(({ outcome }) => outcome)).toEqual(["written", "written", "written"]);
    expect(left()).toEqual([1, "call", 2]);
  });

  it("R10: a stop overtakes 500 that wait, as a write and as a call", async () => {
    const { session, sending, write, call, left, cut } = setUp();
    const waiting = Array.from({ length: 500 }, (_, n) => (n % 2 ? call() : write(n)));
    await settled();
    const stops = [write(9, { point: stop, lane: "stop" }), call({ lane: "stop" })];
    expect(left()).toEqual([0, 9, "call"]);
    expect(sending.waiting.waitingWrites).toBeGreaterThan(0);
    cut();
    session.answer(done());
    session.answer(done());
    session.answer(called());
    expect((await Promise.all(stops)).map(({ outcome }) => outcome)).toEqual(["written", "written"]);
    await Promise.all(waiting);
  });

  it("are refused beyond their limit, and counted", async () => {
    const { session, sending, call, cut } = setUp();
    const all = Array.from({ length: 500 }, () => call());
    await settled();
    const { waitingWrites, refusedWrites } = sending.waiting;
    expect(1 + waitingWrites + refusedWrites).toBe(500);
    cut();
    session.answer(called());
    const results = await Promise.all(all);
    expect(results.filter(({ outcome }) => outcome === "written")).toHaveLength(1);
    expect(session.of(WireCall)).toHaveLength(1);
  });

  it("do not leave when their time passed or they were taken back while they waited", async () => {
    const { time, session, call, left } = setUp();
    const taken = new AbortController();
    const first = call();
    const late = call({ notAfterMs: 50 });
    const back = call({ withdrawn: taken.signal });
    await time.advance(51);
    taken.abort();
    session.answer(called());
    expect(await late).toMatchObject({ outcome: "not-sent", reason: "expired" });
    expect(await back).toMatchObject({ outcome: "not-sent", reason: "withdrawn" });
    expect(await first).toMatchObject({ outcome: "written" });
    expect(left()).toEqual(["call"]);
  });

  it("do not leave late as a stop either: it might stop what was started since", async () => {
    const { time, call, left } = setUp();
    await time.advance(1_001);
    expect(await call({ lane: "stop" })).toMatchObject({ outcome: "not-sent", reason: "expired" });
    expect(left()).toEqual([]);
  });

  it("ask for the type of an unknown node before a write, and not before a stop", async () => {
    const time = new ManualTime();
    const asked: number[] = [];
    const session = new ScriptedSession(() => done());
    const types = {
      ofVariables: async (all: readonly unknown[]) => {
        asked.push(all.length);
        return all.map(() => WireType.Double);
      },
    };
    const sending = new Sending(time, () => ({ session, facts, types }));
    const request = { device: "plc", value: 1, notAfterMs: Number.POSITIVE_INFINITY };
    await sending.write({ ...request, point: stop, lane: "stop" }, 1_000);
    expect(asked).toEqual([]);
    await sending.write({ ...request, point: target, lane: "normal" }, 1_000);
    await sending.write({ ...request, point: target, lane: "normal" }, 1_000);
    expect(asked).toEqual([1]);
    const sent = session.of(WireWrite).map((each) => each.nodesToWrite?.[0]?.value.value?.dataType);
    expect(sent).toEqual([WireType.UInt16, WireType.Double, WireType.Double]);
  });

  it("are not sent without a session", async () => {
    const { write, call, left, cut } = setUp();
    cut();
    expect(await write(1)).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
    expect(await call({ lane: "stop" })).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
    expect(left()).toEqual([]);
  });
});
