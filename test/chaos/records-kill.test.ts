import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../gateway/core/log.ts";
import { createRecords } from "../../gateway/stores/records/records.ts";
import { endPeers, recordsPeer } from "../integration/records-peer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-kill-"));
});
afterEach(async () => {
  await endPeers();
  rmSync(folder, { recursive: true, force: true });
});

/** Milliseconds after the start at which the process is killed; fixed, so that a failure can be repeated. */
const moments = [3, 11, 19, 28, 40, 57, 75, 110, 160, 230];

describe("records after kill -9 (F1, R5)", () => {
  it("hold every intent and audit entry that was acknowledged, close intents as UNKNOWN, and the chain verifies", async () => {
    const file = join(folder, "records.db");
    let acknowledged = 0;
    for (const [round, afterMs] of moments.entries()) {
      const peer = recordsPeer(file, "intents", `round${round}`);
      await peer.ready;
      peer.begin();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const closed = new Promise((resolve) => peer.process.once("close", resolve));
      peer.process.kill("SIGKILL");
      await closed;
      acknowledged += await judge(file, peer.lines);
    }
    expect(acknowledged).toBeGreaterThan(moments.length);
  });
});

/** Compares what the process said before it died with what is there. Returns how many intents it had acknowledged. */
async function judge(file: string, lines: readonly string[]): Promise<number> {
  const records = await createRecords({ file, log: silentLog });
  const intents = lines.filter((line) => line.startsWith("intent ")).map((line) => line.slice(7));
  const entries = lines.filter((line) => line.startsWith("audit ")).map((line) => line.split(" "));
  for (const id of intents) expect((await records.commands.find(id))?.state).toBe("SENT");
  const closed = await records.commands.closeOpen(9_000);
  // One more than acknowledged may be there: recorded, but killed before it could say so.
  expect(closed.length - intents.length).toBeGreaterThanOrEqual(0);
  expect(closed.length - intents.length).toBeLessThanOrEqual(1);
  expect(closed.map((record) => record.id)).toEqual(expect.arrayContaining([...intents]));
  for (const id of intents) expect((await records.commands.find(id))?.state).toBe("UNKNOWN");
  expect(await records.audit.verify()).toMatchObject({ ok: true });
  const last = entries.at(-1);
  if (last) {
    const [stored] = await records.audit.list({ limit: 1, beforeN: Number(last[1]) + 1 });
    expect([stored?.n, stored?.hash]).toEqual([Number(last[1]), last[2]]);
  }
  await records.close();
  return intents.length;
}
