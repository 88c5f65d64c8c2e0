import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, sourcesOf } from "./sources.ts";

const textOf = (path: string): string => readFileSync(join(root, path), "utf8");
/** What the gateway writes into the audit, where it stands in the source as it is. */
const written = sourcesOf("gateway")
  .filter(({ path }) => !/\.test\.ts$|\/testing\//.test(path))
  .flatMap(({ path }) => [...textOf(path).matchAll(/action: "([a-z-]+\.[a-z-]+)"/g)].map(([, action = ""]) => action));

it("every action of the audit has its words on the screen of the log", () => {
  const worded = textOf("dashboard/src/audit/words.ts");
  expect(written.length).toBeGreaterThan(30);
  expect([...new Set(written)].filter((action) => !worded.includes(`  "${action}": "audit.`))).toEqual([]);
});
