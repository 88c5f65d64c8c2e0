import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignedIn } from "../../gateway/api/wire/auth.ts";
import { freePort } from "../rig/free-port.ts";
import { plancia } from "../rig/node-process.ts";
import { Person, request } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/**
 * S10: a secret that was given to the gateway comes out nowhere: not by the API, errors, metrics, exports,
 * diagnostics, log, nor from the disk or a backup. Each canary is a word that stands nowhere else.
 */
const canaries = {
  devicePassword: "canary-device-5f1e",
  inUrl: "canary-url-77ab",
  written: "canary-written-31cc",
  target: "canary-target-9e02",
  sealed: "canary-sealed-6a17",
  sealedClient: "canary-sealed-client-b3c8",
  wrongPassword: "canary-wrong-password-8d4b",
};
const given = [
  ...[canaries.devicePassword, canaries.inUrl, canaries.written, canaries.target],
  ...[canaries.sealed, canaries.sealedClient, password],
];

const reference = (to: string) => `\${${to}}`;

let plant: Plant;
let ada: Person;
let cookie = "";
/** The installation's key is kept outside of the data folder, where the secrets are sealed before the first start. */
const keyFolder = mkdtempSync(join(tmpdir(), "plancia-canary-key-"));
const keyFile = join(keyFolder, "installation.key");
/** Of a program; used once, and once with a wrong end. */
let token = "";

async function seal(secret: string): Promise<string> {
  const { code, stdout, stderr } = await plancia(["seal", "--key-file", keyFile], `${secret}\n`);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^\$\{sealed:s1\.[A-Za-z0-9_-]+\.[0-9a-f]{8}\}\n$/);
  return stdout.trim();
}

