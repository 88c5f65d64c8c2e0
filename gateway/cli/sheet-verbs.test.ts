import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Actions, Terminal } from "./actions.ts";
import { runProgram } from "./program.ts";
import { machineActions } from "./testing/machine-actions.ts";

async function run(...argv: readonly string[]) {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args.slice(1)]);
    };
  const [out, err, poured]: [string[], string[], string[]] = [[], [], []];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    readLine: async () => "",
    ask: async () => undefined,
    askSecret: async () => undefined,
    async pour(chunks) {
      for await (const chunk of chunks) poured.push(String(chunk));
    },
  };
  // Of all actions only these are asked here.
  const actions = { version: "0.1.0", ...machineActions(note) } as unknown as Actions;
  const code = await runProgram(argv, actions, terminal);
  return { code, calls, out: out.join("\n"), err: err.join("\n"), poured: poured.join("") };
}

const asked = { dryRun: false, skipBadRows: false, newMachines: false, why: undefined };

describe("plancia import", () => {
  it("takes a sheet, and says what of it, and which version that is", async () => {
    const { code, out, calls } = await run("import", "good.csv", "--why", "hall 2");
    expect([code, calls]).toEqual([0, [["importTags", "good.csv", { ...asked, why: "hall 2" }]]]);
    expect(out).toMatch(
      /^tag press\/rpm added\nrows: 1 to add, 0 to change, 2 left as they are, 1 that name no point, 0 bad\n/,
    );
    expect(out).toMatch(/config\/gateway\.yaml is version 3 now; it takes effect at the next start of the gateway$/);
  });

  it("changes nothing in a dry run", async () => {
    const { code, out, calls } = await run("import", "good.csv", "--dry-run");
    expect([code, calls]).toEqual([0, [["importTags", "good.csv", { ...asked, dryRun: true }]]]);
    expect(out).toMatch(/1 would be added.*\nnothing was changed: a dry run$/);
  });

  it("names each bad row, takes none of a sheet that has one, and ends with 1", async () => {
    const { code, err } = await run("import", "bad.csv");
    expect([code, err]).toEqual([
      1,
      'row 3, unit\u{fffd}[2J: "x": expected a unit\nplancia: config/gateway.yaml was left as it is; --skip-bad-rows takes the rows that are right',
    ]);
    expect((await run("import", "bad.csv", "--dry-run")).code).toBe(1);
  });

  it("takes the others where that is asked for", async () => {
    const { code, err, out } = await run("import", "bad.csv", "--skip-bad-rows", "--new-machines");
    expect([code, err]).toEqual([0, expect.stringMatching(/^row 3/)]);
    expect(out).toMatch(/1 bad\nconfig\/gateway\.yaml is version 3 now/);
  });

  it("gives JSON", async () => {
    const { out } = await run("import", "bad.csv", "--json");
    expect(JSON.parse(out)).toMatchObject({ added: ["press/rpm"], faults: [{ row: 3 }], bad: 1 });
  });
});

describe("plancia config tags", () => {
  it("writes the tags as CSV, to the output or into a file", async () => {
    const { poured, calls } = await run("config", "tags");
    expect([poured, calls]).toEqual(["equipment,tag\r\npress,rpm\r\n", [["exportTags", "commas"]]]);
    const folder = mkdtempSync(join(tmpdir(), "plancia-tags-"));
    try {
      const out = join(folder, "tags.csv");
      expect((await run("config", "tags", "--semicolons", "--out", out)).calls).toEqual([["exportTags", "semicolons"]]);
      expect(readFileSync(out, "utf8")).toBe("equipment,tag\r\npress,rpm\r\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("plancia browse --csv", () => {
  it("has the device and a proposed id for each point at its end, for plancia import", async () => {
    const [heading, row] = (await run("browse", "press-plc", "--csv", "--equipment", "press")).out.split("\n");
    expect(heading).toBe("path,name,kind,type,writable,unit,low,high,address,texts,device,equipment,tag");
    expect(row).toBe("Press/Speed,'=Speed,variable,double,true,1/min,0,600,ns=1;s=Speed,,press-plc,press,speed");
    expect((await run("browse", "press-plc", "--csv")).out.split("\n")[1]).toMatch(/,press-plc,,speed$/);
  });
});
