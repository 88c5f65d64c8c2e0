import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

/** Nobody's number on a usual system; as root we become it, else we stay who we are. */
const stranger = 61_234;
const asRoot = process.getuid?.() === 0;
const credentials = asRoot ? { uid: stranger, gid: stranger } : {};

/** Owner that the data folder needs. */
export const owner = asRoot ? stranger : (process.getuid?.() ?? 0);

/** Why a sandbox cannot be had here; undefined: it can. */
export function sandboxMissing(): string | undefined {
  if (process.platform !== "linux") return "bubblewrap needs Linux";
  const tried = spawnSync("bwrap", [...walls, "--ro-bind", "/", "/", "true"], { ...credentials, encoding: "utf8" });
  if (tried.error) return "bubblewrap is not installed (apt-get install bubblewrap)";
  return tried.status === 0 ? undefined : `no user namespaces here (bwrap: ${tried.stderr.trim()})`;
}

const walls = [
  "--unshare-user",
  "--unshare-pid",
  "--unshare-ipc",
  "--unshare-uts",
  "--cap-drop",
  "ALL",
  "--die-with-parent",
  "--new-session",
];

export interface Room {
  /** The working folder, `/app` inside, read-only. */
  readonly app: string;
  readonly data: string;
  readonly config: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A root that holds the system's libraries, one Node, /app and /config, all read-only; writable are /data and /tmp. */
function rooms({ app, data, config, environment }: Room): readonly string[] {
  const libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"].filter((path) => existsSync(path));
  const system = ["/etc/hosts", "/etc/resolv.conf", "/etc/localtime"].filter((path) => existsSync(path));
  return [
    ...[...libraries, ...system].flatMap((path) => ["--ro-bind", path, path]),
    ...["--ro-bind", process.execPath, "/usr/local/bin/node"],
    ...["--ro-bind", app, "/app", "--ro-bind", config, "/config", "--bind", data, "/data"],
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/app", "--clearenv"],
    ...Object.entries({ PATH: "/usr/local/bin", ...environment }).flatMap(([key, value]) => ["--setenv", key, value]),
  ];
}

/** One process in the sandbox, with what it has said. */
export class Prisoner implements AsyncDisposable {
  output = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;

  constructor(room: Room, command: readonly string[]) {
    const args = [...walls, ...rooms(room), "--", ...command];
    this.#child = spawn("bwrap", args, { ...credentials, stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    this.#ended = once(this.#child, "close").then(([code]) => (code as number | null) ?? -1);
  }

  /** The first match in its output. @throws Error with the output when it ends or stays silent. */
  async said(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const until = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.#child.exitCode !== null || performance.now() > until)
        throw new Error(`never said ${pattern}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get ended(): Promise<number> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // bwrap dies with the signal, and takes everything in the sandbox along.
    this.#child.kill("SIGTERM");
    const hard = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#ended;
    clearTimeout(hard);
  }
}
