import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const program = "/usr/bin/influxd";
export const influxMissing = existsSync(program) ? undefined : "influxd is not installed (Debian package influxdb)";

export const admin = { user: "admin", password: "long-enough-for-a-test" };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real InfluxDB 1.x with passwords, its own folder and ports, which can be killed, frozen and started again. */
export class InfluxServer {
  readonly folder = mkdtempSync(join(tmpdir(), "plancia-influx-"));
  readonly port: number;
  readonly #backupPort: number;
  #child: ChildProcess | undefined;

  private constructor(port: number, backupPort: number) {
    this.port = port;
    this.#backupPort = backupPort;
  }

  static async create(): Promise<InfluxServer> {
    const server = new InfluxServer(await freePort(), await freePort());
    writeFileSync(join(server.folder, "influxdb.conf"), server.#configuration());
    await server.start();
    await server.query(`CREATE USER ${admin.user} WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(program, ["-config", join(this.folder, "influxdb.conf")], { stdio: "ignore" });
    this.#child = child;
    const until = performance.now() + 30_000;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > until) throw new Error("influxd does not come up");
      await sleep(50);
    }
  }

  async #answers(): Promise<boolean> {
    // Not there yet: asked again.
    const answer = await fetch(`${this.url}/ping`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    return answer?.status === 204;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The rows of the first series that an InfluxQL statement answers with, as columns by name. @throws Error of the server. */
  async query(statement: string, database = ""): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const body = new URLSearchParams({ q: statement, db: database, epoch: "ms" });
    const response = await fetch(`${this.url}/query`, { method: "POST", body, headers: authorization });
    const answer = (await response.json()) as {
      error?: string;
      results?: { error?: string; series?: { columns: string[]; values: unknown[][] }[] }[];
    };
    const [result] = answer.results ?? [];
    const error = answer.error ?? result?.error;
    if (error !== undefined) throw new Error(`${statement}: ${error}`);
    return (result?.series ?? []).flatMap(({ columns, values }) =>
      values.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]]))),
    );
  }

  async write(database: string, lines: string): Promise<void> {
    const path = `/write?${new URLSearchParams({ db: database, precision: "ms" })}`;
    const response = await fetch(`${this.url}${path}`, { method: "POST", body: lines, headers: authorization });
    if (!response.ok) throw new Error(await response.text());
  }

  #configuration(): string {
    const path = (name: string) => JSON.stringify(join(this.folder, name));
    return `reporting-disabled = true
bind-address = "127.0.0.1:${this.#backupPort}"
[meta]
dir = ${path("meta")}
[data]
dir = ${path("data")}
wal-dir = ${path("wal")}
query-log-enabled = false
[monitor]
store-enabled = false
[subscriber]
enabled = false
[continuous_queries]
enabled = false
[http]
bind-address = "127.0.0.1:${this.port}"
auth-enabled = true
log-enabled = false
[logging]
level = "error"
`;
  }
}

const authorization = {
  authorization: `Basic ${Buffer.from(`${admin.user}:${admin.password}`).toString("base64")}`,
};
