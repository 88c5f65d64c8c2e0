import { mkdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const lock = join(tmpdir(), "plancia-test-demo-ports");
/** Longer than any test has the demo running, ms: whoever held it so long was killed. */
const staleMs = 180_000;

/** The demo's ports are fixed, and test files run side by side: one demo at a time. */
export async function demoAlone(): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await mkdir(lock);
      return { [Symbol.asyncDispose]: () => rm(lock, { recursive: true, force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const since = await stat(lock).catch(() => undefined);
      if (since && Date.now() - since.mtimeMs > staleMs) await rm(lock, { recursive: true, force: true });
      await sleep(250);
    }
  }
}
