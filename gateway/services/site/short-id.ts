import { randomUUID } from "node:crypto";

/** 48 random bits as people type them on a command line: no letter case, no leading dash. */
export function shortId(): string {
  return randomUUID().replaceAll("-", "").slice(0, 12);
}
