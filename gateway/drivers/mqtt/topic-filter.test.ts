import { describe, expect, it } from "vitest";
import { fill, fillPointer, matches, overlap, parseFilter, subscriptionOf, wrongFilter } from "./topic-filter.ts";

describe("a topic filter with placeholders", () => {
  it.each([
    ["plant/{equipment}/{tag}", "plant/+/+"],
    ["plant/{equipment}/m-{tag}/value", "plant/+/+/value"],
    ["{equipment}", "+"],
    ["fixed/one", "fixed/one"],
  ])("%s is subscribed to as %s", (text, subscription) => {
    expect(wrongFilter(text)).toBeUndefined();
    expect(subscriptionOf(parseFilter(text))).toBe(subscription);
  });

  it("takes all that follows where words have several levels", () => {
    const filter = parseFilter("plant/{tag}", true);
    expect(subscriptionOf(filter)).toBe("plant/#");
    expect(matches(filter, "plant/motor/speed")).toBe(true);
    expect(matches(filter, "plant")).toBe(false);
  });

  it.each([
    ["plant/{tga}", 'did you mean "tag"?'],
    ["plant/{tag", "a brace without its other one"],
    ["plant/+/{tag}", "takes no + and no #"],
    ["plant/{tag}/#", "takes no + and no #"],
    ["$share/a/plant/{tag}", "cannot be shared"],
    ["{tag}/{tag}", "has {tag} twice"],
    ["plant/{equipment}-{tag}", "in one level"],
  ])("%s is refused", (text, why) => {
    expect(wrongFilter(text)).toContain(why);
  });

  it.each([
    ["plant/{equipment}/{tag}", "plant/press/speed", true],
    ["plant/{equipment}/{tag}", "plant/press", false],
    ["plant/{equipment}/{tag}", "plant/press/speed/set", false],
    ["plant/{equipment}/{tag}", "plant//speed", false],
    ["plant/m-{tag}/v", "plant/m-speed/v", true],
    ["plant/m-{tag}/v", "plant/m-/v", false],
    ["plant/m-{tag}/v", "plant/x-speed/v", false],
    ["{equipment}/{tag}", "$SYS/uptime", false],
  ])("%s and the topic %s: %s", (filter, topic, expected) => {
    expect(matches(parseFilter(filter), topic)).toBe(expected);
  });

  it.each([
    ["a/{tag}", "a/{tag}", true],
    ["a/{tag}", "b/{tag}", false],
    ["a/{tag}", "{equipment}/b", true],
    ["a/x-{tag}", "a/y-{tag}", false],
    ["a/x{tag}", "a/xy{tag}", true],
    ["a/{tag}/b", "a/{tag}", false],
    ["a/b", "a/{tag}", true],
  ])("%s and %s can be meant by one message: %s", (a, b, expected) => {
    expect(overlap(parseFilter(a), parseFilter(b))).toBe(expected);
    expect(overlap(parseFilter(b), parseFilter(a))).toBe(expected);
  });

  it("puts words in, and escapes them in a JSON pointer", () => {
    const words = { equipment: "a/b", tag: "c~d" };
    expect(fill("x/{equipment}/{tag}", words)).toBe("x/a/b/c~d");
    expect(fillPointer("/{equipment}/{tag}", words)).toBe("/a~1b/c~0d");
  });
});
