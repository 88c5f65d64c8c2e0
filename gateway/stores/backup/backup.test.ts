import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { list } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBackup } from "./create-backup.ts";
import { assertNoHalfRestore, contentsOf, restoreBackup } from "./restore.ts";

let root: string;
let data: string;
let target: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plancia-backup-"));
  data = join(root, "data");
  target = join(root, "target");
  file = join(root, "b.tgz");
  for (const folder of [data, join(data, "history"), join(data, "keys"), join(data, "drivers", "opcua"), target])
    mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, "plant.yaml"), "version: 1\n");
  writeFileSync(join(data, "keys", "installation.key"), "secret");
  writeFileSync(join(data, "gateway.lock"), "");
  writeFileSync(join(data, "drivers", "opcua", "a.pem"), "pem");
  writeFileSync(join(data, "history", "history.mark"), "m");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function database(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (n INTEGER, twin INTEGER)");
  return db;
}

async function backUp(
  signal = new AbortController().signal,
  beside: readonly { readonly path: string; readonly file: string }[] = [],
): Promise<void> {
  const settings = { dataFolder: data, configuration: join(root, "plant.yaml"), version: "1.2.3", gateway: "lab" };
  const chunks: Uint8Array[] = [];
  for await (const chunk of createBackup({ ...settings, beside, nowMs: 0, signal })) chunks.push(chunk);
  writeFileSync(file, Buffer.concat(chunks));
}

function restore(more: Partial<Parameters<typeof restoreBackup>[0]> = {}) {
  return restoreBackup({ file, dataFolder: target, nowMs: 0, needed: "records.db", prepare: async () => {}, ...more });
}

function names(): readonly string[] {
  const found: string[] = [];
  list({ file, sync: true, onReadEntry: ({ path }) => void found.push(path) });
  return found;
}

