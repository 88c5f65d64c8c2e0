import { z } from "zod";
import { didYouMean } from "../../core/closest.ts";
import type { DriverManifest } from "../../kit/driver-manifest.ts";
import { keysAt, schemasAt } from "../parse.ts";
import { DerivedSchema } from "../schema/derived.ts";
import { TagSchema } from "../schema/tag.ts";
import type { Plain } from "../yaml-source.ts";

/** What a column of a sheet says: whose, which tag, a value of it by its path, or nothing that counts here. */
export type Column =
  | { readonly kind: "equipment" | "tag" | "sort" | "aside" }
  | { readonly kind: "value"; readonly path: readonly string[] };

/** Of a device, or derived. */
const AnyTag = z.union([TagSchema, DerivedSchema]);

/** Of a pair of numbers each has a column. */
const ends = ["low", "high"] as const;

/** Columns of `plancia browse --csv` that say nothing of a tag; `kind` says which rows are points. */
const browsed = new Map<string, Column>([
  ["path", { kind: "aside" }],
  ["kind", { kind: "sort" }],
  ["writable", { kind: "aside" }],
  ["low", { kind: "value", path: ["range", "low"] }],
  ["high", { kind: "value", path: ["range", "high"] }],
]);

/** The columns that a sheet may have, by their names in small letters; made of the schema, so that a new key is one. */
export class Columns {
  readonly #byName = new Map<string, Column>();
  readonly #names: string[] = [];
  readonly #drivers: readonly DriverManifest[];

  constructor(drivers: readonly DriverManifest[]) {
    this.#drivers = drivers;
    for (const kind of ["equipment", "tag"] as const) this.#add(kind, { kind });
    for (const path of this.#paths([])) this.#add(path.join("."), { kind: "value", path });
    for (const [name, column] of browsed) if (!this.#byName.has(name)) this.#byName.set(name, column);
    // What only an address has may be said without that word.
    for (const [name, column] of [...this.#byName]) {
      const short = /^address\.([^.]+)$/.exec(name)?.[1];
      if (short !== undefined && !this.#byName.has(short)) this.#byName.set(short, column);
    }
    this.#byName.set("writable", { kind: "aside" });
  }

  #add(name: string, column: Column): void {
    this.#byName.set(normal(name), column);
    this.#names.push(name);
  }

  #paths(path: readonly string[]): readonly (readonly string[])[] {
    const keys = this.#keys(path);
    const inner = keys.flatMap((key) => this.#paths([...path, key]));
    if (path.length === 0) return inner;
    return [path, ...inner, ...(this.isPair(path) ? ends.map((end) => [...path, end]) : [])];
  }

  #keys(path: readonly string[]): readonly string[] {
    if (path[0] !== "address") return keysAt(AnyTag, path);
    const schemas = this.#drivers.flatMap(({ address, addressPart }) => [
      address,
      ...(addressPart ? [addressPart] : []),
    ]);
    return [...new Set(schemas.flatMap((schema) => keysAt(schema, path.slice(1))))];
  }

  /** The column that a heading names; a text: what is wrong with it. */
  find(heading: string): Column | string {
    const column = this.#byName.get(normal(heading));
    return column ?? `there is no column "${heading}"${didYouMean(heading.trim(), this.#names)}`;
  }

  /** What may stand at a path of a tag; of an address, what its device's driver takes. */
  schemas(path: readonly string[], driver: DriverManifest | undefined): readonly z.ZodType[] {
    const [first, ...rest] = path;
    if (first !== "address") return schemasAt(AnyTag, path);
    const tried = driver ? [driver] : this.#drivers;
    return tried.flatMap(({ address, addressPart }) =>
      [address, ...(addressPart ? [addressPart] : [])].flatMap((schema) => schemasAt(schema, rest)),
    );
  }

  /** Whether two numbers may stand at a path, the lower one first. */
  isPair(path: readonly string[]): boolean {
    return (
      path[0] !== "address" &&
      schemasAt(AnyTag, path).some((schema) => schema.safeParse([0, 1]).success && !schema.safeParse([1, 0]).success)
    );
  }

  /** Where a path of a tag stands among the columns of an export. */
  order(path: readonly string[]): number {
    return this.#names.indexOf(path.join("."));
  }

  /** By column: the values of a tag that each have a cell. What no column can say in pieces stands whole. */
  flat(tag: { readonly [key: string]: Plain }): ReadonlyMap<string, Plain> {
    const cells = new Map<string, Plain>();
    for (const [key, value] of Object.entries(tag)) this.#flatten([key], value, cells);
    return cells;
  }

  #flatten(path: readonly string[], value: Plain, cells: Map<string, Plain>): void {
    if (
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((each) => typeof each === "number") &&
      this.isPair(path)
    ) {
      value.forEach((each, i) => {
        cells.set([...path, ends[i]].join("."), each);
      });
    } else if (typeof value === "object" && value !== null && !Array.isArray(value) && this.#allKnown(path, value)) {
      for (const [key, inner] of Object.entries(value)) this.#flatten([...path, key], inner, cells);
    } else cells.set(path.join("."), value);
  }

  #allKnown(path: readonly string[], value: object): boolean {
    const known = this.#keys(path);
    const keys = Object.keys(value);
    return keys.length > 0 && keys.every((key) => known.includes(key));
  }
}

function normal(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]/g, "");
}
