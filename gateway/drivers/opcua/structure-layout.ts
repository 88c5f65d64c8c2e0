import { type Field, listOf } from "./field-path.ts";
import { BinaryStream, findBuiltInType, type NodeId, type OpaqueStructure, WireType } from "./node-opcua.ts";

/** How the fields of a structure follow each other on the wire (Part 6 §5.2.6 ff.). */
export interface Layout {
  readonly shape: "plain" | "optional" | "union";
  readonly fields: readonly LayoutField[];
}

export interface LayoutField {
  readonly name: string;
  /** A built-in type, or the key of another layout. */
  readonly type: WireType | string;
  /** As declared. */
  readonly dataType: NodeId;
  /** −1: one value; else the number of dimensions. */
  readonly rank: number;
  readonly isOptional: boolean;
}

const deepest = 32;
const mostItems = 1_000_000;

/**
 * The fields of a structure whose bytes are not known to the library.
 * @throws Error where the bytes do not fit the layout to the last one: a wrong layout would make up values.
 */
export function decodeStructure({ buffer }: OpaqueStructure, key: string, layouts: ReadonlyMap<string, Layout>): Field {
  const stream = new BinaryStream(buffer);
  const field = decodeFields(stream, key, layouts, 0);
  if (stream.length !== buffer.length) throw new Error("the structure is longer than its definition");
  return field;
}

function decodeFields(stream: BinaryStream, key: string, layouts: ReadonlyMap<string, Layout>, depth: number): Field {
  const layout = layouts.get(key);
  if (!layout || depth > deepest) throw new Error("no definition of a structure within");
  // Part 6 §5.2.7: a bit for each optional field; §5.2.8: the number of the field that is chosen, from 1.
  const mask = layout.shape === "plain" ? 0 : stream.readUInt32();
  const fields = new Map<string, Field>();
  let optional = 0;
  for (const [i, field] of layout.fields.entries()) {
    const isThere = layout.shape === "union" ? mask === i + 1 : !field.isOptional || ((mask >>> optional++) & 1) === 1;
    fields.set(field.name, isThere ? decodeField(stream, field, layouts, depth) : { kind: "absent" });
  }
  return { kind: "structure", fields };
}

function decodeField(
  stream: BinaryStream,
  { type, rank }: LayoutField,
  layouts: ReadonlyMap<string, Layout>,
  depth: number,
): Field {
  const one = (): Field =>
    typeof type === "string"
      ? decodeFields(stream, type, layouts, depth + 1)
      : { kind: "value", wire: type, value: decodeBuiltIn(stream, type) };
  if (rank < 1) return one();
  const dimensions =
    rank > 1
      ? Array.from({ length: lengthOf(stream, stream.readInteger()) }, () => lengthOf(stream, stream.readInteger()))
      : [];
  const length =
    rank > 1 ? dimensions.reduce((product, each) => product * each, 1) : lengthOf(stream, stream.readInteger());
  return listOf(Array.from({ length: lengthOf(stream, length) }, one), dimensions);
}

/** A length of −1 is a list that is not there (Part 6 §5.2.5). An item has a byte at least. */
function lengthOf(stream: BinaryStream, length: number): number {
  if (length > mostItems || length > stream.buffer.length - stream.length)
    throw new Error("a list longer than the structure");
  return Math.max(0, length);
}

function decodeBuiltIn(stream: BinaryStream, type: WireType): unknown {
  return findBuiltInType(WireType[type]).decode?.(stream);
}
