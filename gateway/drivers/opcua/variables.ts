import type { PointFacts } from "../../core/driver-port.ts";
import { type DataType, integerLimits } from "../../core/value.ts";
import type { DataTypes } from "./data-types.ts";
import { Enumerations, type Texts, textsIn } from "./enumerations.ts";
import { EUInformation, type NodeId, Range, WireType } from "./node-opcua.ts";
import { attributes, nodeIdText } from "./nodes.ts";
import { type Asking, readAttribute, readProperty } from "./properties.ts";

export interface Describing extends Asking {
  readonly types: DataTypes;
}

/** What a value is made of, and what the server says of it. */
export interface Described extends PointFacts {
  readonly type: DataType | undefined;
  /** As declared. */
  readonly dataType: NodeId | undefined;
  readonly wire: WireType | undefined;
  /** −1: one value; else a list (Part 3 §5.6.2). */
  readonly rank: number;
}

const currentWrite = 0b10;
const scalar = new Set([-1, -2, -3]);

export const tagTypes = new Map<WireType, DataType>([
  [WireType.Boolean, "boolean"],
  [WireType.SByte, "sbyte"],
  [WireType.Byte, "byte"],
  [WireType.Int16, "int16"],
  [WireType.UInt16, "uint16"],
  [WireType.Int32, "int32"],
  [WireType.UInt32, "uint32"],
  [WireType.Int64, "int64"],
  [WireType.UInt64, "uint64"],
  [WireType.Float, "float"],
  [WireType.Double, "double"],
  [WireType.DateTime, "dateTime"],
  [WireType.ByteString, "byteString"],
  [WireType.String, "string"],
  [WireType.LocalizedText, "string"],
  [WireType.QualifiedName, "string"],
  [WireType.Guid, "string"],
  [WireType.NodeId, "string"],
  [WireType.StatusCode, "string"],
  [WireType.XmlElement, "string"],
]);

type Kind = "whole" | "real" | "twofold" | undefined;

/** Number, Integer, UInteger: which of them a value is, only the value says; discrete items are declared so. */
const abstractKinds = new Map<string, Kind>([
  ["i=26", "whole"],
  ["i=27", "whole"],
  ["i=28", "whole"],
]);

function kindOf(declared: NodeId | undefined, type: DataType | undefined): Kind {
  if (type === undefined) return declared && abstractKinds.get(nodeIdText(declared));
  if (type === "boolean") return "twofold";
  if (type === "float" || type === "double") return "real";
  return integerLimits(type) || type === "int64" || type === "uint64" ? "whole" : undefined;
}

/** Whether this user may write, in order. */
export async function writableOf(asking: Asking, variables: readonly NodeId[]): Promise<readonly boolean[]> {
  const access = await readAttribute(asking, variables, attributes.userAccessLevel);
  return access.map((each) => (Number(each?.value?.value ?? 0) & currentWrite) !== 0);
}

/**
 * Data type, unit and range of measurements (Part 8 §5.3.2), the texts of enumerations and discrete items
 * (Part 8 §5.3.3); in order.
 */
export async function describeValues(asking: Describing, variables: readonly NodeId[]): Promise<readonly Described[]> {
  const declared = await asking.types.declaredBy(variables);
  const ranks = await readAttribute(asking, variables, attributes.valueRank);
  const wires: (WireType | undefined)[] = [];
  for (const type of declared) wires.push(type && (await asking.types.resolve(type)));
  const rankOf = (i: number) => Number(ranks[i]?.value?.value ?? -1);
  const types = wires.map((wire) => (wire === undefined ? undefined : tagTypes.get(wire)));
  const kinds = declared.map((type, i) => kindOf(type, types[i]));
  const texts = await textsOf(asking, variables, declared, kinds);
  const isNumber = (i: number) => kinds[i] === "whole" || kinds[i] === "real";
  const units = await propertyOf(asking, variables, "EngineeringUnits", isNumber);
  const ranges = await propertyOf(asking, variables, "EURange", isNumber);
  return variables.map((_, i) => ({
    ...{ type: scalar.has(rankOf(i)) ? types[i] : undefined, dataType: declared[i], wire: wires[i], rank: rankOf(i) },
    ...{ unit: unitIn(units[i]), range: rangeIn(ranges[i]), texts: texts[i] },
  }));
}

/** The texts of a data type itself, for fields of structures. */
export function enumerationsOf(asking: Describing): Enumerations {
  return new Enumerations(asking.types, (owners, name) => readProperty(asking, owners, name));
}

/** What a variable says of itself goes before what its type says. */
async function textsOf(
  asking: Describing,
  variables: readonly NodeId[],
  declared: readonly (NodeId | undefined)[],
  kinds: readonly Kind[],
): Promise<readonly (Texts | undefined)[]> {
  const isWhole = (i: number) => kinds[i] === "whole";
  const isTwofold = (i: number) => kinds[i] === "twofold";
  const [values, strings] = [
    await propertyOf(asking, variables, "EnumValues", isWhole),
    await propertyOf(asking, variables, "EnumStrings", isWhole),
  ];
  const [yes, no] = [
    await propertyOf(asking, variables, "TrueState", isTwofold),
    await propertyOf(asking, variables, "FalseState", isTwofold),
  ];
  const enumerations = enumerationsOf(asking);
  const found: (Texts | undefined)[] = [];
  for (const [i, type] of declared.entries()) {
    const own = isWhole(i) ? (textsIn(values[i]) ?? textsIn(strings[i])) : twofold(yes[i], no[i]);
    found.push(own ?? (type && isWhole(i) ? await enumerations.textsOf(type) : undefined));
  }
  return found;
}

function twofold(yes: unknown, no: unknown): Texts | undefined {
  const [isTrue, isFalse] = [textsIn([yes])?.["0"], textsIn([no])?.["0"]];
  return isTrue === undefined || isFalse === undefined ? undefined : { true: isTrue, false: isFalse };
}

/** A property of those variables for which it makes sense, at their places. */
async function propertyOf(
  asking: Asking,
  variables: readonly NodeId[],
  name: string,
  isAsked: (i: number) => boolean,
): Promise<readonly unknown[]> {
  const places = [...variables.keys()].filter(isAsked);
  const values = await readProperty(
    asking,
    places.flatMap((i) => variables[i] ?? []),
    name,
  );
  const found: unknown[] = variables.map(() => undefined);
  for (const [n, i] of places.entries()) found[i] = values[n];
  return found;
}

function unitIn(value: unknown): string | undefined {
  return value instanceof EUInformation ? value.displayName.text?.slice(0, 30) || undefined : undefined;
}

function rangeIn(value: unknown): readonly [number, number] | undefined {
  return value instanceof Range && value.low < value.high ? [value.low, value.high] : undefined;
}
