import type { PointFacts } from "../../core/driver-port.ts";
import type { Tag } from "../../core/plant.ts";
import { Status } from "../../core/status.ts";
import { toJson } from "../../core/value.ts";
import type { DerivedNow } from "../../services/derived/derived-desk.ts";
import type { LiveValues, Permitted } from "../../services/use-cases.ts";
import type { TagView, ValueView } from "../wire/equipment.ts";
import { causeView } from "./command.ts";
import { approvalView } from "./offer.ts";
import { instant, instantIf } from "./times.ts";

/** R16: periods without a proof of life after which a value is no longer believed. */
const periodsUntilStale = 3;

/**
 * @param permitted what the caller may write now; undefined for a tag that nobody writes.
 * @param more `offered`: what its device says of it, where the configuration says nothing; `derived`: of a derived tag
 * what it is made of.
 */
export function tagView(
  tag: Tag,
  permitted: Permitted | undefined,
  { offered, derived }: { readonly offered?: PointFacts | undefined; readonly derived?: DerivedNow | undefined } = {},
): TagView {
  return {
    tag: tag.name,
    handle: tag.handle,
    id: tag.id,
    equipment: tag.equipment,
    name: tag.label,
    type: tag.type,
    unit: tag.unit,
    decimals: tag.decimals,
    range: pair(tag.range),
    normal: pair(tag.normal),
    setpoint: tag.setpoint === undefined ? undefined : fullName(tag.equipment, tag.setpoint),
    texts: tag.texts && Object.fromEntries(tag.texts),
    offered: offered && { ...offered, range: pair(offered.range), texts: offered.texts && { ...offered.texts } },
    device: tag.device,
    derived: derived && derivedView(derived),
    staleAfterMs: periodsUntilStale * (tag.expectMs ?? tag.intervalMs),
    recorded: tag.record,
    recording: tag.recording && { ...tag.recording },
    writable: writableView(tag, permitted),
  };
}

function derivedView({ over, account, ...now }: DerivedNow): TagView["derived"] {
  return {
    expression: now.expression,
    inputs: [...now.inputs],
    devices: [...now.devices],
    over: over && { ...over },
    account: account && {
      since: instantIf(account.sinceMs),
      missedMs: Math.round(account.missedMs),
      gap: account.gap && { from: instant(account.gap.fromMs), to: instant(account.gap.toMs) },
      resets: account.resets,
    },
    why: now.why,
  };
}

function writableView(tag: Tag, permitted: Permitted | undefined): TagView["writable"] {
  const writable = tag.writable;
  if (!writable) return undefined;
  return {
    allowed: permitted?.allowed ?? false,
    causes: (permitted?.causes ?? []).map(causeView),
    class: writable.class,
    limits: pair(writable.limits),
    maxStep: writable.maxStep,
    values: writable.values?.map(toJson),
    only: writable.only,
    approval: approvalView(writable.approval),
    consequence: writable.consequence,
  };
}

function pair(range: readonly [number, number] | undefined): [number, number] | undefined {
  return range && [range[0], range[1]];
}

/** `press` + `speed` → `press/speed`; a full name stays. */
export function fullName(equipment: string, tag: string): string {
  return tag.includes("/") ? tag : `${equipment}/${tag}`;
}

/** @param startedAtMs stands for the time of a tag that was never read. */
export function valueView(tag: Tag, values: LiveValues, startedAtMs: number): ValueView {
  const sample = values.sample(tag.handle);
  const last = values.lastGood(tag.handle);
  return {
    tag: tag.name,
    value: toJson(sample?.value ?? null),
    status: sample?.status ?? Status.Bad_WaitingForInitialData,
    sourceTime: instant(sample?.sourceTime ?? startedAtMs),
    serverTime: instant(sample?.serverTime ?? startedAtMs),
    confirmedAt: instantIf(values.confirmedAt(tag.handle)),
    last: last && { value: toJson(last.value), sourceTime: instant(last.sourceTime) },
  };
}
