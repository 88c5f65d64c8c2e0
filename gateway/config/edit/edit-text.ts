import { type Document, LineCounter, parseDocument } from "yaml";
import { type Path, pathText } from "../report.ts";
import type { Plain } from "../yaml-source.ts";
import { type Changes, changed, changesOf, type Edit, only } from "./edit.ts";
import { Editing, Refused } from "./editing.ts";
import { spliced } from "./splice.ts";

/** Why a text was left as it is: where, and what to do. Lines and columns from 1. */
export interface EditProblem {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly text: string;
}

export type Edited =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: EditProblem };

/**
 * A configuration's text with some values put or taken, by splices: everything else stays as it was written,
 * byte for byte: comments, order, quoting, indentation, ends of lines. New tags stand on one line each, behind the
 * last of their machine; what is taken goes with its own lines. Refused where an alias (`*name`) would say something
 * else afterwards, where a comment would be lost within what is replaced, and where the result, read again, is not
 * exactly what was wanted.
 */
export function editText(text: string, edits: readonly Edit[]): Edited {
  const changes = changesOf(edits);
  const read = readText(text);
  if (!read.ok) return read;
  const wanted = JSON.stringify(changed(read.plain, changes));
  try {
    const cleared = cut(text, only("take", changes));
    const done = cut(cleared, only("put", changes));
    const again = readText(done);
    if (again.ok && JSON.stringify(again.plain) === wanted) return { ok: true, text: done };
  } catch (error) {
    if (error instanceof Refused) return refused(text, error);
    throw error;
  }
  const why = "this part is written in a way that cannot be edited here; change it in the file";
  return { ok: false, problem: { line: 1, column: 1, path: pathText(edits[0]?.path ?? []), text: why } };
}

function cut(text: string, changes: Changes): string {
  if (changes.size === 0) return text;
  const editing = new Editing(text, documentOf(text).document as Document);
  editing.apply(changes);
  return spliced(text, editing.cuts);
}

function documentOf(text: string) {
  const lines = new LineCounter();
  const settings = { keepSourceTokens: true, uniqueKeys: false, version: "1.2", prettyErrors: false } as const;
  return { document: parseDocument(text, { ...settings, lineCounter: lines }), lines };
}

type Reading = { readonly ok: true; readonly plain: Plain } | { readonly ok: false; readonly problem: EditProblem };

function readText(text: string): Reading {
  const { document, lines } = documentOf(text);
  const [fault] = [...document.errors, ...document.warnings];
  if (fault === undefined) return { ok: true, plain: document.toJS() as Plain };
  const { line, col } = lines.linePos(fault.pos[0]);
  return { ok: false, problem: { line, column: col, path: "", text: `YAML: ${fault.message}` } };
}

function refused(text: string, { path, offset, message }: Refused): Edited {
  const before = text.slice(0, offset).split("\n");
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  return { ok: false, problem: { ...place, path: pathText(path as Path), text: message } };
}
