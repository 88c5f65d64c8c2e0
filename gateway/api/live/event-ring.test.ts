import { describe, expect, it } from "vitest";
import { EventRing } from "./event-ring.ts";

const everybody = () => true;
const event = { kind: "bookings" } as const;

describe("the ring of events", () => {
  it("numbers them without gaps from the start's clock", () => {
    const ring = new EventRing(4, 1000.7);
    expect([ring.newest, ring.oldest]).toEqual([1000, 1001]);
    expect([ring.push(event, everybody).seq, ring.push(event, everybody).seq]).toEqual([1001, 1002]);
    expect(ring.at(1002)?.frame.toString("utf8", 2)).toBe('{"type":"event","seq":1002,"event":{"kind":"bookings"}}');
  });

  it("keeps the last ones only", () => {
    const ring = new EventRing(3, 0);
    for (let n = 0; n < 5; n++) ring.push(event, everybody);
    expect([ring.oldest, ring.newest]).toEqual([3, 5]);
    expect([ring.at(2), ring.at(3)?.seq, ring.at(5)?.seq, ring.at(6)]).toEqual([undefined, 3, 5, undefined]);
  });

  it.each([
    [1, false],
    [2, true],
    [5, true],
    [6, false],
  ])("knows whether it reaches back to %i", (since, whole) => {
    const ring = new EventRing(3, 0);
    for (let n = 0; n < 5; n++) ring.push(event, everybody);
    expect(ring.reaches(since)).toBe(whole);
  });
});
