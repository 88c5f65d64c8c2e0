import { describe, expect, it } from "vitest";
import { Status } from "../../core/status.ts";
import {
  NodeId,
  NodeIdType,
  OpaqueStructure,
  StructureDefinition,
  Variant,
  VariantArrayType,
  WireType,
} from "./node-opcua.ts";
import { standardNode } from "./nodes.ts";
import { Structures } from "./structures.ts";

const own = (id: number) => new NodeId(NodeIdType.NUMERIC, id, 1);
const field = (name: string, dataType: NodeId, valueRank = -1, isOptional = false) => ({
  name,
  dataType,
  valueRank,
  isOptional,
});
const int16 = standardNode(4);

/** `Press` (type 1, encoding 101) as the server defines it; the variable is node 9. */
async function pressed(fields: object[], structureType = 0): Promise<Structures> {
  const structures = new Structures({
    declaredBy: async (variables) => variables.map(() => own(1)),
    definitionOf: async (type) =>
      type.value === 1
        ? new StructureDefinition({ defaultEncodingId: own(101), structureType, fields } as object)
        : undefined,
    resolve: async ({ namespace, value }) => (namespace === 0 ? (value as WireType) : WireType.ExtensionObject),
  });
  await structures.learn([own(9)]);
  return structures;
}

const opaque = (bytes: readonly number[], encoding = 101) =>
  new Variant({
    dataType: WireType.ExtensionObject,
    arrayType: VariantArrayType.Scalar,
    value: new OpaqueStructure(own(encoding), Buffer.from(bytes)),
  });

const list = [field("a", int16, 1)];
const square = [field("m", int16, 2)];
const tree = [field("a", int16), field("children", own(1), 1)];

describe("a field of a structure", () => {
  it.each<[string, object[], number, number[], (string | number)[], unknown]>([
    ["a value", [field("a", int16), field("b", int16)], 0, [1, 0, 255, 255], ["b"], -1],
    ["an element", list, 0, [2, 0, 0, 0, 7, 0, 8, 0], ["a", 1], 8],
    ["an element of no list", list, 0, [255, 255, 255, 255], ["a", 0], Status.Bad_NoData],
    ["an element of a matrix", square, 0, [2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 8, 0], ["m", 0, 1], 8],
    ["an optional field", [field("a", int16, -1, true), field("b", int16, -1, true)], 1, [2, 0, 0, 0, 5, 0], ["b"], 5],
    ["one that is not there", [field("a", int16, -1, true)], 1, [0, 0, 0, 0], ["a"], Status.Bad_NoData],
    ["the chosen one of a union", [field("a", int16), field("b", int16)], 2, [2, 0, 0, 0, 5, 0], ["b"], 5],
    ["another of a union", [field("a", int16), field("b", int16)], 2, [2, 0, 0, 0, 5, 0], ["a"], Status.Bad_NoData],
    ["one of its own kind within", tree, 0, [1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0], ["children", 0, "a"], 2],
    ["too few bytes", [field("a", int16)], 0, [1], ["a"], Status.Bad_DecodingError],
    ["bytes left over", [field("a", int16)], 0, [1, 0, 9], ["a"], Status.Bad_DecodingError],
    ["a list longer than the message", list, 0, [255, 255, 255, 127], ["a", 0], Status.Bad_DecodingError],
    ["an unknown name", [field("a", int16)], 0, [1, 0], ["b"], Status.Bad_ConfigurationError],
    ["a whole list", list, 0, [0, 0, 0, 0], ["a"], Status.Bad_TypeMismatch],
    ["more than there is in a number", [field("a", int16)], 0, [1, 0], ["a", "b"], Status.Bad_TypeMismatch],
    ["a definition that cannot be read", [field("a", own(2))], 0, [1, 0], ["a"], Status.Bad_NotSupported],
    ["a kind of structure that is not known", [field("a", int16)], 3, [1, 0], ["a"], Status.Bad_NotSupported],
  ])("is read: %s", async (_name, fields, structureType, bytes, steps, expected) => {
    const found = (await pressed(fields, structureType)).leaf(opaque(bytes), steps);
    expect(typeof found === "number" ? found : found.value).toBe(expected);
  });

  it("ends in a status where the server sends another structure than it declares, or nests without end", async () => {
    const structures = await pressed(tree);
    expect(structures.leaf(opaque([1, 0], 102), ["a"])).toBe(Status.Bad_NotSupported);
    const nested = Array.from({ length: 40 }, () => [1, 0, 1, 0, 0, 0]).flat();
    expect(structures.leaf(opaque(nested), ["a"])).toBe(Status.Bad_DecodingError);
  });

  it("costs no second question once it is known", async () => {
    let asked = 0;
    const structures = new Structures({
      declaredBy: async (variables) => {
        asked++;
        return variables.map(() => own(1));
      },
      definitionOf: async () => new StructureDefinition({ defaultEncodingId: own(101), fields: [field("a", int16)] }),
      resolve: async () => WireType.Int16,
    });
    await structures.learn([own(9)]);
    await structures.learn([own(9)]);
    expect(asked).toBe(1);
  });
});
