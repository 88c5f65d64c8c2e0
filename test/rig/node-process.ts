import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { gatewayFlags } from "../../gateway/launch/memory.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One process of this project under the Node that runs the tests. Its output is kept; it is never left behind. */
export class NodeProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  #over = false;

  /** @param script from the project's root. */
  constructor(
    script: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    folder: string = root,
  ) {
    this.#child = spawn(process.execPath, [...gatewayFlags, folder === root ? script : join(root, script), ...args], {
      cwd: folder,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...environment },
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    // A process that ends before it has read its input breaks the pipe; its exit code tells the rest.
    this.#child.stdin.on("error", () => undefined);
    this.ended = once(this.#child, "close").then(([code, signal]) => {
      this.#over = true;
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get over(): boolean {
    return this.#over;
  }

  say(text: string): void {
    this.#child.stdin.end(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first match in what it has printed. @throws Error with its output when it ends or stays silent. */
  async printed(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const until = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match) return match;
      if (this.#over || performance.now() > until)
        throw new Error(
          `${this.#over ? "ended" : "silent"} before ${pattern}:\n${this.stdout.slice(-2000)}${this.stderr.slice(-2000)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** How it ended; a process that is still there after `withinMs` is killed, and the signal tells. */
  async end(withinMs: number): Promise<Ended> {
    const hard = setTimeout(() => this.signal("SIGKILL"), withinMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(hard);
    }
  }
}

/** Runs `plancia …` to its end, in a folder. */
export async function plancia(
  args: readonly string[],
  input = "",
  environment: Readonly<Record<string, string>> = {},
  folder: string = root,
): Promise<Ended> {
  const child = new NodeProcess("gateway/main.ts", args, { PLANCIA_LOG_LEVEL: "warn", ...environment }, folder);
  child.say(input);
  return child.end(30_000);
}
