import { describe, expect, it } from "vitest";
import { Slices } from "./slices.ts";

function bench(perTurn: number) {
  const turns: (() => void)[] = [];
  const taken: number[] = [];
  const slices = new Slices<number>(
    perTurn,
    (item) => void taken.push(item),
    (run) => void turns.push(run),
  );
  return { slices, taken, turn: () => turns.splice(0).map((run) => run()).length };
}

describe("slices", () => {
  it("hand on at once what one turn has room for, and the rest in order, so many a turn", () => {
    const { slices, taken, turn } = bench(3);
    for (let n = 0; n < 8; n++) slices.push(n);
    expect(taken).toEqual([0, 1, 2]);
    turn();
    expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
    slices.push(8);
    expect([taken.length, slices.waiting]).toEqual([6, 3]);
    turn();
    expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("have room again in a later turn, and ask for no turn when nothing waits", () => {
    const { slices, taken, turn } = bench(2);
    slices.push(0);
    expect(turn()).toBe(1);
    expect(turn()).toBe(0);
    slices.push(1);
    slices.push(2);
    expect(taken).toEqual([0, 1, 2]);
  });

  it("hand on everything when asked to, once", () => {
    const { slices, taken, turn } = bench(1);
    for (let n = 0; n < 4; n++) slices.push(n);
    slices.flush();
    turn();
    expect([taken, slices.waiting]).toEqual([[0, 1, 2, 3], 0]);
  });

  it("take what is pushed while they hand on, in order and never beyond the turn", () => {
    const turns: (() => void)[] = [];
    const taken: number[] = [];
    const slices: Slices<number> = new Slices<number>(
      2,
      (item) => {
        taken.push(item);
        if (item < 3) slices.push(item + 1);
      },
      (run) => void turns.push(run),
    );
    slices.push(0);
    expect(taken).toEqual([0, 1]);
    for (const run of turns.splice(0)) run();
    expect(taken).toEqual([0, 1, 2, 3]);
  });

  it("let what came meanwhile in between", async () => {
    const order: string[] = [];
    const slices = new Slices<number>(1, (item) => void order.push(String(item)));
    const done = new Promise<void>((resolve) => {
      setTimeout(() => {
        order.push("stop");
        resolve();
      }, 0);
    });
    for (let n = 0; n < 2_000; n++) slices.push(n);
    await done;
    expect(order.indexOf("stop")).toBeLessThan(2_000);
    expect(slices.waiting).toBeGreaterThan(0);
  });
});
