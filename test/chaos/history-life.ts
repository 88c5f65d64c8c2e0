import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { silentLog } from "../../gateway/core/log.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { createHistoryStore } from "../../gateway/stores/history/history-store.ts";
import { baseMs, numbered } from "./history-numbers.ts";

export interface Life {
  /** By tag, the numbers that questions gave back. */
  readonly returned: ReadonlyMap<string, ReadonlySet<number>>;
  readonly trouble: readonly string[];
}

/** Runs `history-child.ts`, behind these words where given, and kills it so long after it was ready. */
export async function liveAndDie(
  folder: string,
  first: number,
  afterMs: number,
  before: readonly string[] = [],
): Promise<Life> {
  const words = [...before, process.execPath, join(import.meta.dirname, "history-child.ts"), folder, String(first)];
  const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const returned = new Map<string, Set<number>>();
  const trouble: string[] = [];
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, tag = "", from, to] = line.split(" ");
    // The child says its own number: in front of it may stand strace.
    if (word === "ready") setTimeout(() => process.kill(Number(tag), "SIGKILL"), afterMs);
    else if (word === "returned") {
      const numbers = returned.get(tag) ?? new Set();
      for (let n = Number(from); n <= Number(to); n++) numbers.add(n);
      returned.set(tag, numbers);
    } else trouble.push(line);
  }
  expect(await gone).toBe("SIGKILL");
  return { returned, trouble };
}

/** All numbers in the folder, by tag, as a fresh opening gives them. Fails on disorder, doubles, strangers and damage. */
export async function readAll(folder: string): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const store = createHistoryStore({ folder, commitMs: 250, queueSamples: 1000, log: silentLog, clock: systemClock });
  await store.open(numbered);
  const found = new Map<string, Set<number>>(numbered.map(({ name }) => [name, new Set()]));
  const newest = new Map<string, number>();
  const tags = numbered.map(({ name }) => name);
  let next: string | undefined;
  do {
    const range = { tags, startMs: baseMs - 1, endMs: baseMs + 1e9, aggregate: "raw", limit: 100_000 } as const;
    const answer = await store.query({ ...range, next });
    for (const { tag, points } of answer.series) {
      for (const [time, value, status] of points) {
        const number = time - baseMs;
        expect([value, status]).toEqual([number, 0]);
        if (number <= (newest.get(tag) ?? -1)) throw new Error(`${tag}: ${number} comes after ${newest.get(tag)}`);
        newest.set(tag, number);
        found.get(tag)?.add(number);
      }
    }
    next = answer.next;
  } while (next !== undefined);
  expect(store.statistics().damage).toEqual([]);
  await store.close();
  return found;
}

export function missing(returned: ReadonlySet<number>, found: ReadonlySet<number> | undefined): number[] {
  return [...returned].filter((number) => !found?.has(number));
}

/** The greatest number of all tags; −1 where there is none. */
export function greatest(found: ReadonlyMap<string, ReadonlySet<number>>): number {
  let most = -1;
  for (const numbers of found.values()) for (const number of numbers) most = Math.max(most, number);
  return most;
}
