import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

export interface SerialPortRig extends AsyncDisposable {
  /** The end that the gateway opens. */
  readonly path: string;
  /** Pulls the plug: the port is gone. */
  pull(): Promise<void>;
  /** Puts it back where it was pulled. */
  plug(): Promise<void>;
}

const socat = "/usr/bin/socat";

/** Why no serial port can be made here; undefined: it can. */
export const noSerialPort = existsSync(socat) ? undefined : `${socat} is not there (apt-get install socat)`;

/** A serial port (a pty) whose other end is a TCP connection to a peer that speaks RTU frames. */
export async function serialPortTo(tcpPort: number): Promise<SerialPortRig> {
  const folder = mkdtempSync(join(tmpdir(), "plancia-serial-"));
  const path = join(folder, "port");
  let unplug: (() => Promise<void>) | undefined;
  const plug = async () => {
    if (unplug) return;
    const ends = [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${tcpPort},nodelay`];
    const child = spawn(socat, ["-t", "0", ...ends], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    unplug = async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(path, { force: true });
    };
    await until(() => existsSync(path), "the serial port");
  };
  const pull = async () => {
    await unplug?.();
    unplug = undefined;
  };
  await plug();
  return {
    path,
    plug,
    pull,
    async [Symbol.asyncDispose]() {
      await pull();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Two serial ports with a null modem between them, for a peer that opens a port itself. */
export async function serialPair(): Promise<AsyncDisposable & { readonly paths: readonly [string, string] }> {
  const folder = mkdtempSync(join(tmpdir(), "plancia-serial-"));
  const paths = [join(folder, "ours"), join(folder, "theirs")] as const;
  const ends = paths.map((path) => `pty,raw,echo=0,link=${path}`);
  const child = spawn(socat, ["-t", "0", ...ends], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await until(() => paths.every((path) => existsSync(path)), "the serial ports");
  return {
    paths,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
