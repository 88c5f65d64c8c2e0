import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import type { ServerTls } from "../api/http/server.ts";
import type { InstallationKey } from "../auth/installation-key.ts";
import { createSeals } from "../auth/seals.ts";
import { isLoopback } from "../config/server.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Plant, ServerSettings } from "../core/plant.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import type { ServerCertificate } from "../services/use-cases.ts";

/** How often files are looked at, and the own certificate's end and names, ms. */
const lookEveryMs = 60_000;

export interface OpenedTls {
  /** For the start; undefined: without TLS. */
  readonly tls: ServerTls | undefined;
  /** What is in force now, for people to compare. */
  certificate(): ServerCertificate | undefined;
  /** Hands each new one to `renew`, looked for each minute and at SIGHUP. Returns what ends it. */
  follow(renew: (tls: ServerTls) => void): () => void;
}

/** Off loopback TLS is needed, unless the configuration says `none` aloud. @throws PlanciaError start/unsafe. */
export function assertTransport({ server: { host, tls } }: Plant): void {
  if (tls.mode !== "unset" || isLoopback(host)) return;
  throw new PlanciaError(
    "start/unsafe",
    `listening on ${host} without TLS would send passwords in clear: set server.tls.mode to own or files, or to none behind a proxy that has TLS`,
  );
}

interface Loaded extends ServerCertificate {
  readonly tls: ServerTls;
  /** Another one means that something changed. */
  readonly stamp: string;
}

/** @throws PlanciaError start/unsafe, start/read-only. */
export async function openTls(plant: Plant, keys: string, key: InstallationKey, log: Log): Promise<OpenedTls> {
  const { tls } = plant.server;
  if (tls.mode === "unset" || tls.mode === "none")
    return { tls: undefined, certificate: () => undefined, follow: () => () => undefined };
  const load = tls.mode === "own" ? () => ownPair(plant, keys, key, log) : async () => filePair(tls.cert, tls.key);
  let loaded = await load();
  const look = async (renew: (tls: ServerTls) => void): Promise<void> => {
    try {
      const found = await load();
      if (found.stamp === loaded.stamp) return;
      loaded = found;
      renew(found.tls);
      log.info({ ends: new Date(found.endsAtMs).toISOString() }, "a new certificate serves new connections");
    } catch (error) {
      log.error({ err: error }, "the new certificate cannot be used; the one before goes on");
    }
  };
  return {
    tls: loaded.tls,
    certificate: () => ({ authority: loaded.authority, endsAtMs: loaded.endsAtMs }),
    follow(renew) {
      const now = (): void => void look(renew);
      const cancel = timers.every(lookEveryMs, now);
      process.on("SIGHUP", now);
      return () => {
        cancel();
        process.off("SIGHUP", now);
      };
    },
  };
}

async function ownPair(plant: Plant, folder: string, key: InstallationKey, log: Log): Promise<Loaded> {
  // Loaded here alone: the other modes do not need it.
  const { ownCertificates } = await import("../auth/own-certificates.ts");
  const name = `Plancia ${plant.site.name} (${plant.gatewayId})`;
  const settings = { folder, seals: createSeals(key), name, names: namesOf(plant.server), log };
  const { authority, leaf } = await ownCertificates(settings, clock.wallMs());
  return { authority, endsAtMs: leaf.endsAtMs, stamp: leaf.cert, tls: { key: leaf.key, cert: leaf.cert } };
}

/** @throws PlanciaError start/unsafe where they cannot be read or are no pair. */
function filePair(certFile = "", keyFile = ""): Loaded {
  const stamp = [certFile, keyFile].map((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return `${found?.mtimeMs} ${found?.size} ${found?.ino}`;
  });
  const tls = { key: readPem(keyFile), cert: readPem(certFile) };
  try {
    const certificate = new X509Certificate(tls.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(tls.key))) throw new Error("the key is another certificate's");
    return { tls, stamp: stamp.join(), authority: undefined, endsAtMs: Date.parse(certificate.validTo) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/unsafe", `server.tls: ${certFile} and ${keyFile} are no pair (${why})`, { cause });
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new PlanciaError("start/unsafe", `server.tls: ${path || "no file"} cannot be read`, { cause });
  }
}

/** By which browsers may reach it: what the configuration says, and what this computer is called and has. */
export function namesOf({ host, publicUrl, tls }: ServerSettings): readonly string[] {
  const everywhere = host === "0.0.0.0" || host === "::";
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    // A link-local one needs a zone, which no certificate can name.
    .filter(({ address, scopeid }) => !address.startsWith("169.254.") && (scopeid ?? 0) === 0)
    .map(({ address }) => address);
  const said = publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, "")];
  const names = [...said, ...(tls.names ?? []), hostname(), "localhost", "127.0.0.1", "::1"];
  return [...new Set([...names, ...(everywhere ? own : [host])].map((name) => name.toLowerCase()))];
}
