import { describe, expect, it } from "vitest";
import type { Channel, Point, PointFacts } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import type { Tag } from "../../core/plant.ts";
import { Offers } from "./offers.ts";

const told: PointFacts = { unit: "mm", range: [0, 200], texts: { "1": "One" } };
const point: Point = { handle: 0, address: "x", type: "int32", writable: false };

async function offered(
  more: Partial<Tag>,
  describe: Channel["describe"] = async () => [told],
  signal = new AbortController().signal,
) {
  // Of a tag only what is looked at.
  const tag = { scale: 1, offset: 0, unit: undefined, range: undefined, texts: undefined, ...more } as Tag;
  const offers = new Offers([tag], silentLog);
  await offers.ask({ describe } as Channel, "plc", [point], signal);
  return offers.of(0);
}

describe("what a device says of a tag", () => {
  it.each<[string, Partial<Tag>, PointFacts | undefined]>([
    ["nothing is configured", {}, told],
    ["it has a unit", { unit: "cm" }, { range: [0, 200], texts: { "1": "One" } }],
    ["it has a range", { range: [0, 100] }, { unit: "mm", texts: { "1": "One" } }],
    ["it has texts", { texts: new Map() }, { unit: "mm", range: [0, 200] }],
    ["it has all", { unit: "cm", range: [0, 1], texts: new Map() }, undefined],
    ["its numbers are scaled", { scale: 0.1 }, undefined],
    ["its numbers are shifted", { offset: -40 }, undefined],
  ])("is offered where %s", async (_what, tag, expected) => {
    expect(await offered(tag)).toEqual(expected);
  });

  it("is not taken from a connection that is gone, nor from a driver that throws or says nothing", async () => {
    const gone = new AbortController();
    const late = async () => {
      gone.abort();
      return [told];
    };
    expect(await offered({}, late, gone.signal)).toBeUndefined();
    expect(await offered({}, async () => Promise.reject(new Error("no")))).toBeUndefined();
    expect(await offered({}, async () => [])).toBeUndefined();
  });
});
