import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./dockerfile.ts";

const page = readFileSync(join(root, "docs", "hardening.md"), "utf8");
const rows = [...page.matchAll(/^\| (S\d+|bad input|proxies) \|(.*)\|$/gm)].map(([, rule = "", rest = ""]) => {
  const [holds = "", shown = "", open = ""] = rest.split("|").map((cell) => cell.trim());
  return { rule, holds, shown, open };
});

describe("the table of docs/hardening.md", () => {
  it("has every rule from S1 to S22, in order", () => {
    const numbered = rows.map(({ rule }) => rule).filter((rule) => rule.startsWith("S"));
    expect(numbered).toEqual(Array.from({ length: 22 }, (_, n) => `S${n + 1}`));
  });

  it.each(rows)("$rule: names tests that are there, or says what is open", ({ holds, shown, open }) => {
    expect(holds).not.toBe("");
    const tests = [...shown.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)];
    if (tests.length === 0) expect(open).not.toBe("");
    expect(tests.length).toBe(shown.split(" · ").filter(Boolean).length);
    for (const [, file = "", name = ""] of tests) {
      expect(existsSync(join(root, file)), file).toBe(true);
      expect(readFileSync(join(root, file), "utf8"), file).toContain(name);
    }
  });
});
