import { describe, expect, it } from "vitest";
import { RecentTable } from "./recent-table.ts";

describe("a recent table", () => {
  it("forgets a row that was not touched for its time", () => {
    const table = new RecentTable<number>(10, 100);
    table.set("__proto__", 1, 0);
    expect(table.get("__proto__", 99)).toBe(1);
    expect(table.get("__proto__", 100)).toBeUndefined();
    expect(table.get("constructor", 0)).toBeUndefined();
  });

  it("throws out the row untouched for longest when it is full, and counts it", () => {
    const table = new RecentTable<number>(2, 1_000);
    table.set("a", 1, 0);
    table.set("b", 1, 1);
    table.set("a", 2, 2);
    table.set("c", 1, 3);
    expect([table.get("a", 4), table.get("b", 4), table.get("c", 4)]).toEqual([2, undefined, 1]);
    expect([table.size, table.evictions]).toEqual([2, 1]);
  });
});
