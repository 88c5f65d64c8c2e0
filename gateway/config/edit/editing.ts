import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import type { Plain } from "../yaml-source.ts";
import { type Change, type Changes, changed, isGroup } from "./edit.ts";
import {
  aliased,
  colonEnd,
  type Entry,
  endOf,
  endOfNode,
  entriesOf,
  isNothing,
  lastComma,
  sharedName,
  spanOf,
} from "./nodes.ts";
import { flowText, keyLines, keyText } from "./render.ts";
import { type Cut, lineEnd, lineStart, linesAt } from "./splice.ts";

/** A place that is left as it is; `offset` in the text, `message`: what, and what to do. */
export class Refused extends Error {
  readonly path: readonly string[];
  readonly offset: number;

  constructor(path: readonly string[], offset: number, message: string) {
    super(message);
    this.path = path;
    this.offset = offset;
  }
}

const usualStep = 2;

/** Finds the cuts that make a text say something else. Of puts and takes one sort at a time. */
export class Editing {
  readonly cuts: Cut[] = [];
  readonly #text: string;
  readonly #root: Node | null;
  readonly #shared: ReadonlySet<string>;

  constructor(text: string, document: Document) {
    this.#text = text;
    this.#root = document.contents as Node | null;
    this.#shared = aliased(document);
  }

  /** @throws Refused */
  apply(changes: Changes): void {
    if (!isMap(this.#root)) throw new Refused([], 0, "the file is no group of keys");
    this.#map(this.#root, changes, []);
  }

  #map(map: YAMLMap, changes: Changes, path: readonly string[]): void {
    const entries = entriesOf(map);
    const added: [string, Plain][] = [];
    const taken: Entry[] = [];
    for (const [key, change] of changes) {
      const entry = entries.get(key);
      if (entry) this.#entry(map, entry, change, [...path, key], taken);
      else if (change.kind !== "take") added.push([key, wantedBy(change)]);
    }
    if (taken.length > 0) this.#take(map, taken, path);
    if (added.length === 0) return;
    if (map.flow) this.#addFlow(map, added, path);
    else this.#addLines(map, added, path);
  }

  #entry(map: YAMLMap, entry: Entry, change: Change, path: readonly string[], taken: Entry[]): void {
    const { value } = entry;
    const name = change.kind === "within" ? this.#own(value) : sharedName(value, this.#shared);
    if (name !== undefined) {
      const what = `&${name} is used by *${name} elsewhere, which would be changed with it; write it out first`;
      throw new Refused(path, spanOf(value ?? entry.key)[0], what);
    }
    switch (change.kind) {
      case "put":
        this.#replace(entry, change.value, path);
        break;
      case "take":
        taken.push(entry);
        break;
      case "within":
        if (isMap(value) && value.items.length > 0) this.#map(value, change.changes, path);
        else if (isNothing(entry) || isMap(value)) this.#fill(map, entry, change.changes, path);
        else throw new Refused(path, spanOf(value ?? entry.key)[0], "is no group of keys");
    }
  }

