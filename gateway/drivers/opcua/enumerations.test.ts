import { describe, expect, it } from "vitest";
import { Enumerations, textsIn } from "./enumerations.ts";
import { EnumDefinition, EnumValueType, LocalizedText, type NodeId, WireType } from "./node-opcua.ts";
import { standardNode } from "./nodes.ts";

describe("texts of an enumeration", () => {
  it.each<[string, unknown, unknown]>([
    [
      "a definition; its name where nobody gave a text",
      new EnumDefinition({
        fields: [
          { value: [0, 10], name: "Idle", displayName: { text: "At rest" } },
          { value: [0xffff_ffff, 0xffff_ffff], name: "None" },
        ],
      }),
      { "10": "At rest", "-1": "None" },
    ],
    [
      "a list of texts, from 0",
      [new LocalizedText({ text: "Red" }), new LocalizedText({ text: "Blue" })],
      { "0": "Red", "1": "Blue" },
    ],
    [
      "a list of values and texts",
      [new EnumValueType({ value: [0, 7], displayName: { text: "Seven" } })],
      { "7": "Seven" },
    ],
    ["a list with holes", [null, new LocalizedText({ text: "B" }), new LocalizedText({})], { "1": "B" }],
    ["nothing", undefined, undefined],
    ["an empty list", [], undefined],
    ["numbers", [1, 2], undefined],
  ])("is read from %s", (_what, value, texts) => {
    expect(textsIn(value)).toEqual(texts);
  });

  it("is cut where a server exaggerates", () => {
    const endless = Array.from({ length: 2_000 }, () => new LocalizedText({ text: "x".repeat(5_000) }));
    const texts = Object.values(textsIn(endless) ?? {});
    expect([texts.length, texts[0]?.length]).toEqual([1_000, 100]);
  });

  it("comes from the type's properties where the server has no definitions, and is asked for once", async () => {
    const asked: string[] = [];
    const enumerations = new Enumerations(
      { resolve: async () => WireType.Int32, definitionOf: async () => undefined },
      async (_nodes: readonly NodeId[], name: string) => {
        asked.push(name);
        return [name === "EnumStrings" ? [new LocalizedText({ text: "Red" })] : undefined];
      },
    );
    expect(await enumerations.textsOf(standardNode(3000))).toEqual({ "0": "Red" });
    expect(await enumerations.textsOf(standardNode(3000))).toEqual({ "0": "Red" });
    expect(asked).toEqual(["EnumValues", "EnumStrings"]);
    expect(await enumerations.textsOf(standardNode(6))).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});
