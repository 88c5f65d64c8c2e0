import { describe, expect, it } from "vitest";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { lookEveryMs, looksAtATime, WaitingLooks } from "./waiting-looks.ts";

describe("what waits for its turn", () => {
  it("is looked at all the time while it is little, and never once it has ended", async () => {
    const time = new ManualTime();
    const looks = new WaitingLooks();
    const seen = [0, 0];
    const count = (n: number) => () => void seen.splice(n, 1, (seen[n] ?? 0) + 1);
    const [endFirst, endSecond] = [0, 1].map((n) => looks.add(time, count(n)));
    await time.advance(3 * lookEveryMs);
    expect(seen).toEqual([3, 3]);
    endFirst?.();
    await time.advance(lookEveryMs);
    expect(seen).toEqual([3, 4]);
    endSecond?.();
    expect(time.pending).toBe(0);
  });

  it("is looked at in turn, so many at a time, when there are hundreds", async () => {
    const time = new ManualTime();
    const looks = new WaitingLooks();
    const seen = new Map<number, number>();
    const ends = Array.from({ length: 500 }, (_, n) => looks.add(time, () => void seen.set(n, (seen.get(n) ?? 0) + 1)));
    await time.advance(lookEveryMs);
    expect(seen.size).toBe(looksAtATime);
    await time.advance((500 / looksAtATime - 1) * lookEveryMs);
    expect([seen.size, new Set(seen.values())]).toEqual([500, new Set([1])]);
    for (const end of ends) end();
    expect(time.pending).toBe(0);
  });

  it("may end another one, which is not looked at any more", async () => {
    const time = new ManualTime();
    const looks = new WaitingLooks();
    let endOther = (): void => undefined;
    let others = 0;
    looks.add(time, () => endOther());
    endOther = looks.add(time, () => void others++);
    await time.advance(2 * lookEveryMs);
    expect(others).toBe(0);
  });
});
