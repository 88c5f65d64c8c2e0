import { describe, expect, it } from "vitest";
import type { Point, Reading } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { opcua } from "./manifest.ts";
import { DataValue, ReadRequest, type Variant, WireType } from "./node-opcua.ts";
import { Polling } from "./polling.ts";
import { answer, refusal, ScriptedSession } from "./testing/scripted-session.ts";

const point = (handle: number, more: object = {}): Point => ({
  ...{
    handle,
    address: opcua.address.parse({ nodeId: `ns=1;s=T${handle}`, ...more }),
    type: "double",
    writable: false,
  },
});

/** A server whose answers wait until they are given. */
function bench(nodesPerRead = 1000) {
  const time = new ManualTime();
  const told: (readonly [number, Reading["value"], number])[] = [];
  const confirmed: (readonly number[] | undefined)[] = [];
  const lost: string[] = [];
  const session = new ScriptedSession(() => undefined);
  const polling = new Polling({
    ...{ device: "plc", intervalMs: 100, timeoutMs: 2_000, session, clock: time, timers: time },
    facts: { nodesPerRead, pathsPerTranslate: 1000, itemsPerCall: 1000, namespaces: [] },
    structures: { learn: async () => undefined, leaf: (variant: Variant) => variant },
    sink: {
      readings: (_device, handles, readings) =>
        handles.forEach((handle, i) => void told.push([handle, readings[i]?.value ?? null, readings[i]?.status ?? 0])),
      alive: (_device, handles) => void confirmed.push(handles),
    },
    onLost: (why) => void lost.push(why),
  });
  const give = async (...values: readonly (number | { readonly status: number })[]) => {
    const results = values.map((value) =>
      typeof value === "number"
        ? new DataValue({ value: { dataType: WireType.Double, value }, sourceTimestamp: new Date(time.wallMs()) })
        : { statusCode: { value: value.status, name: "Bad" } },
    );
    session.answer(answer({ results }));
    await time.advance(0);
  };
  const asked = () =>
    session.of(ReadRequest).map(({ nodesToRead = [] }) => nodesToRead?.map(({ nodeId }) => nodeId.value));
  return { time, told, confirmed, lost, session, polling, give, asked };
}

describe("points that the server does not tell of by itself", () => {
  it("are read at once and then each at its own sampling period, in groups within the server's limit", async () => {
    const { polling, time, asked, give } = bench(2);
    polling.add([point(0), point(1), point(2, { sampling: "1s" })], "no subscription");
    await time.advance(0);
    expect(asked()).toEqual([["T0", "T1"], ["T2"]]);
    await give(1, 2);
    await give(3);
    await time.advance(100);
    expect(asked().slice(2)).toEqual([["T0", "T1"]]);
    await give(1, 2);
    expect(polling.facts).toEqual({ points: 3, everyMs: 100, why: "no subscription" });
  });

  it("are not asked for a second time while an answer is awaited", async () => {
    const { polling, time, asked, give } = bench();
    polling.add([point(0)], "why");
    await time.advance(1_000);
    expect(asked()).toHaveLength(1);
    await give(1);
    await time.advance(100);
    expect(asked()).toHaveLength(2);
  });

  it("are told where they changed, with quality, and confirmed where not", async () => {
    const { polling, time, told, confirmed, give } = bench();
    polling.add([point(0), point(1, { deadband: { absolute: 5 } })], "why");
    for (const values of [
      [1, 10],
      [2, 15],
      [{ status: Status.Bad_DeviceFailure }, 16],
    ] as const) {
      await time.advance(100);
      await give(...values);
    }
    expect(told).toEqual([
      [0, 1, Status.Good],
      [1, 10, Status.Good],
      [0, 2, Status.Good],
      [0, null, Status.Bad_DeviceFailure],
      [1, 16, Status.Good],
    ]);
    expect(confirmed).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it("are not told, nor confirmed, by an answer that comes after its time", async () => {
    const { polling, time, told, confirmed, give } = bench();
    polling.add([point(0)], "why");
    await time.advance(2_001);
    await give(1);
    expect([told, confirmed]).toEqual([[], []]);
    await time.advance(100);
    await give(2);
    expect([told, confirmed]).toEqual([[[0, 2, Status.Good]], [[0]]]);
  });

  it("are not told by an answer that is overtaken by the server's own words", async () => {
    const { polling, time, told, give } = bench();
    polling.add([point(0), point(1)], "why");
    polling.remove([point(0)]);
    await time.advance(0);
    await give(1, 2);
    expect(told).toEqual([[1, 2, Status.Good]]);
    polling.remove([point(1)]);
    expect([polling.facts, time.pending]).toEqual([undefined, 0]);
  });

  it("are confirmed by another answer only as long as their own is not overdue", async () => {
    const { polling, time, confirmed, give } = bench();
    polling.add([point(0, { sampling: "1s" })], "why");
    await time.advance(0);
    await give(1);
    await time.advance(3_000);
    polling.confirm();
    expect(confirmed).toEqual([[0], [0]]);
    await time.advance(1);
    polling.confirm();
    expect(confirmed).toHaveLength(2);
  });

  it("are read in halves where the server finds a group too large, and the channel is lost where the wire is", async () => {
    const { polling, time, told, session, lost, give } = bench();
    polling.add([point(0), point(1)], "why");
    await time.advance(0);
    session.answer(refusal("BadTooManyOperations", 0x80100000));
    await time.advance(0);
    await give(1);
    await give(2);
    expect(told).toHaveLength(2);
    await time.advance(100);
    session.answer({ kind: "lost", why: "the connection broke", sentAtMs: 0 });
    await time.advance(0);
    expect(lost).toEqual(["the connection broke"]);
    polling.stop();
    expect(time.pending).toBe(0);
  });
});
