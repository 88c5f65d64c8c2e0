import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Debian's own: pymodbus is a package of the distribution, unknown to any other Python on the path. */
const python = "/usr/bin/python3";

/** A Modbus server that Python holds and that nobody here wrote, with hands to look into it. */
export interface PythonPeer {
  readonly port: number;
  readonly process: ChildProcess;
  /** Addresses as in a configuration, with the values that Python's struct put there; 64-bit integers as text. */
  readonly expected: readonly { readonly address: object; readonly value: number | boolean | string }[];
  /** What Python makes of the registers at this address now; other questions stand in the server's head. */
  ask(address: object): Promise<unknown>;
  close(): Promise<void>;
}

export type PythonStarted = { readonly peer: PythonPeer } | { readonly missing: string };

/** A pymodbus server on a free port, or why there is none. */
export function startPymodbus(framing: "mbap" | "rtu" = "mbap"): Promise<PythonStarted> {
  return startPython("modbus-pymodbus-server.py", "python3-pymodbus", [framing]);
}

/** A libmodbus server on a free port, or on a serial port, or why there is none. */
export function startLibmodbus(serialPath?: string): Promise<PythonStarted> {
  const way = serialPath === undefined ? ["tcp"] : ["rtu", serialPath];
  return startPython("modbus-libmodbus-server.py", "libmodbus5 python3", way);
}

async function startPython(script: string, packages: string, args: readonly string[]): Promise<PythonStarted> {
  if (!existsSync(python)) return { missing: `${python} is not there (apt-get install ${packages})` };
  const file = fileURLToPath(new URL(script, import.meta.url));
  // -B: the tests leave no byte code beside the sources.
  const child = spawn(python, ["-B", file, ...args], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done) throw new Error(`${script} ended`);
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
