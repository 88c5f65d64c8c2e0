import { argumentsName } from "../../core/control/arguments.ts";
import { type Told, told } from "../../core/control/event-words.ts";
import type { Order, WriteOrder } from "../../core/control/order.ts";
import type { Expression, TagLookup, Truth } from "../../core/expression-port.ts";
import type { Tag } from "../../core/plant.ts";
import type { Sample } from "../../core/sample.ts";
import { readsBack } from "../../core/scaling.ts";
import { isGood } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import type { Effect } from "./conditions.ts";
import type { Desk } from "./desk.ts";

/** Between two looks at the machine, ms: an effect that comes at once is seen soon, one that takes its time fills no bus. */
const firstPauseMs = 10;
const longestPauseMs = 150;

export interface Observation extends Told {
  readonly judgement: "verified" | "opposite" | "nothing";
  readonly evidence: "effect" | "readback" | undefined;
  /** Good value of the first written tag as last read; undefined: none. */
  readonly readBack: Value | undefined;
}

/**
 * Looks at the machine until the effect shows or the window is over. Only what was read, or heard,
 * after the last write left (`sentAtMs`, monotonic) counts.
 */
export async function observeEffect(desk: Desk, order: Order, sentAtMs: number): Promise<Observation> {
  const until = desk.clock.monotonicMs() + order.feedback.withinMs;
  const effect = desk.conditions.effect(order);
  const watched = watchedTags(desk, order, effect);
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const samples = await desk.field.readNow(watched, sentAtMs);
    const read = new Map(watched.map((tag, i) => [tag.name, samples[i]]));
    const seen = judge(order, effect, overlay(desk.machines.lookup, read));
    if (seen.judgement === "verified" || desk.clock.monotonicMs() >= until) return seen;
    await pause(desk, pauseMs);
  }
}

/** The tags that are written, and those that the effect stands on. */
export function watchedTags(desk: Desk, order: Order, effect: Effect | undefined): readonly Tag[] {
  const written = writesOf(order).map((step) => step.tag);
  return [...new Set([...written, ...tagsNamed(desk, effect?.tags ?? [])])];
}

/** Judges by what `lookup` has and nothing else. */
export function judge(order: Order, effect: Effect | undefined, lookup: TagLookup): Observation {
  const writes = writesOf(order);
  const readBack = writes[0] && goodValue(lookup, writes[0].tag);
  return effect ? judgeEffect(order, effect, lookup, readBack) : judgeReadBack(order, writes, lookup, readBack);
}

function judgeEffect(order: Order, effect: Effect, lookup: TagLookup, readBack: Value | undefined): Observation {
  const truth = effect.judge(lookup);
  if (truth === true) return { judgement: "verified", ...evidenceOf(order, effect), readBack };
  // A declared command was taken by the device: that its effect has not shown does not mean that it will not.
  const [only] = writesOf(order);
  const arrived = only !== undefined && readBack !== undefined && isAsWanted(only, readBack, order.feedback.tolerance);
  const judgement = truth === false && order.tag && !arrived ? "opposite" : "nothing";
  return { judgement, evidence: undefined, readBack, ...told(truth === false ? "no-effect" : "effect-unread") };
}

/** R7: a condition over nothing but what was written shows that it reads back, and no effect. */
function evidenceOf(order: Order, effect: Effect): Pick<Observation, "evidence"> & Told {
  const written = new Set(writesOf(order).map((step) => step.tag.name));
  const isOwn = (name: string): boolean => written.has(name) || name.startsWith(`${argumentsName}/`);
  return effect.isShownBy((tag) => !isOwn(tag))
    ? { evidence: "effect", ...told("effect") }
    : { evidence: "readback", ...told("read-back") };
}

function judgeReadBack(
  order: Order,
  writes: readonly WriteOrder[],
  lookup: TagLookup,
  readBack: Value | undefined,
): Observation {
  const values = writes.map((write) => goodValue(lookup, write.tag));
  if (writes.length === 0 || values.includes(undefined))
    return { judgement: "nothing", evidence: undefined, readBack, ...told("not-read-back") };
  const off = writes.findIndex((write, i) => !isAsWanted(write, values[i] ?? null, order.feedback.tolerance));
  if (off < 0) return { judgement: "verified", evidence: "readback", readBack, ...told("read-back") };
  const value = String(values[off]);
  const tag = writes[off]?.tag.name ?? "";
  const said = writes.length > 1 ? told("reads-other-of", { tag, value }) : told("reads-other", { value });
  return { judgement: "opposite", evidence: undefined, readBack, ...said };
}

function isAsWanted({ tag, wanted }: WriteOrder, read: Value, tolerance: number | undefined): boolean {
  return wanted?.value !== undefined && readsBack(tag, wanted.value, read, tolerance);
}

export function writesOf(order: Order): readonly WriteOrder[] {
  return order.steps.filter((step): step is WriteOrder => step.kind === "write");
}

function goodValue(lookup: TagLookup, tag: Tag): Value | undefined {
  const sample = lookup(tag.name);
  return sample && isGood(sample.status) ? sample.value : undefined;
}

/** What was just read, and nothing older for those tags. */
export function overlay(lookup: TagLookup, read: ReadonlyMap<string, Sample | undefined>): TagLookup {
  return (name) => (read.has(name) ? read.get(name) : lookup(name));
}

/** Evaluates on the samples just read and nothing older. */
export function judgeExpression(
  desk: Desk,
  expression: Expression,
  tags: readonly Tag[],
  samples: readonly Sample[],
): Truth {
  return expression.evaluate(overlay(desk.machines.lookup, new Map(tags.map((tag, i) => [tag.name, samples[i]]))));
}

export function tagsOf(desk: Desk, expression: Expression): readonly Tag[] {
  return tagsNamed(desk, expression.tags);
}

/** Arguments stand among the names of an effect, and are no tags. */
function tagsNamed(desk: Desk, names: readonly string[]): readonly Tag[] {
  return names.flatMap((name) => desk.machines.tag(name) ?? []);
}

export function pause(desk: Desk, ms: number): Promise<void> {
  return new Promise((resolve) => void desk.timers.after(ms, resolve));
}