  #own(value: Node | null): string | undefined {
    if (isAlias(value)) return value.source;
    const anchor = value && !isAlias(value) ? value.anchor : undefined;
    return anchor !== undefined && this.#shared.has(anchor) ? anchor : undefined;
  }

  /** Another value. A list of the same length changes where its elements do, so that comments within stay. */
  #replace(entry: Entry, value: Plain, path: readonly string[]): void {
    const { value: old } = entry;
    if (old === null || isNothing(entry)) {
      const at = colonEnd(entry);
      if (at === undefined) throw new Refused(path, spanOf(entry.key)[0], "has no value that could be changed");
      this.cuts.push({ from: at, to: at, instead: ` ${flowText(value)}` });
      return;
    }
    if (isSeq(old) && Array.isArray(value) && old.items.length === value.length && old.items.every(isScalar)) {
      old.items.forEach((item, i) => {
        if (item.value !== value[i]) this.#instead(item, value[i] ?? null, path);
      });
    } else this.#instead(old, value, path, entry);
  }

  #instead(old: Node, value: Plain, path: readonly string[], entry?: Entry): void {
    const [from] = spanOf(old);
    const to = endOfNode(old);
    if (!isScalar(old) && /(^|\s)#/.test(this.#text.slice(from, to)))
      throw new Refused(path, from, "a comment stands within what would be replaced; change it in the file");
    // A block text ends with its line.
    const end =
      isScalar(old) && this.#text[to - 1] === "\n"
        ? this.#text.slice(to - (this.#text[to - 2] === "\r" ? 2 : 1), to)
        : "";
    this.cuts.push({ from, to, instead: this.#deeper(from, entry) + flowText(value) + end });
  }

  /** A list may stand below its key without an indent, what takes its place may not. */
  #deeper(from: number, entry: Entry | undefined): string {
    if (entry === undefined) return "";
    const key = spanOf(entry.key)[0];
    const start = lineStart(this.#text, from);
    if (start <= key) return "";
    return " ".repeat(Math.max(0, key - lineStart(this.#text, key) + 1 - (from - start)));
  }

  /** Keys into a group that is empty: nothing behind the colon, or {}. */
  #fill(map: YAMLMap, entry: Entry, changes: Changes, path: readonly string[]): void {
    const { value } = entry;
    const added = Object.entries(changed({}, changes) as Record<string, Plain>);
    if (added.length === 0) return;
    const colon = colonEnd(entry);
    if (colon === undefined) throw new Refused(path, spanOf(entry.key)[0], "has no value that could be changed");
    const braces = isMap(value) ? spanOf(value) : undefined;
    const written = braces ? this.#text.slice(...braces) : "";
    if (!map.flow && added.every(([, each]) => isGroup(each)) && /^(\{ *\})?$/.test(written) && !value?.anchor) {
      if (braces)
        this.cuts.push({ from: this.#blankBefore(colon, braces[1]) ?? braces[0], to: braces[1], instead: "" });
      const indent = this.#column(entry) + this.#step();
      const lines = added.flatMap(([key, each]) => keyLines([...path, key], each, indent, this.#step()));
      this.cuts.push(linesAt(this.#text, lineEnd(this.#text, endOf(entry)), lines));
    } else if (isMap(value)) this.#addFlow(value, added, path);
    else this.cuts.push({ from: colon, to: colon, instead: ` ${flowText(Object.fromEntries(added))}` });
  }

  /** Behind the colon, where nothing more stands on the line; else the blank before a comment stays. */
  #blankBefore(colon: number, end: number): number | undefined {
    return this.#text.slice(end, lineEnd(this.#text, end)).trim() === "" ? colon : undefined;
  }

  #column(entry: Entry): number {
    const [from] = spanOf(entry.key);
    return from - lineStart(this.#text, from);
  }

  /** By how many blanks this file indents. */
  #step(): number {
    for (const { value } of isMap(this.#root) ? (this.#root.items as Entry[]) : []) {
      const first = isMap(value) && !value.flow ? (value.items[0] as Entry | undefined) : undefined;
      if (first) return Math.min(8, Math.max(1, this.#column(first)));
    }
    return usualStep;
  }

  #addLines(map: YAMLMap, added: readonly (readonly [string, Plain])[], path: readonly string[]): void {
    const entries = map.items as Entry[];
    const [first, last] = [entries[0], entries.at(-1)];
    if (!first || !last) throw new Refused(path, spanOf(map)[0], "is empty in a way that cannot be edited here");
    const lines = added.flatMap(([key, value]) => keyLines([...path, key], value, this.#column(first), this.#step()));
    this.cuts.push(linesAt(this.#text, lineEnd(this.#text, endOf(last)), lines));
  }

  #addFlow(map: YAMLMap, added: readonly (readonly [string, Plain])[], path: readonly string[]): void {
    const pairs = added.map(([key, value]) => `${keyText(key)}: ${flowText(value)}`);
    const [start, end] = spanOf(map);
    const entries = map.items as Entry[];
    const last = entries.at(-1);
    if (!last) {
      const space = /[\s}]/.test(this.#text[start + 1] ?? "") && this.#text[start + 1] !== "}" ? "" : " ";
      this.cuts.push({ from: start + 1, to: start + 1, instead: ` ${pairs.join(", ")}${space}` });
      return;
    }
    if (this.#text[end - 1] !== "}") throw new Refused(path, start, "is written in a way that cannot be edited here");
    const comma = lastComma(map);
    const from = comma ?? endOf(last);
    const oneLine = !this.#text.slice(from, end - 1).includes("\n");
    if (oneLine) {
      this.cuts.push({ from, to: from, instead: `${comma === undefined ? "," : ""} ${pairs.join(", ")}` });
      return;
    }
    if (comma === undefined) this.cuts.push({ from, to: from, instead: "," });
    const own = entries.find((entry) => this.#beginsLine(entry));
    const indent = own ? this.#column(own) : this.#indentAt(start) + this.#step();
    const lines = pairs.map((pair, i) => `${" ".repeat(indent)}${pair}${i < pairs.length - 1 ? "," : ""}`);
    this.cuts.push(linesAt(this.#text, lineEnd(this.#text, from), lines));
  }

  #beginsLine(entry: Entry): boolean {
    const [from] = spanOf(entry.key);
    return this.#text.slice(lineStart(this.#text, from), from).trim() === "";
  }

  #indentAt(offset: number): number {
    const start = lineStart(this.#text, offset);
    return /^ */.exec(this.#text.slice(start, offset))?.[0].length ?? 0;
  }

  #take(map: YAMLMap, taken: readonly Entry[], path: readonly string[]): void {
    const entries = map.items as Entry[];
    for (const entry of taken) {
      if (this.#ownLines(entry)) {
        const [key] = spanOf(entry.key);
        this.cuts.push({
          from: lineStart(this.#text, key),
          to: lineEnd(this.#text, this.#withComma(map, entry)),
          instead: "",
        });
      } else if (map.flow) this.#takeFlow(map, entry, taken, path);
      else
        throw new Refused([...path, String(entry.key)], spanOf(entry.key)[0], "shares its line; change it in the file");
    }
    if (taken.length === entries.length && !map.flow) this.#empty(map, path);
  }

  /** What is left of a block from which everything went. */
  #empty(map: YAMLMap, path: readonly string[]): void {
    const around = this.#around(path);
    const at = around && colonEnd(around);
    if (at === undefined) throw new Refused(path, spanOf(map)[0], "nothing would be left of it");
    if (map.anchor !== undefined) throw new Refused(path, spanOf(map)[0], "has an anchor; change it in the file");
    this.cuts.push({ from: at, to: at, instead: " {}" });
  }

  #around(path: readonly string[]): Entry | undefined {
    let here = this.#root;
    let entry: Entry | undefined;
    for (const key of path) {
      entry = isMap(here) ? entriesOf(here).get(key) : undefined;
      here = entry?.value ?? null;
    }
    return entry;
  }

  #ownLines(entry: Entry): boolean {
    const end = endOf(entry);
    const rest = this.#text.slice(end, lineEnd(this.#text, end));
    return this.#beginsLine(entry) && /^\s*,?\s*(#.*)?$/.test(rest.replace(/\r?\n$/, ""));
  }

  /** A comma at the beginning of the next line belongs to it too, so it is not among its own lines. */
  #withComma(map: YAMLMap, entry: Entry): number {
    const end = endOf(entry);
    const comma = map.flow ? /^\s*,/.exec(this.#text.slice(end)) : null;
    return comma && !comma[0].includes("\n") ? end + comma[0].length : end;
  }

  #takeFlow(map: YAMLMap, entry: Entry, taken: readonly Entry[], path: readonly string[]): void {
    const entries = map.items as Entry[];
    const i = entries.indexOf(entry);
    const next = entries[i + 1];
    const from = spanOf(entry.key)[0];
    const before = entries.slice(0, i).findLast((each) => !taken.includes(each));
    const [start, end] = next
      ? [from, spanOf(next.key)[0]]
      : before
        ? [endOf(before), endOf(entry)]
        : [from, lastComma(map) ?? endOf(entry)];
    const lost = this.#text.slice(start, end).replace(this.#text.slice(from, endOf(entry)), "");
    if (lost.includes("#"))
      throw new Refused([...path, String(entry.key)], from, "a comment would go with it; change it in the file");
    this.cuts.push({ from: start, to: end, instead: "" });
  }
}

function wantedBy(change: Exclude<Change, { kind: "take" }>): Plain {
  return change.kind === "put" ? change.value : changed({}, change.changes);
}
