import { Status } from "../../core/status.ts";
import type { Step } from "./address.ts";
import type { DataTypes } from "./data-types.ts";
import { type Field, fieldAt, fieldOfVariant } from "./field-path.ts";
import {
  BaseUAObject,
  findBuiltInType,
  type NodeId,
  OpaqueStructure,
  StructureDefinition,
  StructureType,
  type Variant,
  VariantArrayType,
  WireType,
} from "./node-opcua.ts";
import { nodeIdText } from "./nodes.ts";
import { decodeStructure, type Layout, type LayoutField } from "./structure-layout.ts";
import type { Carried } from "./values.ts";

const shapes = new Map<StructureType, Layout["shape"]>([
  [StructureType.Structure, "plain"],
  [StructureType.StructureWithOptionalFields, "optional"],
  [StructureType.Union, "union"],
]);
/** BaseDataType, Number, Integer, UInteger: a field of theirs is a Variant (Part 6 §5.1.5). */
const asVariant = new Set(["i=24", "i=26", "i=27", "i=28"]);
const mostLayouts = 1_000;
const mostFields = 1_000;
const deepestField = 8;

/** A place within a structure that a tag can stand for. */
export interface StructureField {
  /** As in an address; of a list the first place, whatever its length. */
  readonly path: string;
  readonly dataType: NodeId;
  readonly wire: WireType;
}

/** What the server says of its own structures (attribute DataTypeDefinition, Part 3 §5.8.3), learnt once per session. */
export class Structures {
  readonly #types: Pick<DataTypes, "declaredBy" | "definitionOf" | "resolve">;
  readonly #layouts = new Map<string, Layout>();
  /** Encoding id on the wire → data type. */
  readonly #encodings = new Map<string, string>();
  readonly #learnt = new Set<string>();

  constructor(types: Pick<DataTypes, "declaredBy" | "definitionOf" | "resolve">) {
    this.#types = types;
  }

  /** Asks for the definitions of these variables' types and of all within; what is known already costs nothing. */
  async learn(variables: readonly NodeId[]): Promise<void> {
    const unknown = variables.filter((variable) => !this.#learnt.has(nodeIdText(variable)));
    if (unknown.length === 0) return;
    const types = await this.#types.declaredBy(unknown);
    for (const [i, type] of types.entries()) {
      if (type && (await this.#load(type))) this.#learnt.add(nodeIdText(unknown[i] as NodeId));
    }
  }

  /** All fields of a data type down to its single values; none where it is no structure, or nobody says how it is built. */
  async fieldsOf(type: NodeId): Promise<readonly StructureField[]> {
    const found: StructureField[] = [];
    if (await this.#load(type)) this.#collect(nodeIdText(type), "", 0, found);
    return found;
  }

  /** The value at the end of a path; a number is the status that says why there is none. */
  leaf(variant: Variant, steps: readonly Step[]): Carried | number {
    const found = fieldAt(fieldOfVariant(variant), steps, (extension) => this.#open(extension));
    if (typeof found === "number") return found;
    return { dataType: found.wire, arrayType: VariantArrayType.Scalar, value: found.value };
  }

  #open(extension: unknown): Field | number {
    if (extension instanceof OpaqueStructure) {
      const key = this.#encodings.get(nodeIdText(extension.nodeId));
      if (key === undefined) return Status.Bad_NotSupported;
      try {
        return decodeStructure(extension, key, this.#layouts);
      } catch {
        return Status.Bad_DecodingError;
      }
    }
    if (extension instanceof BaseUAObject) return standardFields(extension);
    return Status.Bad_NoData;
  }

  #collect(key: string, before: string, depth: number, found: StructureField[]): void {
    for (const { name, type, dataType, rank } of this.#layouts.get(key)?.fields ?? []) {
      // An address could not tell these signs from its own.
      if (found.length >= mostFields || /[.[\]]/.test(name)) continue;
      const path = `${before === "" ? "" : `${before}.`}${name}${"[0]".repeat(rank < 0 ? 0 : Math.max(1, rank))}`;
      if (typeof type !== "string") found.push({ path, dataType, wire: type });
      else if (depth < deepestField) this.#collect(type, path, depth + 1, found);
    }
  }

  /** @returns whether it is a structure whose bytes can be told apart */
  async #load(type: NodeId): Promise<boolean> {
    const key = nodeIdText(type);
    if (this.#layouts.has(key)) return true;
    if (this.#layouts.size >= mostLayouts) return false;
    const definition = await this.#types.definitionOf(type);
    const shape = definition instanceof StructureDefinition ? shapes.get(definition.structureType) : undefined;
    if (!(definition instanceof StructureDefinition) || shape === undefined) return false;
    const fields: LayoutField[] = [];
    // Set first: a structure may hold a list of its own kind.
    this.#layouts.set(key, { shape, fields });
    for (const { name, dataType, valueRank, isOptional } of definition.fields ?? []) {
      const known = await this.#fieldType(dataType);
      if (known === undefined || name === null) {
        this.#layouts.delete(key);
        return false;
      }
      fields.push({ name, type: known, dataType, rank: valueRank, isOptional: isOptional && shape === "optional" });
    }
    this.#encodings.set(nodeIdText(definition.defaultEncodingId), key);
    return true;
  }

  async #fieldType(type: NodeId): Promise<WireType | string | undefined> {
    const key = nodeIdText(type);
    if (asVariant.has(key)) return WireType.Variant;
    const wire = await this.#types.resolve(type);
    if (wire !== WireType.ExtensionObject || key === "i=22") return wire;
    return (await this.#load(type)) ? key : undefined;
  }
}

interface StandardSchema {
  readonly fields: readonly {
    readonly name: string;
    readonly fieldType: string;
    readonly category: string;
    readonly isArray?: boolean;
  }[];
  getBaseSchema?(): StandardSchema | null | undefined;
}

/** A structure of the standard itself comes decoded. */
function standardFields(object: BaseUAObject): Field {
  const fields = new Map<string, Field>();
  for (
    let schema: StandardSchema | null | undefined = object.schema as StandardSchema;
    schema;
    schema = schema.getBaseSchema?.()
  ) {
    for (const { name, fieldType, category, isArray } of schema.fields) {
      const wire = standardWire(fieldType, category);
      // The library's type knows no fields: the class was made from the server's definition.
      const value = (object as unknown as Record<string, unknown>)[name];
      const one = (item: unknown): Field =>
        item === undefined || wire === undefined ? { kind: "absent" } : { kind: "value", wire, value: item };
      fields.set(
        name,
        isArray ? { kind: "list", items: Array.from((value ?? []) as ArrayLike<unknown>, one) } : one(value),
      );
    }
  }
  return { kind: "structure", fields };
}

function standardWire(fieldType: string, category: string): WireType | undefined {
  if (category === "complex") return WireType.ExtensionObject;
  if (category === "enumeration") return WireType.Int32;
  return WireType[findBuiltInType(fieldType).name as keyof typeof WireType];
}
