/*
 * A gateway reduced to its historian: appends numbered samples without a pause, asks for them again
 * and writes what it got: `returned <tag> <first number> <last number>`, then waits to be killed.
 * Arguments: folder, number to begin with.
 */
import { writeSync } from "node:fs";
import { PlanciaError } from "../../gateway/core/errors.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { createHistoryStore } from "../../gateway/stores/history/history-store.ts";
import { baseMs, numbered } from "./history-numbers.ts";

const [folder = "", first = "0"] = process.argv.slice(2);
const store = createHistoryStore({ folder, commitMs: 50, queueSamples: 100_000, log: silentLog, clock: systemClock });
await store.open(numbered);
let next = Number(first);

function append(): void {
  const batch = new BatchBuilder();
  for (let i = 0; i < 10; i++, next++) {
    for (const { handle } of numbered) batch.push(handle, next, 0, baseMs + next);
  }
  store.append(batch.build(Date.now()));
}

/** Says which numbers came back; a hole among them ends a line and begins another. */
function report(tag: string, numbers: readonly number[]): void {
  let from = numbers[0];
  for (const [i, number] of numbers.entries()) {
    const following = numbers[i + 1];
    if (following === number + 1) continue;
    writeSync(1, `returned ${tag} ${from} ${number}\n`);
    from = following;
  }
}

async function ask(): Promise<void> {
  const startMs = baseMs + Math.max(0, next - 2000);
  for (const { name } of numbered) {
    const answer = await store.query({ tags: [name], startMs, endMs: baseMs + next, aggregate: "raw", limit: 10_000 });
    report(
      name,
      (answer.series[0]?.points ?? []).map(([, value]) => Number(value)),
    );
  }
}

/** While the disk fails, the history says that it cannot be read; anything else ends the child. */
function forgive(cause: unknown): void {
  if (!(cause instanceof PlanciaError && cause.code === "history/unavailable")) throw cause;
}

writeSync(1, `ready ${process.pid}\n`);
setInterval(append, 5);
for (;;) {
  await ask().catch(forgive);
  const { samplesDropped, fault, damage } = store.statistics();
  if (samplesDropped > 0 || fault !== undefined || damage.length > 0) {
    writeSync(1, `trouble ${JSON.stringify({ samplesDropped, fault, damage })}\n`);
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
}
