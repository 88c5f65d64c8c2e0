import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqttClient, { type MqttClient } from "mqtt";
import { until } from "./until.ts";

const executable = "/usr/sbin/mosquitto";
/** Why a real broker cannot run here; undefined: it can. */
export const mosquittoMissing = existsSync(executable)
  ? undefined
  : "mosquitto is not installed (apt-get install mosquitto)";

/** A real broker that keeps on its disk whatever it may: retained messages, sessions, what it queued for them. */
export class Mosquitto {
  readonly port: number;
  readonly #folder: string;
  #broker: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), "plancia-broker-"));
    const broker = new Mosquitto(await freePort(), folder);
    const lines = [
      `listener ${broker.port} 127.0.0.1`,
      "allow_anonymous true",
      "persistence true",
      `persistence_location ${folder}/`,
      // Written down with each change, so that a kill finds on the disk what the broker held.
      "autosave_on_changes true",
      "autosave_interval 1",
      // It was started by root and would become somebody who may not write there.
      "user root",
    ];
    writeFileSync(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.#broker = spawn(executable, ["-c", join(this.#folder, "mosquitto.conf")], { stdio: "ignore" });
    await until(() => isOpen(this.port), "the broker listens");
  }

  /** With SIGKILL it has no time for a word, nor to write anything down. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const broker = this.#broker;
    if (!broker) return;
    this.#broker = undefined;
    const ended = once(broker, "exit");
    broker.kill(signal);
    await ended;
  }

  /** Whether its disk has the subscription of a session: only that outlives a kill. */
  hasWritten(clientId: string, topic: string): boolean {
    const file = join(this.#folder, "mosquitto.db");
    return existsSync(file) && readFileSync(file).includes(`${clientId}${topic}`);
  }

  /** @param session `kept`: the broker keeps what comes while the client is away. */
  async client(clientId: string, session: "new" | "kept" = "new"): Promise<MqttClient> {
    return mqttClient.connectAsync(this.url, { clientId, clean: session === "new", reconnectPeriod: 100 });
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