describe("a backup", () => {
  it("holds everything but what belongs to the machine, the manifest first", async () => {
    database(join(data, "records.db")).close();
    writeFileSync(join(data, "history", "history.db-wal.damaged-1"), "x");
    writeFileSync(join(data, "a.tmp"), "draft");
    await backUp();
    expect(names()).toEqual([
      "plancia-backup.json",
      "data/drivers/opcua/a.pem",
      "data/history/history.db-wal.damaged-1",
      "data/history/history.mark",
      "data/records.db",
      "configuration/plant.yaml",
    ]);
    expect(readdirSync(data).filter((name) => name.startsWith(".backup"))).toEqual([]);
  });

  it("holds what the configuration is not whole without, and leaves out what is not there or leads elsewhere", async () => {
    database(join(data, "records.db")).close();
    mkdirSync(join(root, "templates"));
    writeFileSync(join(root, "templates", "pump.yaml"), "template: 1\n");
    writeFileSync(join(root, "pumps.csv"), "id\n");
    const beside = ["templates/pump.yaml", "pumps.csv", "gone.csv", "../elsewhere.csv", "plant.key"];
    await backUp(
      undefined,
      beside.map((path) => ({ path, file: join(root, path) })),
    );
    expect(names().filter((name) => name.startsWith("beside"))).toEqual([
      "beside/templates/pump.yaml",
      "beside/pumps.csv",
    ]);
    const { beside: found } = await restore();
    expect(found.map(({ path, content }) => [path, String(content)])).toEqual([
      ["pumps.csv", "id\n"],
      ["templates/pump.yaml", "template: 1\n"],
    ]);
  });

  it("is of one moment while somebody writes", async () => {
    const db = database(join(data, "records.db"));
    const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
    let n = 0;
    const write = (): void => {
      db.exec("BEGIN");
      for (let i = 0; i < 200; i++) insert.run(BigInt(++n), BigInt(n));
      db.exec("COMMIT");
    };
    for (let i = 0; i < 300; i++) write();
    const before = n;
    const writing = setInterval(write, 1);
    try {
      await backUp();
    } finally {
      clearInterval(writing);
    }
    expect(n).toBeGreaterThan(before);
    await restore();
    db.close();
    const copy = new DatabaseSync(join(target, "records.db"), { readOnly: true });
    const found = copy.prepare("SELECT count(*) AS rows, max(n) AS newest, sum(n <> twin) AS torn FROM t").get();
    expect(found?.["rows"]).toBe(found?.["newest"]);
    expect(Number(found?.["rows"]) % 200).toBe(0);
    expect(found?.["rows"]).toBeGreaterThanOrEqual(before);
    expect(found?.["torn"]).toBe(0);
    expect(copy.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    copy.close();
  });

  it("follows a link to another disk, once", async () => {
    database(join(data, "records.db")).close();
    const disk = join(root, "disk");
    mkdirSync(disk);
    writeFileSync(join(disk, "big"), "1");
    symlinkSync(disk, join(data, "archive"));
    symlinkSync(data, join(disk, "round"));
    await backUp();
    expect(names().filter((name) => name.includes("archive"))).toEqual(["data/archive/big"]);
  });

  it("that is given up leaves nothing behind", async () => {
    database(join(data, "records.db")).close();
    const given = new AbortController();
    given.abort(new Error("enough"));
    await expect(backUp(given.signal)).rejects.toThrow("enough");
    expect(readdirSync(data).filter((name) => name.startsWith(".backup"))).toEqual([]);
  });

  it("says which file is damaged", async () => {
    writeFileSync(join(data, "records.db"), "no database at all, but long enough".repeat(100));
    await expect(backUp()).rejects.toMatchObject({ code: "start/damaged" });
  });
});

describe("restoring", () => {
  beforeEach(async () => {
    const db = database(join(data, "records.db"));
    db.exec("INSERT INTO t VALUES (1, 1)");
    db.close();
    await backUp();
  });

  it("gives back all of it, for this account only", async () => {
    const restored = await restore();
    expect(restored).toMatchObject({ manifest: { version: "1.2.3", gateway: "lab" }, aside: undefined });
    expect(restored.configuration?.content.toString()).toBe("version: 1\n");
    expect(readdirSync(target).sort()).toEqual(["drivers", "history", "records.db"]);
    expect(readFileSync(join(target, "drivers", "opcua", "a.pem"), "utf8")).toBe("pem");
    expect(statSync(join(target, "records.db")).mode & 0o777).toBe(0o600);
  });

  it("moves what was there aside, and leaves this machine's key where it is", async () => {
    mkdirSync(join(target, "keys"));
    writeFileSync(join(target, "keys", "installation.key"), "mine");
    writeFileSync(join(target, "records.db"), "old");
    writeFileSync(join(target, "records.db-wal"), "of another life");
    expect(await contentsOf(target)).toEqual(["records.db", "records.db-wal"]);
    const { aside } = await restore();
    expect(readdirSync(aside ?? "").sort()).toEqual(["records.db", "records.db-wal"]);
    expect(existsSync(join(target, "records.db-wal"))).toBe(false);
    expect(readFileSync(join(target, "keys", "installation.key"), "utf8")).toBe("mine");
  });

  it("changes nothing where the last look at it fails", async () => {
    writeFileSync(join(target, "records.db"), "old");
    const failing = restore({ prepare: () => Promise.reject(new Error("of a newer version")) });
    await expect(failing).rejects.toThrow("newer");
    expect(readdirSync(target)).toEqual(["records.db"]);
    expect(readFileSync(join(target, "records.db"), "utf8")).toBe("old");
  });

  it("refuses a backup without the records", async () => {
    rmSync(join(data, "records.db"));
    await backUp();
    await expect(restore()).rejects.toMatchObject({ code: "request/invalid" });
    expect(readdirSync(target)).toEqual([]);
  });

  it("that was interrupted keeps a gateway from starting, until it is done again", async () => {
    mkdirSync(join(target, ".restoring"));
    expect(() => assertNoHalfRestore(target)).toThrow(expect.objectContaining({ code: "start/damaged" }));
    await restore();
    assertNoHalfRestore(target);
  });

  it("says so when there is no such file", async () => {
    await expect(restore({ file: join(root, "none") })).rejects.toMatchObject({ code: "request/not-found" });
  });
});
