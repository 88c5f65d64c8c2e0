import { expect, it } from "vitest";
import { parseByteSize } from "./byte-size.ts";

it.each([
  ["500MB", 500_000_000],
  ["20 GB", 20_000_000_000],
  ["1.5GiB", 1_610_612_736],
  ["1TiB", 2 ** 40],
  ["0MB", 0],
  ["20", undefined],
  ["20G", undefined],
  ["20gb", undefined],
  ["-1GB", undefined],
  ["1e3GB", undefined],
  ["", undefined],
])("%j is %j bytes", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});
