import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeWhole } from "./whole-file.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-whole-"));
  file = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* pieces(...texts: readonly (string | Uint8Array | Error)[]): AsyncGenerator<string | Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield text;
  }
}

describe("a file that is whole or not there", () => {
  it("is written for this account only, and counted in bytes", async () => {
    expect(await writeWhole(file, pieces("é", Uint8Array.of(65)), "refuse")).toBe(3);
    expect(readFileSync(file, "utf8")).toBe("éA");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  it("stays as it was when the source breaks off", async () => {
    writeFileSync(file, "old");
    await expect(writeWhole(file, pieces("new", new Error("broken off")), "replace")).rejects.toThrow("broken off");
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["out"]);
  });

  it("replaces another only where told", async () => {
    writeFileSync(file, "old");
    await expect(writeWhole(file, pieces("new"), "refuse")).rejects.toMatchObject({ code: "request/conflict" });
    expect(readFileSync(file, "utf8")).toBe("old");
    await writeWhole(file, pieces("new"), "replace");
    expect(readFileSync(file, "utf8")).toBe("new");
  });

  it("never replaces one that came meanwhile", async () => {
    async function* slow() {
      yield "new";
      writeFileSync(file, "theirs");
    }
    await expect(writeWhole(file, slow(), "refuse")).rejects.toMatchObject({ code: "request/conflict" });
    expect(readFileSync(file, "utf8")).toBe("theirs");
  });

  it("is neither a folder nor a device", async () => {
    mkdirSync(file);
    for (const other of [file, "/dev/null"])
      await expect(writeWhole(other, pieces("x"), "replace")).rejects.toMatchObject({ code: "request/conflict" });
  });

  it("says where it cannot be written", async () => {
    const there = join(folder, "none", "out");
    await expect(writeWhole(there, pieces("x"), "replace")).rejects.toThrow("there is no such folder");
  });
});
