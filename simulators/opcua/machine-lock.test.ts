import { describe, expect, it } from "vitest";
import { MachineLock } from "./machine-lock.ts";

const anna = { session: "s1", application: "urn:gateway", user: "plancia" };
/** The same application on another connection. */
const again = { ...anna, session: "s2" };

describe("the controller's own lock", () => {
  it("admits everybody while nobody holds it", () => {
    const lock = new MachineLock();
    expect(lock.admits("s1")).toBe(true);
    expect(lock.readings).toEqual({ locked: false, application: "", user: "", remainingMs: 0 });
  });

  it("admits its session only, and says whose it is", () => {
    const lock = new MachineLock();
    expect(lock.init(anna)).toBe(0);
    expect([lock.admits("s1"), lock.admits("s2")]).toEqual([true, false]);
    expect(lock.readings).toEqual({ locked: true, application: "urn:gateway", user: "plancia", remainingMs: 30_000 });
    expect([lock.init(again), lock.renew(again), lock.exit(again)]).toEqual([-1, -1, -1]);
    expect(lock.exit(anna)).toBe(0);
    expect([lock.admits("s2"), lock.exit(anna), lock.renew(anna)]).toEqual([true, -1, -1]);
  });

  it.each<[string, (lock: MachineLock) => unknown, boolean]>([
    ["nothing is heard of the holder", () => undefined, false],
    ["it is renewed", (lock) => lock.renew(anna), true],
    ["the holder writes something", (lock) => lock.admits("s1"), true],
    ["somebody else tries", (lock) => lock.admits("s2"), false],
  ])("30 s after it was taken, where after 20 s %s", (_, act, locked) => {
    const lock = new MachineLock();
    lock.init(anna);
    lock.step(20);
    act(lock);
    lock.step(10);
    expect(lock.readings.locked).toBe(locked);
  });

  it("ends with its session, and not with another one", () => {
    const lock = new MachineLock();
    lock.init(anna);
    lock.sessionEnded("s2");
    expect(lock.readings.locked).toBe(true);
    lock.sessionEnded("s1");
    expect(lock.init(again)).toBe(0);
  });

  it("is broken at the panel", () => {
    const lock = new MachineLock();
    expect(lock.breakAtPanel()).toBe("not locked");
    lock.init(anna);
    expect(lock.breakAtPanel()).toBe("done");
    expect(lock.renew(anna)).toBe(-1);
  });
});
