import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RecordsBench, recordsBench, testCommand, testEntry } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const commands = () => bench.records.commands;
const audit = () => bench.records.audit;

/** Frames of the write-ahead log that end a transaction (https://www.sqlite.org/fileformat2.html#walformat). */
function commits(): number {
  const log = readFileSync(`${bench.file}-wal`);
  const frameBytes = 24 + log.readUInt32BE(8);
  let count = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) if (log.readUInt32BE(at + 4) > 0) count++;
  return count;
}

async function listed() {
  const [records, entries] = await Promise.all([
    commands().list({ equipment: ["press"], limit: 100 }),
    audit().list({ limit: 100 }),
  ]);
  return { commands: records.map(({ id }) => id).reverse(), entries: entries.map(({ target }) => target).reverse() };
}

describe("what is asked of the records in one breath", () => {
  it("shares a commit, so that a command waits for one fsync (R5)", async () => {
    const before = commits();
    await Promise.all([commands().recordIntent(testCommand("c1")), audit().append(testEntry({ target: "intent" }))]);
    expect(commits() - before).toBe(1);
    expect(await listed()).toEqual({ commands: ["c1"], entries: ["intent"] });
  });

  it("has a commit each where one is given after the other's answer", async () => {
    const before = commits();
    await commands().recordIntent(testCommand("c1"));
    await audit().append(testEntry({ target: "intent" }));
    expect(commits() - before).toBe(2);
  });

  it("keeps its order: the same key twice is the first one's", async () => {
    const [first, second] = await Promise.all([
      commands().recordIntent(testCommand("c1", { key: "k" })),
      commands().recordIntent(testCommand("c2", { key: "k" })),
    ]);
    expect([first.existing, second.existing?.id]).toEqual([undefined, "c1"]);
  });

  it("is not harmed by one that fails in the middle of it", async () => {
    const answers = await Promise.allSettled([
      commands().recordIntent(testCommand("c1")),
      commands().recordResult(testCommand("nobody", { state: "VERIFIED" })),
      audit().append(testEntry({ target: "intent" })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(answers[1]).toMatchObject({ reason: { code: "request/not-found" } });
    expect(await listed()).toEqual({ commands: ["c1"], entries: ["intent"] });
    expect(await audit().verify()).toMatchObject({ ok: true, count: 1 });
  });

  it("is refused whole while another program holds the file, and works after that", async () => {
    const other = new DatabaseSync(bench.file);
    other.exec("BEGIN IMMEDIATE");
    const answers = await Promise.allSettled([
      commands().recordIntent(testCommand("c1")),
      audit().append(testEntry({ target: "intent" })),
    ]);
    other.exec("ROLLBACK");
    other.close();
    expect(answers).toMatchObject([
      { status: "rejected", reason: { code: "store/unavailable" } },
      { status: "rejected", reason: { code: "store/unavailable" } },
    ]);
    expect(await listed()).toEqual({ commands: [], entries: [] });
    await commands().recordIntent(testCommand("c2"));
    expect((await listed()).commands).toEqual(["c2"]);
  });

  it("is answered, all of it, when hundreds come at once, in far fewer commits", async () => {
    const before = commits();
    const ids = Array.from({ length: 300 }, (_, n) => `c${n}`);
    await Promise.all(
      ids.flatMap((id) => [commands().recordIntent(testCommand(id)), audit().append(testEntry({ target: id }))]),
    );
    expect(commits() - before).toBeLessThan(20);
    expect((await commands().list({ equipment: ["press"], limit: 500 })).length).toBe(300);
    expect(await audit().verify()).toMatchObject({ ok: true, count: 600 / 2 });
  });

  it("lets what must be alone have its turn in between", async () => {
    const [, slots] = await Promise.all([
      commands().recordIntent(testCommand("c1")),
      bench.records.people.listUsers(),
      audit().append(testEntry({ target: "intent" })),
    ]);
    expect(slots).toEqual([]);
    expect(await listed()).toEqual({ commands: ["c1"], entries: ["intent"] });
  });
});
