import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NodeProcess } from "../rig/node-process.ts";

/** A whole gateway that brings its own certificate, or reads one from files. */
let folder: string;
let gateway: NodeProcess | undefined;
let port = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-own-tls-"));
});
afterEach(async () => {
  gateway?.signal("SIGTERM");
  await gateway?.end(10_000);
  gateway = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function launch(tls: string): NodeProcess {
  const configuration = join(folder, "plant.yaml");
  const lines = [
    "version: 1",
    "gateway: { id: own }",
    "site: { id: own, name: Own hall }",
    `server: { listen: "127.0.0.1:0", tls: ${tls} }`,
  ];
  writeFileSync(configuration, lines.join("\n"));
  const place = ["--config", configuration, "--data", join(folder, "data")];
  gateway = new NodeProcess("gateway/main.ts", ["run", ...place, "--listen", `127.0.0.1:${port}`]);
  return gateway;
}

async function start(tls: string): Promise<NodeProcess> {
  gateway = launch(tls);
  const [, found = ""] = await gateway.printed(/^ +https:\/\/127\.0\.0\.1:(\d+)$/m, 20_000);
  port = Number(found);
  return gateway;
}

function ask(path: string, ca: string | undefined): Promise<{ headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const asked = request({ host: "127.0.0.1", port, path, agent: false, ...trust }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += String(chunk);
      });
      answer.on("end", () => resolve({ headers: answer.headers, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Name of the certificate as a client that trusts `ca` and wants `name` sees it. @throws what TLS says. */
function handshake(name: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    const socket = connect({ host: "127.0.0.1", port, servername: name, ...trust }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw).serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("tls: { mode: own }", () => {
  it("prints the fingerprint, offers the authority, and serves whoever trusts it by every name", async () => {
    const running = await start("{ mode: own, names: [gateway.plant.example] }");
    const { headers, body: ca } = await ask("/ca.pem", undefined);
    const { fingerprint256, ca: isAuthority } = new X509Certificate(ca);
    expect(isAuthority).toBe(true);
    expect(ca).not.toContain("PRIVATE");
    expect(headers["plancia-fingerprint-sha256"]).toBe(fingerprint256);
    expect(running.stdout).toContain(fingerprint256);
    for (const name of ["localhost", "gateway.plant.example"]) await handshake(name, ca);
    await expect(handshake("elsewhere.example", ca)).rejects.toThrow(/altnames/i);
    const greeting = await ask("/api/v1/greeting", ca);
    expect(JSON.parse(greeting.body)).toMatchObject({ authority: fingerprint256 });
    // A browser under HSTS would let nobody in until the authority is installed.
    expect(greeting.headers["strict-transport-security"]).toBeUndefined();
    await expect(ask("/api/v1/greeting", "")).rejects.toThrow();
    for (const file of ["ca.pem", "server.pem"]) {
      const path = join(folder, "data", "keys", file);
      expect([statSync(path).mode & 0o777, readFileSync(path, "utf8").includes("PRIVATE")]).toEqual([0o600, false]);
    }
  });

  it("keeps authority and certificate over a restart", async () => {
    await start("{ mode: own }");
    const ca = (await ask("/ca.pem", undefined)).body;
    const serial = await handshake("localhost", ca);
    gateway?.signal("SIGTERM");
    await gateway?.end(10_000);
    await start("{ mode: own }");
    expect([(await ask("/ca.pem", undefined)).body, await handshake("localhost", ca)]).toEqual([ca, serial]);
  });

  it("does not start under another key than the authority is sealed under, and says what to do", async () => {
    await start("{ mode: own }");
    gateway?.signal("SIGTERM");
    await gateway?.end(10_000);
    const key = join(folder, "data", "keys", "installation.key");
    const right = readFileSync(key);
    rmSync(key);
    const refused = launch("{ mode: own }");
    expect((await refused.ended).code).toBe(1);
    expect(refused.stderr).toMatch(/ca\.pem is sealed under another key: start with the key file that belongs to it/);
    writeFileSync(key, right);
    await start("{ mode: own }");
  });
});

describe("tls: { mode: files }", () => {
  const make = (name: string) => {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const subject = ["-subj", `/CN=${name}`, "-days", "90", "-nodes", "-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", "-x509", ...curve, ...subject], { stdio: "ignore" });
    return { key, cert, serial: new X509Certificate(readFileSync(cert)).serialNumber };
  };

  it("reads new files at SIGHUP without a restart, and goes on with the old ones where they are no pair", async () => {
    const [first, second] = [make("first"), make("second")];
    const [key, cert] = [join(folder, "live.key"), join(folder, "live.pem")];
    const lay = (keyFile: string, certFile: string) => {
      copyFileSync(keyFile, key);
      copyFileSync(certFile, cert);
      utimesSync(cert, new Date(), new Date());
    };
    lay(first.key, first.cert);
    const running = await start(`{ mode: files, key: "${key}", cert: "${cert}" }`);
    expect(await handshake("first", undefined)).toBe(first.serial);
    lay(first.key, second.cert);
    running.signal("SIGHUP");
    await expect.poll(() => running.stderr).toContain("the one before goes on");
    expect(await handshake("first", undefined)).toBe(first.serial);
    lay(second.key, second.cert);
    running.signal("SIGHUP");
    await expect.poll(() => handshake("second", undefined)).toBe(second.serial);
    expect((await ask("/api/v1/greeting", undefined)).headers["strict-transport-security"]).toBe("max-age=31536000");
    expect(running.over).toBe(false);
  });
});
