import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PlanciaError } from "../core/errors.ts";

const simulators = fileURLToPath(new URL("../../simulators/main.ts", import.meta.url));
/** How long the simulated plant may take until it answers. */
const readyTimeoutMs = 30_000;

/** A simulated server that shows a certificate. */
const Ready = z.object({
  plants: z.array(z.object({ plant: z.string(), certificate: z.object({ file: z.string() }).optional() })),
});

export interface DemoPlant {
  /** Files of the certificates (PEM) that the simulated servers show. */
  readonly certificates: readonly string[];
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the simulators as a process of their own, which ends with ours, and waits until they are
 * ready. @throws PlanciaError start/in-use with the simulators' own line.
 */
export async function startSimulators(args: readonly string[]): Promise<DemoPlant> {
  const child = spawn(process.execPath, [simulators, ...args, "--end-with-stdin"], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "exit").then(() => undefined);
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    if (said.length > 20) said.shift();
  });
  const line = await ready(child, ended, said);
  const { plants } = Ready.parse(JSON.parse(line));
  return {
    certificates: plants.flatMap((plant) => plant.certificate?.file ?? []),
    ended,
    async stop() {
      child.stdin.end();
      const hard = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(hard);
    },
  };
}

async function ready(child: ChildProcess, ended: Promise<void>, said: readonly string[]): Promise<string> {
  const { stdout } = child;
  if (!stdout) throw new Error("the simulators have no output");
  const lines = createInterface({ input: stdout });
  const failed = ended.then(() => {
    throw new PlanciaError("start/in-use", said.at(-1) ?? "the simulators ended without a word");
  });
  const late = AbortSignal.timeout(readyTimeoutMs);
  const first = once(lines, "line", { signal: late }).catch(() => {
    throw new PlanciaError("start/in-use", "the simulators were not ready in 30 s");
  });
  // Once they are ready, their end is `ended`'s to tell, not an error of the start.
  failed.catch(() => undefined);
  const [line] = (await Promise.race([first, failed])) as [string];
  return line;
}
