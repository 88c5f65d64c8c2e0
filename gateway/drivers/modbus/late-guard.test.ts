import { expect, it } from "vitest";
import type { Job } from "./bus.ts";
import { LateGuard } from "./late-guard.ts";

it("lets the reads of a unit leave when its timer fires, whatever the clock says then", () => {
  const due: (() => unknown)[] = [];
  const timers = {
    after(_ms: number, run: () => unknown) {
      due.push(run);
      return () => void due.splice(due.indexOf(run), 1);
    },
    every: () => () => {},
  };
  const guard = new LateGuard(timers);
  const job = { unitId: 1, timeoutMs: 200, request: { kind: "read", table: "coil", start: 0, count: 1 } } as Job;
  let pumped = 0;
  guard.timedOut(job, () => pumped++);
  guard.timedOut(job, () => pumped++);
  expect([guard.mayLeave(job), due.length]).toEqual([false, 1]);
  due[0]?.();
  expect([guard.mayLeave(job), guard.isOwed(1), pumped]).toEqual([true, true, 1]);
  guard.settled(1);
  expect(guard.isOwed(1)).toBe(false);
});

it("waits as long after a short try as after a whole time-out", () => {
  const waits: number[] = [];
  const after = (ms: number) => {
    waits.push(ms);
    return () => {};
  };
  const guard = new LateGuard({ after, every: () => () => {} });
  const job = { unitId: 1, timeoutMs: 200, request: { kind: "read", table: "coil", start: 0, count: 1 } } as Job;
  guard.timedOut(job, () => {});
  guard.timedOut({ ...job, lateMs: 1_800 }, () => {});
  expect(waits).toEqual([200, 1_800]);
});
