import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeToRun, root } from "./install.mjs";
import { gatewayEnvironment, gatewayFlags } from "./memory.mjs";
import { whenParentEnds } from "./parent.mjs";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** A terminal and npm may both deliver the same Ctrl-C; a second one that is meant comes later. */
const sameSignalMs = 1000;

/**
 * Runs `gateway/main.ts` with the pinned Node and passes signals on. The process ends when this one
 * does, however that happens. Resolves to the exit code.
 * @param group `own`: a process group of its own, which a terminal's Ctrl-C reaches only through us,
 * so once. `terminal`: it may ask questions at the terminal, which then delivers Ctrl-C itself.
 */
export function runGateway(args, group) {
  const preload = pathToFileURL(join(root, "gateway", "launch", "end-with-parent.mjs")).href;
  const child = spawn(nodeToRun(), [...gatewayFlags, "--import", preload, join(root, "gateway", "main.ts"), ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    detached: process.platform !== "win32" && group === "own",
    env: gatewayEnvironment(),
  });
  forwardSignals(child, group);
  whenParentEnds(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function forwardSignals(child, group) {
  let last = -sameSignalMs;
  for (const signal of signals) {
    process.on(signal, () => {
      if (group === "terminal" && signal === "SIGINT" && process.stdin.isTTY) return;
      const now = performance.now();
      if (now - last < sameSignalMs) return;
      last = now;
      child.kill(signal);
    });
  }
}
