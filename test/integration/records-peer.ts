import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A second process on the same records file. */
export interface RecordsPeer {
  readonly process: ChildProcess;
  /** Every line that it said so far. */
  readonly lines: readonly string[];
  /** Resolves when it stands at the start. */
  readonly ready: Promise<void>;
  /** Lets it begin; resolves with its last line when it has ended. @throws when it ended badly. */
  run(): Promise<string>;
  begin(): void;
}

const living = new Set<ChildProcess>();

/** For `afterEach`: whatever a test that failed has left behind would hold the file, and the end of the run. */
export async function endPeers(): Promise<void> {
  await Promise.all(
    [...living].map((child) => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      return ended;
    }),
  );
}

const script = fileURLToPath(new URL("./records-process.ts", import.meta.url));

export function recordsPeer(file: string, work: string, name: string, count = 1): RecordsPeer {
  const child = spawn(process.execPath, [script, file, work, name, String(count)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  living.add(child);
  child.once("exit", () => living.delete(child));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const ended = once(child, "close");
  const ready = new Promise<void>((resolve, reject) => {
    reader.on("line", (line) => {
      lines.push(line);
      if (line === "ready") resolve();
    });
    child.once("exit", (exit) => reject(new Error(`the peer ended with ${exit}`)));
  });
  const begin = () => void child.stdin.write("go\n");
  return {
    process: child,
    lines,
    ready,
    begin,
    async run() {
      begin();
      const [exit] = (await ended) as [number | null];
      if (exit !== 0) throw new Error(`the peer ended with ${exit}`);
      return lines.at(-1) ?? "";
    },
  };
}
