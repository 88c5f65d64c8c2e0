import type { Tag, Writable } from "../core/plant.ts";
import { engineeringType, toRaw } from "../core/scaling.ts";
import { type Text, textOf } from "../core/text.ts";
import { coerce, type DataType, integerLimits, isNumeric, type Value } from "../core/value.ts";
import { approvalOf } from "./commands.ts";
import type { Path, Report } from "./report.ts";
import type { TagSchema } from "./schema/tag.ts";
import { isInside } from "./spans.ts";

/** What may be written to a tag. */
export function writableOf(
  report: Report,
  tag: Tag,
  parsed: NonNullable<TagSchema["writable"]>,
  tagPath: Path,
): Writable | undefined {
  const path = [...tagPath, "writable"];
  const { every, values, feedback, interlocks, approval, ...same } = parsed;
  if (!isNumeric(tag.type)) {
    for (const key of ["limits", "maxStep"] as const) {
      if (parsed[key] !== undefined) report.keyProblem([...path, key], `is for numbers only; the tag is ${tag.type}`);
    }
    if (feedback.tolerance !== undefined) {
      report.keyProblem([...path, "feedback", "tolerance"], `is for numbers only; the tag is ${tag.type}`);
    }
  }
  if (parsed.limits) checkLimits(report, tag, parsed.limits, [...path, "limits"]);
  const bounded = parsed.limits ?? tag.range ?? values;
  if (isNumeric(tag.type) && !bounded && parsed.only === undefined) {
    report.warning(path, "has neither limits nor range nor values: anything that the type can hold may be written");
  }
  return {
    class: same.class,
    limits: same.limits ?? (isNumeric(tag.type) ? tag.range : undefined),
    maxStep: same.maxStep,
    everyMs: every,
    values: values?.map((value, i) => tagValue(report, tag, value, [...path, "values", i])),
    states: same.states,
    only: same.only,
    feedback: { when: feedback.when, withinMs: feedback.within, tolerance: feedback.tolerance },
    interlocks: conditionsOf(interlocks),
    approval: approvalOf({ report, at: (inner) => [...path, ...inner] }, approval, same.class, ["approval"]),
    consequence: same.consequence,
  };
}

function checkLimits(report: Report, tag: Tag, limits: readonly [number, number], path: Path): void {
  if (tag.range && !isInside(limits, tag.range)) {
    report.problem(path, `must lie inside of the range, from ${tag.range[0]} to ${tag.range[1]}`);
  }
  const whole = integerLimits(tag.type);
  if (!whole) return;
  const ends = whole.map((end) => Number((end * tag.scale + tag.offset).toPrecision(12)));
  const possible = [Math.min(...ends), Math.max(...ends)] as const;
  if (!isInside(limits, possible)) {
    report.problem(path, `${tag.type} can only hold values from ${possible[0]} to ${possible[1]}`);
  }
}

/** A value of the file as one of the tag, or a problem at `path`. */
export function tagValue(report: Report, tag: Tag, value: boolean | number | string, path: Path): Value {
  const raw = toRaw(tag, value);
  if (raw.ok) return raw.value;
  report.problem(path, `expected ${raw.why}, since ${tag.id} is ${engineeringType(tag)}`);
  return null;
}

/** A value of the file as one of this type, or a problem at `path`. */
export function plainValue(report: Report, type: DataType, value: boolean | number | string, path: Path): Value {
  const fitted = coerce(type, value);
  if (fitted.ok) return fitted.value;
  report.problem(path, `expected ${fitted.why}, since it is ${type}`);
  return null;
}

/** Conditions with a name each; those without get a number. */
export function conditionsOf(
  interlocks: readonly { when: string; id?: string | undefined; name?: Text | undefined }[],
) {
  return interlocks.map(({ id, name, when }, i) => ({
    id: id ?? `condition_${i + 1}`,
    name: name ?? textOf(when),
    when,
  }));
}
