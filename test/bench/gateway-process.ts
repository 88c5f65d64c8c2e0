import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { gatewayEnvironment, gatewayFlags } from "../../gateway/launch/memory.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const password = "for-measuring-only-7";

/** Runs a script of the project and gives it back with the first line it says that `wanted` takes. */
export async function startScript(
  args: readonly string[],
  wanted: (line: string) => boolean,
  input = "",
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [...args], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
    // All sides of a bench with the same compile cache: what is compared is not the start.
    env: { ...gatewayEnvironment(), PLANCIA_LOG_LEVEL: "error" },
  });
  if (input) child.stdin?.write(input);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const line = await new Promise<string>((resolve, reject) => {
    lines.on("line", (text) => wanted(text) && resolve(text));
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended early (${code})`)));
  });
  return { child, line };
}

export interface GatewaySettings {
  /** Of the one person that signs in, `bench`. */
  readonly role?: "operator" | "administrator";
  /** Certificates of OPC UA servers, PEM files. */
  readonly trusted?: readonly string[];
}

/** A gateway process on a configuration, with one dashboard that watches everything. */
export class GatewayProcess implements AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Each sample that reached the dashboard. */
  onSample: (handle: number, value: unknown, sourceTimeMs: number) => void = () => undefined;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #sockets: WebSocket[] = [];
  readonly #names = new Map<number, string>();

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.pid = child.pid as number;
    this.url = url;
  }

  static async start(configuration: string, settings: GatewaySettings = {}): Promise<GatewayProcess> {
    const folder = mkdtempSync(join(tmpdir(), "plancia-bench-"));
    const config = join(folder, "gateway.yaml");
    writeFileSync(config, configuration);
    const data = join(folder, "data");
    const place = ["--config", config, "--data", data];
    const { role = "operator", trusted = [] } = settings;
    await plancia(["user", "add", "bench", "--role", role, "--password-stdin", ...place], `${password}\n`);
    for (const file of trusted) await plancia(["trust", "--file", file, ...place]);
    const { child, line } = await startScript([...gatewayFlags, "gateway/main.ts", "run", ...place], (text) =>
      text.includes("http://127.0.0.1"),
    );
    return new GatewayProcess(child, folder, line.trim());
  }

  /** Everybody's. */
  readonly password = password;

  /** A new access token, good for five minutes. */
  async signIn(username = "bench"): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    return ((await answer.json()) as { accessToken: string }).accessToken;
  }

  name(handle: number): string | undefined {
    return this.#names.get(handle);
  }

  /** Signs in and watches these tags, each time on a socket of its own. */
  async watch(intervalMs = 100, tags: readonly string[] = ["*"]): Promise<void> {
    const accessToken = await this.signIn();
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/api/v1/live`, "plancia.v1");
    this.#sockets.push(socket);
    await once(socket, "open");
    const subscribed = new Promise<void>((resolve) => {
      socket.on("message", (data) => this.#heard(JSON.parse(data.toString()), resolve));
    });
    socket.send(JSON.stringify({ type: "authenticate", token: accessToken }));
    socket.send(JSON.stringify({ type: "subscribe", id: 1, tags, intervalMs }));
    await subscribed;
  }

  /** A metric without labels, as it stands now. */
  async metric(name: string): Promise<number> {
    const headers = { authorization: `Bearer ${await this.signIn()}` };
    const text = await (await fetch(`${this.url}/metrics`, { headers })).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #heard(
    message: { type: string; tags?: { handle: number; tag: string }[]; samples?: [number, unknown, number, number][] },
    subscribed: () => void,
  ): void {
    if (message.type === "subscribed") {
      for (const { handle, tag } of message.tags ?? []) this.#names.set(handle, tag);
      subscribed();
    } else if (message.type === "samples") {
      for (const [handle, value, , sourceTimeMs] of message.samples ?? []) this.onSample(handle, value, sourceTimeMs);
    }
  }
}

async function plancia(args: readonly string[], input = ""): Promise<void> {
  const child = spawn(process.execPath, ["gateway/main.ts", ...args], {
    cwd: root,
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(input);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`plancia ${args[0]} ended with ${code}`);
}
