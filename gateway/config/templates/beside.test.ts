import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesBeside } from "./beside.ts";

it("names the plant's own templates and the tables' files, none from elsewhere, also of a broken configuration", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plancia-beside-"));
  try {
    mkdirSync(join(folder, "templates"));
    for (const name of ["pump.yaml", "Notes.txt", "meter.yaml"]) writeFileSync(join(folder, "templates", name), "x");
    writeFileSync(join(folder, "key.pem"), "key");
    symlinkSync("/etc/hostname", join(folder, "link.csv"));
    const config = join(folder, "gateway.yaml");
    const tables = ["a.csv", "more/b.csv", "a.csv", "../c.csv", "/d.csv", "key.pem", "link.csv", "gone.csv"];
    const lines = tables.map((file, i) => `  t${i}: { file: ${file} }\n`);
    writeFileSync(config, `tables:\n${lines.join("")}  odd: 5\nnonsense: true\n`);
    expect((await filesBeside(config)).map(({ path }) => path)).toEqual([
      "templates/meter.yaml",
      "templates/pump.yaml",
      "a.csv",
      "more/b.csv",
      "gone.csv",
    ]);
    writeFileSync(config, "no: [yaml");
    expect((await filesBeside(config)).map(({ path }) => path)).toEqual([
      "templates/meter.yaml",
      "templates/pump.yaml",
    ]);
    expect(await filesBeside(join(folder, "elsewhere", "gateway.yaml"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
