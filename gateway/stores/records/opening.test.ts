import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlanciaError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import { createRecords } from "./records.ts";
import { testEntry, testUser } from "./testing/bench.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-records-"));
  file = join(folder, "deep", "down", "records.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => createRecords({ file, log: silentLog });

async function refusal(): Promise<PlanciaError> {
  const error = await open().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PlanciaError);
  return error as PlanciaError;
}

async function made(): Promise<void> {
  const records = await open();
  for (let i = 0; i < 200; i++) await records.audit.append(testEntry({ target: `entry ${i}` }));
  await records.close();
}

describe("opening the records", () => {
  it("makes the folder and the file, and finds everything again", async () => {
    const records = await open();
    await records.people.addUser(testUser("anna"));
    await records.close();
    const again = await open();
    expect(await again.people.listUsers()).toHaveLength(1);
    await again.close();
  });

  it("says that a file of something else is damaged, with what to do", async () => {
    file = join(folder, "records.db");
    writeFileSync(file, "this is no database, but it is long enough to be taken for one ".repeat(100));
    const error = await refusal();
    expect(error.code).toBe("start/damaged");
    expect(error.message).toContain("plancia restore");
  });

  it("says that a broken page is damage", async () => {
    await made();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 8_192, 12_288);
    writeFileSync(file, bytes);
    expect((await refusal()).code).toBe("start/damaged");
  });

  it("refuses a file of a newer version and leaves it alone", async () => {
    await made();
    const database = new DatabaseSync(file);
    database.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-future', '2099-01-01T00:00:00.000Z')");
    database.close();
    const error = await refusal();
    expect(error.code).toBe("start/damaged");
    expect(error.message).toContain("newer version");
  });

  it("says that a folder cannot be written", async () => {
    writeFileSync(join(folder, "plain"), "");
    file = join(folder, "plain", "records.db");
    expect((await refusal()).code).toBe("start/read-only");
    file = "/proc/plancia/records.db";
    expect((await refusal()).code).toBe("start/read-only");
  });

  it("answers store/unavailable after closing, and closes twice without harm", async () => {
    const records = await open();
    await records.close();
    await records.close();
    await expect(records.people.listUsers()).rejects.toThrow(expect.objectContaining({ code: "store/unavailable" }));
  });

  it("lets calls in flight finish before closing", async () => {
    const records = await open();
    const writes = Array.from({ length: 20 }, () => records.audit.append(testEntry()));
    await records.close();
    expect((await Promise.all(writes)).at(-1)?.n).toBe(20);
  });

  it("refuses calls beyond the limit at once and counts them", async () => {
    const records = await createRecords({ file, log: silentLog, maxInFlight: 3 });
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => records.people.listUsers()));
    expect(answers.map((answer) => answer.status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    expect(records.statistics()).toMatchObject({ refused: 2, inFlight: 0, calls: 3 });
    await records.close();
  });
});
