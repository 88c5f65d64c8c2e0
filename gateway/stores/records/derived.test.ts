import { describe, expect, it } from "vitest";
import { recordsBench } from "./testing/bench.ts";

const state = (tag: string, body: string, savedAt = 1_000) => ({ tag, definition: "d", body, savedAt });

describe("what derived tags remember", () => {
  it("is kept by name, the newest of each, and all of one call", async () => {
    await using bench = await recordsBench();
    const { derived } = bench.records;
    expect(await derived.list()).toEqual([]);
    await derived.put([state("press/a", "1"), state("__proto__/constructor", "2")]);
    await derived.put([state("press/a", "3", 2_000)]);
    const found = new Map((await derived.list()).map((each) => [each.tag, each]));
    expect(found.get("press/a")).toEqual(state("press/a", "3", 2_000));
    expect(found.get("__proto__/constructor")?.body).toBe("2");
  });

  it("is forgotten for tags that are gone, once it is old enough", async () => {
    await using bench = await recordsBench();
    const { derived } = bench.records;
    await derived.put([state("a/old", "1", 1_000), state("a/new", "2", 5_000), state("a/kept", "3", 1_000)]);
    await derived.forget(["a/old", "a/new", "a/none"], 2_000);
    expect((await derived.list()).map(({ tag }) => tag).sort()).toEqual(["a/kept", "a/new"]);
  });
});
