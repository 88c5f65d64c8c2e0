import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Of one file; the one before it is kept too. */
const largestBytes = 16 * 1024 * 1024;

/**
 * Lines that a server refused, with its reason and the time, one JSON object a line, durable when `add` comes
 * back: `FILE`, and before it was full `FILE.1`. What stands there is also in the embedded history.
 */
export class Quarantine {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** One call at a time. @throws the disk's error. */
  async add(lines: readonly string[], reason: string, nowMs: number): Promise<void> {
    const at = new Date(nowMs).toISOString();
    const text = lines.map((line) => `${JSON.stringify({ at, reason, line })}\n`).join("");
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    if ((await this.#append(text)) > largestBytes) await rename(this.#path, `${this.#path}.1`);
  }

  /** @returns the size of the file then. */
  async #append(text: string): Promise<number> {
    await using file = await open(this.#path, "a", 0o600);
    await file.write(text);
    await file.datasync();
    return (await file.stat()).size;
  }
}
