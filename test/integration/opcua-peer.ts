import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PeerOptions {
  readonly port: number;
  readonly folder: string;
  readonly modes: readonly ("None" | "Sign" | "SignAndEncrypt")[];
  readonly anonymous: boolean;
  readonly acceptsAnyClient: boolean;
  /** What the server calls itself, where its certificate says otherwise. */
  readonly serverUri?: string;
  readonly certificate: {
    readonly applicationUri: string;
    readonly ip: string;
    readonly notBefore: number;
    readonly notAfter: number;
  };
  /** PEM of a certificate that may sign in as a user. */
  readonly userCertificate?: string;
  /** Variables Extra0, Extra1, … with the values 0, 1, … */
  readonly extra: number;
}

export type PeerOrder =
  | {
      readonly kind: "set";
      readonly node: string;
      readonly type: string;
      readonly value?: unknown;
      /** A number that JSON does not know. */
      readonly special?: "NaN" | "Infinity" | "-Infinity";
      readonly array?: boolean;
      readonly status?: number;
      readonly time?: number;
    }
  | { readonly kind: "hold-writes"; readonly hold: boolean }
  | { readonly kind: "writes" };

const day = 86_400_000;

/** A server in a process of its own: to be told, killed, frozen and started again on its port. */
export class Peer {
  readonly options: PeerOptions;
  #process: ChildProcess;

  private constructor(options: PeerOptions, child: ChildProcess) {
    this.options = options;
    this.#process = child;
  }

  static async start(wish: Partial<PeerOptions> = {}): Promise<Peer> {
    const options: PeerOptions = {
      port: wish.port ?? (await freePort()),
      folder: await mkdtemp(join(tmpdir(), "opcua-peer-")),
      modes: ["SignAndEncrypt"],
      anonymous: true,
      acceptsAnyClient: true,
      certificate: peerCertificate(),
      extra: 0,
      ...wish,
    };
    return new Peer(options, await run(options));
  }

  get endpoint(): string {
    return `opc.tcp://127.0.0.1:${this.options.port}`;
  }

  set(node: string, type: string, more: Partial<Extract<PeerOrder, { kind: "set" }>>): void {
    this.#tell({ kind: "set", node, type, ...more });
  }

  holdWrites(hold: boolean): void {
    this.#tell({ kind: "hold-writes", hold });
  }

  async writes(): Promise<readonly string[]> {
    const answer = once(this.#process, "message");
    this.#tell({ kind: "writes" });
    return ((await answer)[0] as { writes: string[] }).writes;
  }

  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  /** Forgets its certificate: the next start makes another. */
  async loseCertificate(): Promise<void> {
    await rm(join(this.options.folder, "own"), { recursive: true });
  }

  /** The same server anew, on the same port. */
  async restart(wish: Partial<PeerOptions> = {}): Promise<void> {
    await this.kill();
    this.#process = await run({ ...this.options, ...wish });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.options.folder, { recursive: true, force: true });
  }

  #tell(order: PeerOrder): void {
    this.#process.send(order);
  }
}

export function peerCertificate(wish: Partial<PeerOptions["certificate"]> = {}): PeerOptions["certificate"] {
  const now = Date.now();
  return { applicationUri: "urn:peer:test", ip: "127.0.0.1", notBefore: now - day, notAfter: now + 30 * day, ...wish };
}

async function run(options: PeerOptions): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("opcua-peer-server.ts", import.meta.url));
  const child = fork(script, [JSON.stringify(options)], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const ready = once(child, "message");
  const exit = once(child, "exit").then(() => Promise.reject(new Error(`the peer did not start: ${errors}`)));
  await Promise.race([ready, exit]);
  exit.catch(() => undefined);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
