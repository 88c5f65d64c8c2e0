import type { DataTypes } from "./data-types.ts";
import { EnumDefinition, type NodeId, WireType } from "./node-opcua.ts";
import { nodeIdText } from "./nodes.ts";

/** By value, as its figures are written: `{ "10": "Idle" }`. */
export type Texts = Readonly<Record<string, string>>;

/** The name of the attribute or property does not matter: the value tells which it is. */
type Properties = (nodes: readonly NodeId[], name: string) => Promise<readonly unknown[]>;

const mostTexts = 1_000;
const longestText = 100;

/** The texts of enumerations, by data type; learnt once per session. */
export class Enumerations {
  readonly #types: Pick<DataTypes, "resolve" | "definitionOf">;
  readonly #properties: Properties;
  readonly #known = new Map<string, Texts | undefined>();

  constructor(types: Pick<DataTypes, "resolve" | "definitionOf">, properties: Properties) {
    this.#types = types;
    this.#properties = properties;
  }

  /** Undefined where the type is no enumeration, or the server does not say what its values mean. */
  async textsOf(type: NodeId): Promise<Texts | undefined> {
    const key = nodeIdText(type);
    if (key === plainInt32) return undefined;
    if (!this.#known.has(key)) this.#known.set(key, await this.#load(type));
    return this.#known.get(key);
  }

  async #load(type: NodeId): Promise<Texts | undefined> {
    if ((await this.#types.resolve(type)) !== WireType.Int32) return undefined;
    const told = textsIn(await this.#types.definitionOf(type));
    if (told) return told;
    // Servers before 1.04 have no definition (Part 3 §5.8.3).
    for (const name of ["EnumValues", "EnumStrings"]) {
      const [value] = await this.#properties([type], name);
      const texts = textsIn(value);
      if (texts) return texts;
    }
    return undefined;
  }
}

const plainInt32 = "i=6";

/**
 * What an EnumDefinition, a list of EnumValueType (EnumValues) or a list of LocalizedText (EnumStrings, from 0) says;
 * undefined: it is none of them, or says nothing. Part 3 §8.14, §8.39, Part 8 §5.3.3.
 */
export function textsIn(value: unknown): Texts | undefined {
  const rows = value instanceof EnumDefinition ? (value.fields ?? []) : Array.isArray(value) ? value : [];
  const texts: [string, string][] = rows.slice(0, mostTexts).flatMap((row: unknown, place) => {
    const text = textOf(row);
    return text === undefined ? [] : [[keyOf(row, place), text.slice(0, longestText)]];
  });
  return texts.length === 0 ? undefined : Object.fromEntries(texts);
}

function textOf(row: unknown): string | undefined {
  if (typeof row !== "object" || row === null) return undefined;
  const { displayName, name, text } = row as {
    displayName?: { text?: string | null } | null;
    name?: string | null;
    text?: string | null;
  };
  return displayName?.text || name || text || undefined;
}

/** An Int64 comes in halves. */
function keyOf(row: unknown, place: number): string {
  const value = (row as { value?: unknown }).value;
  if (!Array.isArray(value)) return String(value ?? place);
  const bits = (BigInt(Number(value[0])) << 32n) | BigInt(Number(value[1]));
  return String(BigInt.asIntN(64, bits));
}
