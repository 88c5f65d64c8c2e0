import { expect, it } from "vitest";
import { LogTail } from "./log-tail.ts";

it("keeps the last lines, and never more than a quarter of a mebibyte", () => {
  const tail = new LogTail();
  for (let n = 0; n < 600; n++) tail.take(`line ${n}\n`);
  expect(tail.lines()).toHaveLength(500);
  expect(tail.lines().at(-1)).toBe("line 599");
  tail.take("x".repeat(1_000_000));
  expect(tail.lines()).toHaveLength(1);
  expect(tail.lines()[0]).toHaveLength(256 * 1024);
});
