import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Debian's own: pymodbus is a package of the distribution, unknown to any other Python on the path. */
const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("modbus-pymodbus-server.py", import.meta.url));

export interface PymodbusPeer {
  readonly port: number;
  readonly process: ChildProcess;
  /** Addresses as in a configuration, with the values that Python's struct put there; 64-bit integers as text. */
  readonly expected: readonly { readonly address: object; readonly value: number | boolean | string }[];
  /** What Python makes of the registers at this address now. */
  ask(address: object): Promise<unknown>;
  close(): Promise<void>;
}

/** A pymodbus server on a free port, or why there is none. */
export async function startPymodbus(
  framing: "mbap" | "rtu" = "mbap",
): Promise<{ peer: PymodbusPeer } | { missing: string }> {
  if (!existsSync(python)) return { missing: `${python} is not there (apt-get install python3-pymodbus)` };
  const child = spawn(python, [script, framing], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done) throw new Error("the pymodbus server ended");
    return JSON.parse(line.value);
  };
  const hello = await next();
  if (hello.missing !== undefined) return { missing: hello.missing };
  return {
    peer: {
      port: hello.port,
      process: child,
      expected: hello.expected,
      ask(address) {
        child.stdin.write(`${JSON.stringify(address)}\n`);
        return next();
      },
      async close() {
        const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
        child.kill("SIGKILL");
        await ended;
      },
    },
  };
}
