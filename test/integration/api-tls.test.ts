import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ApiServer } from "./api-server.ts";

/** The API behind a certificate made for this run. */
let server: ApiServer;
let folder: string;

function certificate(name: string): { key: Buffer; cert: Buffer } {
  const key = join(folder, `${name}.key`);
  const cert = join(folder, `${name}.pem`);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const subject = ["-subj", `/CN=${name}`, "-days", "1", "-nodes", "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...curve, ...subject], { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plancia-tls-"));
  server = await new ApiServer().start({ tls: certificate("first") });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function ask(path: string, body?: string): Promise<{ status: number | undefined; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const options = { port: server.port, host: "127.0.0.1", path, rejectUnauthorized: false, agent: false };
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const asked = request({ ...options, method: body === undefined ? "GET" : "POST", headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function handshake(options: { maxVersion?: "TLSv1.1" | "TLSv1.2"; ciphers?: string } = {}): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const legacy =
      options.maxVersion === "TLSv1.1" ? { minVersion: "TLSv1" as const, ciphers: "DEFAULT@SECLEVEL=0" } : {};
    const socket: TLSSocket = connect({ port: server.port, rejectUnauthorized: false, ...legacy, ...options }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("over TLS", () => {
  it("answers say that only TLS is to be used, and the cookie never leaves without it", async () => {
    const login = JSON.stringify({ username: "viewer", password: "secret of viewer" });
    const answer = await ask("/api/v1/auth/login", login);
    expect(answer.status).toBe(200);
    expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000");
    expect(String(answer.headers["set-cookie"])).toContain("; Secure");
  });

  it("the socket passes for https pages of the same host only", async () => {
    const open = (origin: string) =>
      new Promise<number | undefined>((resolve) => {
        const socket = new WebSocket(`wss://127.0.0.1:${server.port}/api/v1/live`, "plancia.v1", {
          origin,
          rejectUnauthorized: false,
        });
        socket.on("unexpected-response", (_request, answer) => resolve(answer.statusCode));
        socket.on("error", () => undefined);
        socket.on("open", () => {
          socket.terminate();
          resolve(101);
        });
      });
    expect(await open(`https://127.0.0.1:${server.port}`)).toBe(101);
    expect(await open(`http://127.0.0.1:${server.port}`)).toBe(403);
  });

  it("samples arrive whole, also large ones", async () => {
    const { accessToken: token } = await server.bench.people.enter("viewer");
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}/api/v1/live`, "plancia.v1", {
      rejectUnauthorized: false,
    });
    const text = "ü".repeat(100_000);
    server.bench.set("oven/note", text);
    const got = new Promise<string>((resolve) => {
      socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString());
        if (message.type === "samples") resolve(message.samples[0][1]);
      });
    });
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(JSON.stringify({ type: "authenticate", token }));
    socket.send(JSON.stringify({ type: "subscribe", id: 1, tags: ["oven/note"] }));
    expect(await got).toBe(text);
    socket.terminate();
  });

  it("versions before 1.2 are refused", async () => {
    await expect(handshake({ maxVersion: "TLSv1.1" })).rejects.toThrow();
    expect((await handshake({ maxVersion: "TLSv1.2" })).subject.CN).toBe("first");
  });

  it("a new certificate serves new connections without a restart", async () => {
    server.api.renewCertificate(certificate("second"));
    expect((await handshake()).subject.CN).toBe("second");
    // It keeps what it takes and what it refuses (S12).
    await expect(handshake({ maxVersion: "TLSv1.1" })).rejects.toThrow();
    await expect(handshake({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" })).rejects.toThrow();
    expect((await handshake({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" })).subject.CN).toBe(
      "second",
    );
  });
});
