import type { ClientRequestArgs } from "node:http";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectSecurely } from "node:tls";
import { InfluxDB, ResultError } from "influx";
import type { TargetSettings } from "../../core/plant.ts";
import type { Outbound } from "../../kit/outbound.ts";

/** Names of all databases of a server fit many times. */
const longestAnswerBytes = 1024 * 1024;

const policy = "plancia";

/** The client's own pool would try again by itself, and keep a timer of seconds for that. */
const never = { getDelay: () => 0, next: () => never, reset: () => never };

/**
 * Makes the database, and its retention policy where one is wanted. A policy of that name is changed where it
 * differs. @returns undefined, or why the server refuses to; whether it can be written to is another question.
 * @throws Error where the server is not there, or answers 5xx.
 */
export async function ensureDatabase(
  target: TargetSettings,
  outbound: Outbound,
  signal: AbortSignal,
): Promise<string | undefined> {
  outbound.assertAddress();
  const influx = clientOf(target, outbound, AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]));
  try {
    await influx.createDatabase(target.database);
    if (target.retentionMs !== undefined) await ensurePolicy(influx, target.database, target.retentionMs);
    return undefined;
  } catch (error) {
    if (error instanceof ResultError || isAnswer(error)) return (error as Error).message.slice(0, 300);
    throw error;
  }
}

async function ensurePolicy(influx: InfluxDB, database: string, keepMs: number): Promise<void> {
  const options = { database, duration: `${Math.round(keepMs / 1000)}s`, replication: 1, isDefault: true };
  try {
    await influx.createRetentionPolicy(policy, options);
  } catch (error) {
    if (!(error instanceof ResultError)) throw error;
    await influx.alterRetentionPolicy(policy, options);
  }
}

/** Of the package's errors those that carry what the server answered (3xx and 4xx). */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && "res" in error;
}

function clientOf(target: TargetSettings, { lookup }: Outbound, signal: AbortSignal): InfluxDB {
  const url = new URL(target.url);
  const isSecure = url.protocol === "https:";
  const createConnection = (options: ClientRequestArgs): Socket =>
    limited(
      isSecure
        ? connectSecurely({ servername: url.hostname, ...options, lookup } as ConnectionOptions)
        : connect({ ...options, lookup } as NetConnectOpts),
    );
  const { user, password } = target.credentials ?? {};
  return new InfluxDB({
    hosts: [
      {
        protocol: isSecure ? "https" : "http",
        host: url.hostname,
        port: Number(url.port) || (isSecure ? 443 : 80),
        path: url.pathname.replace(/\/+$/, ""),
        options: { signal, createConnection },
      },
    ],
    // Where it is undefined the package takes root and root.
    username: user ?? (null as unknown as string),
    password: password ?? "",
    pool: { maxRetries: 0, requestTimeout: target.timeoutMs, backoff: never },
  });
}

/** The package reads an answer to its end, however long. */
function limited(socket: Socket): Socket {
  socket.on("data", () => {
    if (socket.bytesRead > longestAnswerBytes) socket.destroy(new Error("the answer is too long"));
  });
  return socket;
}
