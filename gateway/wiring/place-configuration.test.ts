import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CheckedFile } from "../services/configuration-desk.ts";
import { placeConfiguration } from "./place-configuration.ts";

let folder = "";
let config = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-place-"));
  config = join(folder, "gateway.yaml");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = { text: "", plain: "{}", leftOut: 0, hash: "h" } as unknown as Extract<CheckedFile, { ok: true }>["kept"];
const valid: CheckedFile = { ok: true, kept, sheets: new Map() };
const recorded: number[] = [];
function place(text: string, check: (file: string) => Promise<CheckedFile> = async () => valid) {
  recorded.length = 0;
  return placeConfiguration({
    config,
    text,
    check,
    record: async () => recorded.push(1) && 7,
    version: async () => undefined,
  });
}
const read = () => readFileSync(config, "utf8");

describe("putting a configuration in place", () => {
  it("keeps what lay there, and leaves nothing else behind", async () => {
    writeFileSync(config, "old");
    expect(await place("new")).toEqual({ ok: true, n: 7, before: `${config}.before-7` });
    expect(read()).toBe("new");
    expect(readFileSync(`${config}.before-7`, "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(["gateway.yaml", "gateway.yaml.before-7"]);
  });

  it("leaves the file and the record alone where the text is not valid", async () => {
    writeFileSync(config, "old");
    const problems = [{ line: 1, column: 1, path: "", text: "no" }];
    expect(await place("bad", async () => ({ ok: false, problems }))).toEqual({ ok: false, problems });
    expect([read(), recorded, readdirSync(folder)]).toEqual(["old", [], ["gateway.yaml"]]);
  });

  it.each([
    ["edits it", () => writeFileSync(config, "edited by hand")],
    ["removes it", () => rmSync(config)],
  ])(
    "refuses where somebody else %s meanwhile: that edit is not lost, and nothing is recorded",
    async (_name, meddle) => {
      writeFileSync(config, "old");
      const meddled = place("new", async () => {
        meddle();
        return valid;
      });
      await expect(meddled).rejects.toMatchObject({ code: "request/conflict" });
      expect(recorded).toEqual([]);
      expect(readdirSync(folder).filter((name) => name !== "gateway.yaml")).toEqual([]);
    },
  );

  it("does nothing where it says that already", async () => {
    writeFileSync(config, "same");
    expect(await place("same")).toEqual({ ok: true, n: undefined, before: undefined });
    expect(recorded).toEqual([]);
  });
});
