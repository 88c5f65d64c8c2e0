import { z } from "zod";

const unitBytes = new Map([
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
]);

const pattern = /^(\d{1,9}(?:\.\d{1,3})?) ?(MB|GB|TB|MiB|GiB|TiB)$/;

/** "500MB", "1.5GiB" → bytes, whole; undefined: not a size. */
export function parseByteSize(text: string): number | undefined {
  const match = pattern.exec(text);
  const factor = unitBytes.get(match?.[2] ?? "");
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined;
}

/** An amount of bytes in a configuration: text at the edge, bytes from there on. At least `min` and at most 100 TB. */
export function byteSize(min: number) {
  return z
    .string({ error: 'a size as text, such as "500MB", "20GB" or "2GiB"' })
    .regex(pattern, { error: 'a size such as "500MB", "20GB" or "2GiB"', abort: true })
    .transform((text) => parseByteSize(text) ?? 0)
    .refine((bytes) => bytes >= min && bytes <= 1e14, { error: `a size from ${min / 1e6}MB to 100TB` });
}
