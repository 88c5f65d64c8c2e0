import { expect, test } from "vitest";
import { formatBytes } from "./bytes.ts";

test.each([
  [0, "0 kB", "0 kB"],
  [1_499, "1 kB", "1 kB"],
  [844_000, "844 kB", "844 kB"],
  [999_600, "1.0 MB", "1,0 MB"],
  [2_149_000_000, "2.1 GB", "2,1 GB"],
  [50e9, "50 GB", "50 GB"],
  [3e15, "3000 TB", "3000 TB"],
])("%d bytes are %s", (bytes, en, it) => {
  // A thin space may stand between thousands.
  const plain = (text: string) => text.replaceAll(/(?<=\d)\s(?=\d)/g, "");
  expect(plain(formatBytes(bytes, "en"))).toBe(en);
  expect(plain(formatBytes(bytes, "it"))).toBe(it);
});
