import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { NodeProcess, plancia, root } from "../rig/node-process.ts";
import { password } from "../rig/plant.ts";
import { until } from "../rig/until.ts";

/** The committed Caddyfile in a real Caddy, its own authority in the place of ACME's, before a whole gateway. */
const program = ["/usr/bin/caddy", "/usr/local/bin/caddy"].find(existsSync);
const missing = program === undefined ? "Caddy is missing: apt-get install caddy" : undefined;

let folder: string;
let gateway: NodeProcess | undefined;
let caddy: ChildProcess | undefined;
let ports: readonly number[] = [];
const [inside, outside] = [() => ports[0] ?? 0, () => ports[1] ?? 0];
const site = () => `https://localhost:${outside()}`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  if (program === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "plancia-caddy-"));
  ports = [await freePort(), await freePort(), await freePort()];
  const configuration = join(folder, "plant.yaml");
  const place = ["--config", configuration, "--data", join(folder, "data")];
  const server = `{ listen: "127.0.0.1:${inside()}", publicUrl: "${site()}", tls: { mode: none }, trustedProxies: ["127.0.0.1"] }`;
  writeFileSync(
    configuration,
    `version: 1\ngateway: { id: proxied }\nsite: { id: proxied, name: Hall }\nserver: ${server}\nsecurity: { secondFactor: off }\n`,
  );
  await plancia(["user", "add", "ada", "--role", "administrator", "--password-stdin", ...place], `${password}\n`);
  gateway = new NodeProcess("gateway/main.ts", ["run", ...place]);
  await gateway.printed(/Ctrl-C/, 20_000);
  caddy = spawn(program, ["run", "--adapter", "caddyfile", "--config", join(root, "config", "proxy", "Caddyfile")], {
    stdio: "ignore",
    env: {
      ...process.env,
      ...{ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, PLANCIA_DOMAIN: "localhost" },
      ...{ PLANCIA_HTTPS_PORT: `${outside()}`, PLANCIA_HTTP_PORT: `${ports[2]}` },
      PLANCIA_UPSTREAM: `127.0.0.1:${inside()}`,
    },
  });
  await until(async () => (await ask("GET", "/healthz").catch(() => undefined))?.status === 200, "Caddy answers");
});
afterAll(async () => {
  caddy?.kill("SIGTERM");
  gateway?.signal("SIGTERM");
  await gateway?.end(10_000);
  if (folder) rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Said> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? headers : { "content-type": "application/json", ...headers };
    const options = { host: "localhost", port: outside(), path, method, headers: sent, rejectUnauthorized: false };
    const asked = request({ ...options, agent: false, timeout: 10_000 }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => {
        text += String(chunk);
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
    });
    asked.on("error", reject).on("timeout", () => asked.destroy(new Error("no answer")));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const login = (word: string, headers: Record<string, string> = {}, username = "ada") =>
  ask("POST", "/api/v1/auth/login", headers, { username, password: word });

/** The status of an upgrade from a page of this origin. */
function upgrade(origin: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`wss://localhost:${outside()}/api/v1/live`, "plancia.v1", {
      ...{ rejectUnauthorized: false, headers: { origin } },
    });
    socket.once("open", () => {
      socket.terminate();
      resolve(101);
    });
    socket.once("unexpected-response", (_request, answer) => resolve(answer.statusCode ?? 0));
    socket.once("error", () => resolve(0));
  });
}

describe.skipIf(missing)("behind Caddy", () => {
  it("the site is served, with HSTS of the proxy and a cookie that never leaves without TLS", async () => {
    const greeting = await ask("GET", "/api/v1/greeting");
    expect(greeting.status).toBe(200);
    expect(greeting.headers["strict-transport-security"]).toBe("max-age=31536000");
    expect(greeting.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(greeting.headers["server"]).toBeUndefined();
    const signedIn = await login(password);
    expect(signedIn.status).toBe(200);
    expect(String(signedIn.headers["set-cookie"])).toMatch(/HttpOnly; Secure; SameSite=Strict/);
  });

  it("whoever asks is known by the proxy's word, whatever he says of himself", async () => {
    const spoof = { "x-forwarded-for": "198.51.100.7", forwarded: "for=198.51.100.7", "x-real-ip": "198.51.100.7" };
    expect((await login("wrong", spoof, "stranger")).status).toBe(401);
    const { accessToken } = JSON.parse((await login(password)).body) as { accessToken: string };
    const audit = await ask("GET", "/api/v1/audit?action=sign-in.failed", { authorization: `Bearer ${accessToken}` });
    const { items } = JSON.parse(audit.body) as { items: { address: string }[] };
    expect(items.map(({ address }) => address)).toEqual(["127.0.0.1"]);
  });

  it("the live connection passes for our own page, and for no other", async () => {
    expect(await upgrade(site())).toBe(101);
    expect(await upgrade("https://evil.example")).toBe(403);
  });

  it("a kiosk is refused", async () => {
    const headers = { origin: site(), "sec-fetch-site": "same-origin" };
    const answer = await ask("POST", "/api/v1/kiosk/enrol", headers, { secret: "x" });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("no proxy stands before it");
  });
});

if (missing) it("behind Caddy", (context) => context.skip(missing));
