import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { ClockMark } from "../../kit/rights-clock.ts";

/** It stays on this machine: what is restored must not turn time back. */
export const clockMarkName = "clock.json";

/** undefined: none was written yet, or it cannot be read as one. */
export function readClockMark(dataFolder: string): ClockMark | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(join(dataFolder, clockMarkName), "utf8"));
    const at = (key: string): number =>
      typeof read === "object" && read !== null ? Date.parse(String(Reflect.get(read, key))) : Number.NaN;
    const mark = { seenMs: at("seen"), passedMs: at("passed") };
    return Number.isFinite(mark.seenMs) && Number.isFinite(mark.passedMs) ? mark : undefined;
  } catch {
    // Not there, or no JSON: then nothing is known of the run before.
    return undefined;
  }
}

/** Whole or not at all, and on the disk when it resolves. */
export async function writeClockMark(dataFolder: string, { seenMs, passedMs }: ClockMark): Promise<void> {
  const file = join(dataFolder, clockMarkName);
  const draft = `${file}.tmp`;
  const text = { seen: new Date(seenMs).toISOString(), passed: new Date(passedMs).toISOString() };
  {
    await using handle = await open(draft, "w", 0o600);
    await handle.writeFile(`${JSON.stringify(text)}\n`);
    await handle.sync();
  }
  await rename(draft, file);
}
