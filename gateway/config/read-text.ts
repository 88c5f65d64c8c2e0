import { open } from "node:fs/promises";
import type { Report } from "./report.ts";

/** Ten times what 10,000 tags take. */
export const largestFile = 8 * 1024 * 1024;

/** A configuration's text; undefined: it cannot be read, and that is reported. */
export async function readText(file: string, report: Report): Promise<string | undefined> {
  try {
    await using handle = await open(file, "r");
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, largestFile) + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > largestFile) {
      report.at({ line: 1, column: 1 }, `the file is larger than ${largestFile / 1024 / 1024} MiB`);
      return undefined;
    }
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, bytesRead));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "the file is not UTF-8" : unreadable(code);
    report.at({ line: 0, column: 0 }, why);
    return undefined;
  }
}

function unreadable(code: string | undefined): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file; --config FILE names another";
    case "EISDIR":
      return "is a folder, not a file";
    case "EACCES":
      return "the file may not be read by this user";
    default:
      return `the file cannot be read (${code ?? "unknown"})`;
  }
}
