import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import type { Path, Place, Report } from "./report.ts";

const deepest = 30;
const mostSyntaxProblems = 5;

export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** A plain value of the file's content, each part's place told to `report`; undefined: not YAML that can be used. */
export function readYaml(text: string, report: Report, begin = "version: 1"): Plain | undefined {
  if (text.startsWith("\uFEFF")) {
    report.at({ line: 1, column: 1 }, "the file begins with a byte order mark; save it as UTF-8 without one");
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: "1.2" });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.some((fault) => fault.code === "RESOURCE_EXHAUSTION")) {
    report.at({ line: 1, column: 1 }, `nested deeper than ${deepest} levels`);
    return undefined;
  }
  for (const fault of faults.slice(0, mostSyntaxProblems)) report.at(place(fault.pos[0]), `YAML: ${fault.message}`);
  if (faults.length > 0) return undefined;
  if (document.contents === null) {
    report.at({ line: 1, column: 1 }, `the file is empty; it must begin with ${begin}`);
    return undefined;
  }
  const walk = new Walk(report, place);
  report.places = walk;
  return walk.plain(document.contents, []);
}

/** Turns nodes into plain values and remembers where each stands. */
class Walk {
  readonly #report: Report;
  readonly #place: (offset: number) => Place;
  readonly #keys = new Map<string, number>();
  readonly #values = new Map<string, number>();

  constructor(report: Report, place: (offset: number) => Place) {
    this.#report = report;
    this.#place = place;
  }

  key(path: Path): Place | undefined {
    const offset = this.#keys.get(path.join("\0"));
    return offset === undefined ? undefined : this.#place(offset);
  }

  value(path: Path): Place | undefined {
    const offset = this.#values.get(path.join("\0"));
    return offset === undefined ? undefined : this.#place(offset);
  }

  plain(node: Node | null, path: Path): Plain {
    if (node === null) return null;
    const start = node.range?.[0] ?? 0;
    this.#values.set(path.join("\0"), start);
    if (path.length > deepest) return this.#refuse(path, `nested deeper than ${deepest} levels`);
    // Anchors make bombs and cycles possible, and a plant that says each thing once is easier to check.
    if (isAlias(node)) return this.#refuse(path, "aliases (*name) cannot be used here; write it out");
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], path);
    if (isSeq(node)) return node.items.map((item, i) => this.plain(item as Node | null, [...path, i]));
    if (isScalar(node)) return this.#scalar(node.value, node.source, path);
    return this.#refuse(path, "not a value");
  }

  #map(pairs: readonly Pair<Node, Node | null>[], path: Path): Plain {
    const entries = new Map<string, Plain>();
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.value) : undefined;
      const start = this.#place(key.range?.[0] ?? 0);
      if (name === undefined) this.#report.at(start, "a key must be a text");
      else if (name === "__proto__") this.#report.at(start, '"__proto__" cannot be a name');
      else if (entries.has(name))
        this.#report.at(start, `"${name}" stands here twice; it was first given ${this.#first([...path, name])}`);
      else {
        this.#keys.set([...path, name].join("\0"), key.range?.[0] ?? 0);
        entries.set(name, this.plain(value, [...path, name]));
      }
    }
    return Object.fromEntries(entries);
  }

  #first(path: Path): string {
    return `in line ${this.key(path)?.line ?? "?"}`;
  }

  #scalar(value: unknown, source: string | undefined, path: Path): Plain {
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return this.#refuse(path, "expected a finite number");
      // A whole number that a double cannot hold stays text, so that int64 loses nothing.
      return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "")
        ? (source ?? "")
        : value;
    }
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    return this.#refuse(path, "not a value that can be used here");
  }

  #refuse(path: Path, text: string): null {
    this.#report.problem(path, text);
    return null;
  }
}
