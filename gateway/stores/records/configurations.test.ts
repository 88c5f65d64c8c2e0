import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { startVersion } from "../../services/configuration-versions.ts";
import { type RecordsBench, recordsBench } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const version = (text: string, more: object = {}) => ({
  ...{ at: 1_000, who: "anna", why: undefined, leftOut: 0, startedAt: undefined },
  ...{ text, plain: `{"site":"${text}"}` },
  ...more,
});

describe("the versions of a configuration, in the records", () => {
  it("are numbered, listed without their text, and found whole", async () => {
    const { configurations } = bench.records;
    expect([await configurations.newest(), await configurations.list()]).toEqual([undefined, []]);
    const first = version("a", { why: "first", leftOut: 2 });
    expect(await configurations.add(first)).toBe(1);
    expect(await configurations.add(version("b"))).toBe(2);
    expect(await configurations.find(1)).toEqual({ n: 1, ...first });
    expect(await configurations.find(3)).toBeUndefined();
    const { text: _, plain: __, ...told } = first;
    expect((await configurations.list()).map(({ n }) => n)).toEqual([2, 1]);
    expect((await configurations.list())[1]).toEqual({ n: 1, ...told });
  });

  it("are the newest thousand, and no number is given twice", async () => {
    const { configurations } = bench.records;
    for (let batch = 0; batch < 6; batch++)
      await Promise.all(Array.from({ length: 167 }, () => configurations.add(version("a"))));
    const kept = await configurations.list();
    expect([kept.length, kept[0]?.n, kept.at(-1)?.n]).toEqual([1_000, 1_002, 3]);
  });

  it("are marked at a start where the file is the newest, and one more where it is another", async () => {
    const { configurations } = bench.records;
    const time = new ManualTime();
    const start = (text: string) => startVersion(configurations, time, { text, leftOut: 0, plain: "{}" });
    expect(await start("a")).toBe(1);
    expect(await start("a")).toBe(1);
    await configurations.add(version("b", { why: "more speed" }));
    expect(await start("b")).toBe(2);
    expect(await start("a")).toBe(3);
    expect((await configurations.list()).map(({ n, who, why }) => [n, who, why])).toEqual([
      [3, "system:gateway", undefined],
      [2, "anna", "more speed"],
      [1, "system:gateway", undefined],
    ]);
    expect((await configurations.find(2))?.startedAt).toBe(time.wallMs());
  });
});