beforeAll(async () => {
  expect((await plancia(["key", keyFile])).code).toBe(0);
  const [ofDevice, ofClient] = [await seal(canaries.sealed), await seal(canaries.sealedClient)];
  const port = await freePort();
  plant = await startPlant({
    environment: {
      ...{ PLANCIA_LOG_LEVEL: "debug", PLANCIA_KEY_FILE: keyFile },
      BROKER_PASSWORD: canaries.devicePassword,
    },
    port,
    people: { ada: "administrator" },
    change(configuration) {
      const { devices } = configuration;
      devices["broker"] = {
        driver: "mqtt",
        url: "mqtt://127.0.0.1:1",
        user: "plancia",
        password: reference("env:BROKER_PASSWORD"),
      };
      devices["other"] = { driver: "mqtt", url: "mqtt://127.0.0.1:1", user: "x", password: canaries.written };
      devices["plc"] = { driver: "opcua", endpoint: "opc.tcp://127.0.0.1:1", user: "x", password: canaries.inUrl };
      devices["sealed"] = { driver: "mqtt", url: "mqtt://127.0.0.1:1", user: "x", password: ofDevice };
      configuration["server"] = { listen: "127.0.0.1:0", publicUrl: `http://127.0.0.1:${port}` };
      configuration["security"] = {
        secondFactor: "off",
        oidc: {
          firm: {
            ...{ name: "Firm", issuer: "http://127.0.0.1:1", clientId: "plancia", clientSecret: ofClient },
            groups: [{ group: "a", role: "viewer", equipment: ["*"] }],
          },
        },
      };
      configuration["historian"] = {
        targets: {
          influx: {
            kind: "influx",
            url: "http://127.0.0.1:1",
            database: "plancia",
            user: "plancia",
            password: reference("file:target.secret"),
          },
        },
      };
    },
    files: { "target.secret": `${canaries.target}\n` },
  });
  const answer = await fetch(`${plant.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "ada", password }),
  });
  cookie = /plancia_session=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";
  ada = new Person(plant.url, "ada", (await answer.json()) as SignedIn);
  const scope = { permissions: ["equipment:view"], equipment: ["*"], addresses: [] };
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const made = await ada.post<{ text: string }>("/tokens", { name: "scada", ...scope, expiresAt });
  token = made.body.text;
  expect((await ada.get("/values?tags=furnace/setpoint", token)).status).toBe(200);
  expect((await ada.get("/values?tags=furnace/setpoint", `${token}x`)).status).toBe(401);
});
afterAll(async () => {
  await plant?.close();
  rmSync(keyFolder, { recursive: true, force: true });
});

/** What must never come out again; a token comes back to whoever signs in, and nowhere else. */
const secrets = () => [...given, cookie, ada.accessToken, ada.stopToken, token.slice(-30), keyOf()];
const keyOf = () => readFileSync(keyFile, "utf8").trim().split(" ")[1] ?? "";

function assertSilent(place: string, text: string): void {
  for (const secret of secrets()) {
    expect(secret.length, "a canary that is not there finds nothing").toBeGreaterThan(10);
    expect(text.includes(secret), `${place} gives ${secret.slice(0, 16)}`).toBe(false);
  }
}

const diagnostics = async () =>
  (
    await fetch(`${plant.url}/api/v1/system/diagnostics`, {
      method: "POST",
      headers: { authorization: `Bearer ${ada.accessToken}` },
    })
  ).text();

describe("what was told to the gateway in confidence (S10)", () => {
  it("comes back by no question that an administrator may ask", async () => {
    const { paths } = (await (await fetch(`${plant.url}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const asked = Object.entries(paths).filter(([path, methods]) => methods["get"] && !path.includes("{"));
    expect(asked.length).toBeGreaterThan(15);
    for (const [path] of asked) {
      const answer = await fetch(`${plant.url}${path}`, { headers: { authorization: `Bearer ${ada.accessToken}` } });
      assertSilent(path, await answer.text());
    }
  });

  it("stands in no error, whatever is sent", async () => {
    for (const body of ["{", `{"username":"ada","password":"${canaries.wrongPassword}","x":1}`, '{"username":1}']) {
      const answer = await fetch(`${plant.url}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      expect(await answer.text()).not.toContain("canary");
    }
    const wrong = { username: "ada", password: canaries.wrongPassword };
    expect((await request(plant.url, "POST", "/auth/login", { body: wrong })).status).toBe(401);
    const { body } = await ada.get("/audit?limit=200");
    expect(JSON.stringify(body)).not.toContain("canary");
  });

  it("is left out of diagnostics, which hold what support needs, and stand in the audit", async () => {
    const text = await diagnostics();
    assertSilent("diagnostics", text);
    const told = JSON.parse(text);
    expect(told).toMatchObject({
      format: "plancia-diagnostics-1",
      versions: { node: expect.stringMatching(/^v24/) },
      clock: { wall: expect.any(String) },
      disk: { free: expect.any(Number) },
      configuration: {
        devices: {
          broker: { user: "plancia", password: reference("env:BROKER_PASSWORD") },
          other: { password: "[redacted]" },
        },
      },
      devices: expect.arrayContaining([expect.objectContaining({ id: "furnace-plc", state: "connected" })]),
    });
    expect(told.log.length).toBeGreaterThan(0);
    expect(told.counters.join("\n")).toMatch(/^plancia_history_samples_total \d+$/m);
    const { body } = await ada.get<{ items: { who: string }[] }>("/audit?action=diagnostics.made");
    expect(body.items.map(({ who }) => who)).toEqual(["ada"]);
    expect((await (await plant.enter("ada")).get("/system")).status).toBe(200);
  });

  it("is left out of what the command line makes, with and without a running gateway", async () => {
    const files = [1, 2].map((n) => join(plant.folder, `diagnostics-${n}.json`));
    const backup = join(plant.folder, "backup.tar.gz");
    expect((await plant.plancia(["diagnostics", files[0] ?? ""])).stderr).toBe("");
    expect((await plant.plancia(["backup", backup])).code).toBe(0);
    const hidden = secrets().filter((secret) => secret !== canaries.written && secret !== canaries.inUrl);
    const packed = gunzipSync(readFileSync(backup)).toString("latin1");
    // What somebody writes into the configuration in clear is in the backup of the configuration.
    for (const secret of hidden) expect(packed.includes(secret), secret.slice(0, 12)).toBe(false);
    assertSilent("the log", plant.gateway.stdout + plant.gateway.stderr);
    await plant.stop();
    expect((await plant.plancia(["diagnostics", files[1] ?? ""])).stderr).toBe("");
    for (const file of files) assertSilent(file, readFileSync(file, "utf8"));
    expect(statSync(files[0] ?? "").mode & 0o077).toBe(0);
    for (const file of filesUnder(plant.data)) assertSilent(file, readFileSync(file, "latin1"));
  });

  it("is opened for its device alone: with another key, a cut text or no key it is refused without being told", async () => {
    const whole = readFileSync(plant.configuration, "utf8");
    expect((await plant.plancia(["check"])).stderr).not.toContain("sealed secret");
    const other = join(keyFolder, "other.key");
    expect((await plancia(["key", other])).code).toBe(0);
    const refused = async (key: readonly string[]) => {
      const { code, stdout, stderr } = await plant.plancia(["run", ...key]);
      assertSilent("a refused start", stdout + stderr);
      return [code, /(?<=plant\.yaml:\d+:\d+: [\w.]+: )the sealed secret [\w' ]+/.exec(stderr)?.[0]];
    };
    const path = "the sealed secret";
    expect(await refused(["--key-file", other])).toEqual([
      1,
      `${path} was sealed with the key of another installation`,
    ]);
    expect(await refused(["--key-file", join(keyFolder, "none.key")])).toEqual([1, `${path} cannot be opened`]);
    writeFileSync(plant.configuration, whole.replace(/(\$\{sealed:s1\.[^}]{20})[^}]{5}/, "$1"));
    expect(await refused([])).toEqual([1, `${path} is cut or mistyped`]);
    writeFileSync(plant.configuration, whole);
  });
});

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
