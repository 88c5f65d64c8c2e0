import type { Truth } from "../expression-port.ts";
import { isGood } from "../status.ts";
import type { Text } from "../text.ts";
import { sameValue, type Value } from "../value.ts";

/**
 * R20: what is remembered of an emergency-stop chain that was seen open. As long as there is a memory
 * remote start waits; it ends once all that was waited for has been seen since.
 */
export interface ChainMemory {
  /** UTC ms of the newest opening: what was seen before it counts for nothing. */
  readonly openedAt: number;
  /** It was seen closed since. */
  readonly closed: boolean;
  /** The reset at the machine was seen, with the chain closed. */
  readonly reset: boolean;
  /** The key was seen on LOCAL. */
  readonly local: boolean;
}

/** The chain and what stands around it as read now; null and unknown: not Good. */
export interface ChainReading {
  readonly closed: boolean | null;
  /** undefined: no reset condition is declared. */
  readonly reset: Truth | undefined;
  /** true REMOTE, false LOCAL; undefined: the machine has no key. */
  readonly remote: boolean | null | undefined;
}

/** The chain as the checks and the screens see it. */
export interface ChainNow {
  readonly closed: boolean | null;
  readonly ready: boolean;
  /** What is still waited for. */
  readonly why: Text | undefined;
}

/** The memory after one more reading. Without one, a chain that is closed has nothing to wait for. */
export function remembered(
  memory: ChainMemory | undefined,
  reading: ChainReading,
  nowMs: number,
): ChainMemory | undefined {
  const opens = reading.closed === false && memory?.closed !== false;
  const before = opens ? { openedAt: nowMs, closed: false, reset: false, local: false } : memory;
  if (before === undefined) return undefined;
  const after: ChainMemory = {
    openedAt: before.openedAt,
    closed: before.closed || reading.closed === true,
    // A reset while the chain is open resets nothing.
    reset: before.reset || (reading.closed === true && (reading.reset === undefined || reading.reset === true)),
    local: before.local || reading.remote === false,
  };
  if (reading.closed === true && after.reset && keyIsBack(after, reading)) return undefined;
  return memory !== undefined && sameMemory(memory, after) ? memory : after;
}

/** The same object where nothing changed, so that nothing is written. */
function sameMemory(a: ChainMemory, b: ChainMemory): boolean {
  return a.openedAt === b.openedAt && a.closed === b.closed && a.reset === b.reset && a.local === b.local;
}

function keyIsBack(memory: ChainMemory, { remote }: ChainReading): boolean {
  return remote === undefined || (memory.local && remote === true);
}

export function chainNow(memory: ChainMemory | undefined, reading: ChainReading): ChainNow {
  const { closed } = reading;
  if (closed === null) return { closed, ready: false, why: { en: "cannot be read", it: "non si legge" } };
  if (!closed) return { closed, ready: false, why: { en: "is open", it: "è aperta" } };
  if (memory === undefined) return { closed, ready: true, why: undefined };
  const waits = [
    ...(memory.reset ? [] : [{ en: "reset at the machine", it: "ripristina alla macchina" }]),
    ...keyWaits(memory, reading),
  ];
  return {
    closed,
    ready: false,
    why: {
      en: `was open: ${waits.map((each) => each.en).join(", ")}`,
      it: `è stata aperta: ${waits.map((each) => each.it).join(", ")}`,
    },
  };
}

function keyWaits(memory: ChainMemory, reading: ChainReading): readonly Text[] {
  if (keyIsBack(memory, reading)) return [];
  return memory.local
    ? [{ en: "turn the key back to REMOTE", it: "riporta la chiave su REMOTE" }]
    : [{ en: "turn the key to LOCAL and back to REMOTE", it: "gira la chiave su LOCAL e poi su REMOTE" }];
}

/** Whether a tag says what the configuration means; null: not Good. A text is never taken for a number. */
export function says(
  sample: { readonly value: Value; readonly status: number } | undefined,
  wanted: Value,
): boolean | null {
  if (!sample || !isGood(sample.status) || sample.value === null) return null;
  return (
    sameValue(sample.value, wanted) ||
    (isCount(sample.value) && isCount(wanted) && countOf(sample.value) === countOf(wanted))
  );
}

function isCount(value: Value): value is number | boolean | bigint {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

function countOf(value: number | boolean | bigint): number {
  return Number(value);
}
