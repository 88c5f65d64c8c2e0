import { describe, expect, it } from "vitest";
import { gives, subscriptionsOf } from "./subscribing.ts";
import { Topics } from "./topics.ts";
import { Unmapped } from "./unmapped.ts";

const topics = (...each: object[]) => each.map((one) => Topics.parse(one));
const byRule = { filter: "plant/{equipment}/{tag}" };

describe("what is asked of the broker", () => {
  it("is one subscription for all topics that a filter gives, with the highest QoS among them", () => {
    const exact = new Map<string, 0 | 1>([
      ["plant/press/speed", 0],
      ["plant/press/count", 1],
      ["other/one", 0],
    ]);
    expect([...subscriptionsOf(exact, topics(byRule))]).toEqual([
      ["plant/+/+", 1],
      ["other/one", 0],
    ]);
  });

  it("is each topic by itself where nobody wants to hear of others", () => {
    const exact = new Map<string, 0 | 1>([["plant/press/speed", 0]]);
    expect([...subscriptionsOf(exact, topics({ ...byRule, unmapped: "ignore" }))]).toEqual([["plant/press/speed", 0]]);
  });

  it("is settled for a hundred thousand topics without comparing each with each", () => {
    const exact = new Map(Array.from({ length: 100_000 }, (_, n) => [`other/${n}`, 0 as const]));
    const wanted = subscriptionsOf(exact, topics(byRule));
    expect(wanted.size).toBe(100_001);
    expect(wanted.get("plant/+/+")).toBe(0);
  });

  it.each([
    ["a/+", "a/b", true],
    ["a/+", "a/b/c", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["+/b", "$SYS/b", false],
    ["a/b", "a/b", true],
  ])("%s gives %s: %s", (subscription, topic, expected) => {
    expect(gives(subscription, topic)).toBe(expected);
  });
});

describe("messages that are no tag", () => {
  it("are counted, the last twenty named, each once and the newest first", () => {
    const unmapped = new Unmapped(topics(byRule));
    for (let n = 0; n < 30; n++) unmapped.message(`plant/press/t${n}`);
    unmapped.message("plant/press/t15");
    unmapped.message("elsewhere/t1");
    const { count, last } = unmapped.statistics ?? { count: 0, last: [] };
    expect(count).toBe(31);
    expect(last).toHaveLength(20);
    expect(last.slice(0, 3)).toEqual(["plant/press/t15", "plant/press/t29", "plant/press/t28"]);
  });

  it("are nobody's business where they are to be ignored", () => {
    expect(new Unmapped(topics({ ...byRule, unmapped: "ignore" })).statistics).toBeUndefined();
  });
});
