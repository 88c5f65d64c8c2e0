import { z } from "zod";
import { didYouMean } from "../core/closest.ts";
import type { Path, Report } from "./report.ts";
import { flatten, sentence, wording } from "./wording.ts";

/** Paths whose text came from the environment or a file: a number there is still a number. */
export type Substituted = ReadonlySet<string>;

export interface Parsing {
  readonly report: Report;
  readonly substituted: Substituted;
}

/**
 * Parses one part of the file and reports everything wrong with it. Unknown keys are reported and
 * then left out, so that the rest can still be checked; undefined: nothing to go on with.
 */
export function parsePart<S extends z.ZodType>(
  parsing: Parsing,
  schema: S,
  value: unknown,
  path: Path,
): z.output<S> | undefined {
  const first = safeParse(schema, value);
  if (first.success) return first.data;
  const fitted = fitSubstituted(parsing, value, path, issuesOf(first.error));
  const second = fitted === undefined ? first : safeParse(schema, fitted);
  if (second.success) return second.data;
  const issues = issuesOf(second.error);
  for (const issue of issues) tell(parsing.report, schema, issue, path);
  if (!issues.every((issue) => issue.code === "unrecognized_keys")) return undefined;
  const known = safeParse(schema, withoutUnknown(fitted ?? value, issues));
  return known.success ? known.data : undefined;
}

function safeParse<S extends z.ZodType>(schema: S, value: unknown) {
  return schema.safeParse(value, { error: wording, reportInput: true });
}

function issuesOf(error: z.ZodError): readonly z.core.$ZodIssue[] {
  return error.issues.flatMap(flatten);
}

function tell(report: Report, schema: z.ZodType, issue: z.core.$ZodIssue, base: Path): void {
  const path = [...base, ...(issue.path as Path)];
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, issue.path as Path);
    for (const key of issue.keys) {
      const hint =
        didYouMean(key, known) || (known.length > 0 && known.length <= 25 ? `; known are ${known.join(", ")}` : "");
      report.keyProblem([...path, key], `unknown key${hint}`);
    }
  } else if (issue.code === "invalid_key") {
    report.keyProblem(path, sentence(issue.issues[0]?.message ?? issue.message));
  } else {
    report.problem(path, sentence(issue.message));
  }
}

/** The keys that an object of the schema may have at `path`; of a choice, those of all its objects. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const shapes = shapesOf(schema);
  const [step, ...rest] = path;
  if (step === undefined) return [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
  return [...inside(schema, step)].flatMap((inner) => keysAt(inner, rest));
}

/** The schemas of what may stand at `path`; of a choice, those of all its branches that have one. */
export function schemasAt(schema: z.ZodType, path: Path): readonly z.ZodType[] {
  const [step, ...rest] = path;
  return step === undefined ? [schema] : [...inside(schema, step)].flatMap((inner) => schemasAt(inner, rest));
}

function shapesOf(schema: unknown): readonly Record<string, z.ZodType>[] {
  if (schema instanceof z.ZodObject) return [schema.shape];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(shapesOf);
  const inner = unwrap(schema);
  return inner === undefined ? [] : shapesOf(inner);
}

function* inside(schema: unknown, step: string | number): Iterable<z.ZodType> {
  if (schema instanceof z.ZodObject) {
    if (typeof step === "string" && Object.hasOwn(schema.shape, step)) yield schema.shape[step];
  } else if (schema instanceof z.ZodRecord) {
    yield schema.valueType as z.ZodType;
  } else if (schema instanceof z.ZodArray) {
    yield schema.element as z.ZodType;
  } else if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) yield* inside(option, step);
  } else {
    const inner = unwrap(schema);
    if (inner !== undefined) yield* inside(inner, step);
  }
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return schema.in;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return schema.unwrap();
  }
  return undefined;
}

function withoutUnknown(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const target = at(copy, issue.path as Path);
    if (typeof target === "object" && target !== null) {
      for (const key of issue.keys) Reflect.deleteProperty(target, key);
    }
  }
  return copy;
}

function at(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** `port: ${env:PORT}` is a text until a number is expected there. */
function fitSubstituted(parsing: Parsing, value: unknown, base: Path, issues: readonly z.core.$ZodIssue[]): unknown {
  let copy: unknown;
  for (const issue of issues) {
    const path = issue.path as Path;
    if (path.length === 0 || !parsing.substituted.has([...base, ...path].join("\0"))) continue;
    const typed = typedScalar(at(value, path));
    if (typed === undefined) continue;
    copy ??= structuredClone(value);
    const around = at(copy, path.slice(0, -1)) as Record<string | number, unknown>;
    around[path.at(-1) ?? ""] = typed;
  }
  return copy;
}

function typedScalar(text: unknown): number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true";
  return typeof text === "string" && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
