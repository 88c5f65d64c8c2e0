import { type Plain, samePlain } from "./sheet.ts";
import { saidOf, textOfPlain } from "./words.ts";

/**
 * Whether one thing that is said now leaves more room than what was said before. Asked only where the
 * two differ; what cannot be shown to be narrower counts as wider (R9).
 */
export type Loosened = (before: Plain | undefined, now: Plain | undefined) => boolean;

/** Whatever the change. */
export const always: Loosened = () => true;

/** Removed or changed; what was not there before can only stand in the way of something. */
export const unlessAdded: Loosened = (before) => before !== undefined;

/** From the safest on; what is not among them counts as the least safe. */
export function towards(...safestFirst: readonly string[]): Loosened {
  const rank = (value: Plain | undefined) => {
    const place = safestFirst.indexOf(String(value));
    return place < 0 ? safestFirst.length : place;
  };
  return (before, now) => rank(now) > rank(before);
}

export const noLongerTrue: Loosened = (before, now) => before === true && now !== true;

/** `none` or nothing said: there was no key to turn. */
export const keyGone: Loosened = (before) => before !== undefined && before !== "none";

/** No limits: any value. */
export const outside: Loosened = (before, now) => !inside(now, before);

function inside(inner: Plain | undefined, outer: Plain | undefined): boolean {
  const [span, around] = [pair(inner), pair(outer)];
  if (around === undefined) return outer === undefined;
  return span !== undefined && span[0] >= around[0] && span[1] <= around[1];
}

function pair(value: Plain | undefined): readonly [number, number] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [low, high] = value;
  return typeof low === "number" && typeof high === "number" ? [low, high] : undefined;
}

/** No list: anything. */
export const notAmong: Loosened = (before, now) => {
  if (!Array.isArray(before)) return before !== undefined;
  if (!Array.isArray(now)) return true;
  const known = new Set(before.map(textOfPlain));
  return now.some((each) => !known.has(textOfPlain(each)));
};

/** A number that may only get smaller; without one there is no bound. */
export const larger: Loosened = (before, now) =>
  bound(now, Number.POSITIVE_INFINITY) > bound(before, Number.POSITIVE_INFINITY);

/** A number that may only get larger; without one there is no wait. */
export const smaller: Loosened = (before, now) => bound(now, 0) < bound(before, 0);

function bound(value: Plain | undefined, without: number): number {
  return typeof value === "number" ? value : without;
}

/** Every condition that was there must be there still, word for word. */
export const conditionGone: Loosened = (before, now) => {
  const kept = new Set(Array.isArray(now) ? now.map(textOfPlain) : []);
  return Array.isArray(before) && before.some((each) => !kept.has(textOfPlain(each)));
};

export const moreMachines: Loosened = (before, now) => {
  const [was, is] = [saidOf(before), saidOf(now)];
  return larger(was.staff, is.staff) || larger(was.guests, is.guests);
};

const policy = towards("stop", "hold", "finish-cycle", "continue");

/** R15: towards less, later, or by another command. */
export const lossLoosened: Loosened = (before, now) => {
  const [was, is] = [saidOf(before), saidOf(now)];
  // Nothing was done, whatever the grace.
  if (before === undefined || was.policy === "continue") return false;
  if (policy(was.policy, is.policy) || larger(was.graceMs, is.graceMs)) return true;
  return was.policy === is.policy && !samePlain(was.command, is.command);
};

export const heartbeatGone: Loosened = (before, now) => {
  const [was, is] = [saidOf(before), saidOf(now)];
  const gone = (key: "gateway" | "operator") => was[key] !== undefined && was[key] !== is[key];
  return gone("gateway") || gone("operator") || (before !== undefined && larger(was.everyMs, is.everyMs));
};

/** Another effect, more time for it, or more distance that still counts as there. */
export const feedbackLoosened: Loosened = (before, now) => {
  if (before === undefined) return false;
  if (now === undefined) return true;
  const [was, is] = [saidOf(before), saidOf(now)];
  if (was.when !== undefined && was.when !== is.when) return true;
  return larger(was.withinMs, is.withinMs) || bound(is.tolerance, 0) > bound(was.tolerance, 0);
};

/** R42: what nobody needs to be asked for. */
export const approvalLoosened: Loosened = (before, now) => {
  const [was, is] = [unasked(before), unasked(now)];
  if (was === "everything" || is === "nothing") return false;
  return is === "everything" || was === "nothing" || !inside(is, was);
};

function unasked(approval: Plain | undefined): "everything" | "nothing" | readonly Plain[] {
  const { required, preApproved } = saidOf(approval);
  if (required !== true || preApproved === "any") return "everything";
  return Array.isArray(preApproved) ? preApproved : "nothing";
}

/** Other arguments or types, or more that each of them takes. */
export const argumentsLoosened: Loosened = (before, now) => {
  const [was, is] = [byId(before), byId(now)];
  if (was.size !== is.size) return true;
  return [...is].some(([id, argument]) => {
    const known = was.get(id);
    if (known === undefined || known.type !== argument.type) return true;
    return outside(known.limits, argument.limits) || notAmong(known.values, argument.values);
  });
};

function byId(list: Plain | undefined) {
  const all = Array.isArray(list) ? list.map(saidOf) : [];
  return new Map(all.map((each) => [String(each.id), each]));
}
