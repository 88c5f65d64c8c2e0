import { describe, expect, it } from "vitest";
import { type Lane, Lanes, laneLimit } from "./lanes.ts";

const job = (name: string, lane: Lane = "poll", device = "a") => ({ name, lane, device });
const anyone = () => true;

function takeAll(lanes: Lanes<ReturnType<typeof job>>): string[] {
  const names: string[] = [];
  for (let next = lanes.take(anyone); next; next = lanes.take(anyone)) names.push(next.name);
  return names;
}

describe("the lanes of a bus", () => {
  it("takes stops first, then urgent jobs, then polls; each lane in the order it came", () => {
    const lanes = new Lanes<ReturnType<typeof job>>();
    for (const [name, lane] of [
      ["p1", "poll"],
      ["w1", "urgent"],
      ["w2", "urgent"],
      ["s1", "stop"],
      ["s2", "stop"],
    ] as const) {
      lanes.push(job(name, lane));
    }
    expect(takeAll(lanes)).toEqual(["s1", "s2", "w1", "w2", "p1"]);
  });

  it("lets the polls of devices take turns", () => {
    const lanes = new Lanes<ReturnType<typeof job>>();
    for (const name of ["a1", "a2", "a3", "b1", "b2", "c1"]) lanes.push(job(name, "poll", name[0]));
    expect(takeAll(lanes)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("passes over a device that may not be asked now", () => {
    const lanes = new Lanes<ReturnType<typeof job>>();
    lanes.push(job("a1", "urgent", "a"));
    lanes.push(job("b1", "urgent", "b"));
    expect(lanes.take((job) => job.device !== "a")?.name).toBe("b1");
    expect(lanes.take(anyone)?.name).toBe("a1");
  });

  it("has a limit per lane and per device's polls, and counts what it refuses", () => {
    const lanes = new Lanes<ReturnType<typeof job>>();
    for (let n = 0; n < laneLimit; n++) expect(lanes.push(job(`a${n}`))).toBe(true);
    expect(lanes.push(job("one too many"))).toBe(false);
    expect(lanes.push(job("b", "poll", "b"))).toBe(true);
    expect(lanes.push(job("s", "stop"))).toBe(true);
    expect(lanes.refused).toBe(1);
    expect(lanes.waiting).toBe(laneLimit + 2);
  });

  it("forgets a job that is given up, and empties itself", () => {
    const lanes = new Lanes<ReturnType<typeof job>>();
    const given = job("given up", "urgent");
    lanes.push(given);
    lanes.push(job("p"));
    expect(lanes.remove(given)).toBe(true);
    expect(lanes.remove(given)).toBe(false);
    expect(lanes.drain().map(({ name }) => name)).toEqual(["p"]);
    expect(lanes.waiting).toBe(0);
  });
});
