import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataFolder } from "./data-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hold = `
import { openDataFolder } from ${JSON.stringify(new URL("./data-folder.ts", import.meta.url).href)};
try { openDataFolder(process.argv[1]); console.log("held"); } catch (error) { console.log(error.code); }
`;

/** Opens the folder in another process, which ends without letting go. */
function another(): string {
  return spawnSync(process.execPath, ["--input-type=module", "-e", hold, folder], { encoding: "utf8" }).stdout.trim();
}

describe("the data folder", () => {
  it("is held by one gateway at a time", () => {
    const first = openDataFolder(folder);
    expect(another()).toBe("start/in-use");
    first.release();
    expect(another()).toBe("held");
  });

  it("is free again after a process that ended without letting go", () => {
    expect(another()).toBe("held");
    openDataFolder(folder).release();
  });

  it("is made with the folders above it", () => {
    openDataFolder(join(folder, "a", "b")).release();
  });

  it.runIf(process.platform === "linux")("says so where nothing can be made, and does not hang", () => {
    expect(() => openDataFolder("/proc/nowhere/data")).toThrow(expect.objectContaining({ code: "start/read-only" }));
  });

  it("says so when it cannot be made", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => openDataFolder(join(file, "data"))).toThrow(expect.objectContaining({ code: "start/read-only" }));
  });
});
