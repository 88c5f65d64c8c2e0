import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FactorSecret, Me, RecoveryCodes, SignedIn, SignInList } from "../../gateway/api/wire/auth.ts";
import type { Problem } from "../../gateway/api/wire/scalars.ts";
import { codeAt, stepNow } from "../rig/one-time-code.ts";
import { Person, request } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";
import { until } from "../rig/until.ts";

/** The second factor on a whole gateway that requires one, as `npm start` would with its default. */
let plant: Plant;
let secret = "";
let codes: readonly string[] = [];

beforeAll(async () => {
  plant = await startPlant({
    people: { ada: "administrator", olga: "operator" },
    change(configuration) {
      configuration["security"] = {};
    },
  });
});
afterAll(() => plant?.close());

const signIn = (username: string, otp?: string) =>
  request<SignedIn & Problem>(plant.url, "POST", "/auth/login", { body: { username, password, otp } });

async function enrol(person: Person): Promise<void> {
  const begun = await person.post<FactorSecret>("/auth/factor", { password });
  expect(begun.status).toBe(200);
  secret = begun.body.secret;
  const confirmed = await person.post<RecoveryCodes>("/auth/factor/activate", { otp: codeAt(secret, stepNow()) });
  expect(confirmed.status).toBe(200);
  codes = confirmed.body.recoveryCodes;
}

describe("a gateway that requires a second factor", () => {
  it("lets who has none watch and stop, refuses every write, and writes once there is one", async () => {
    const olga = await plant.enter("olga");
    expect((await olga.get<Me>("/auth/me")).body).toMatchObject({
      secondFactor: false,
      factor: { required: true, enrolled: false },
      locked: false,
    });
    // The driver's thread has just begun.
    await until(async () => (await olga.value("furnace/setpoint")).value === 850, "the furnace is read");
    const refused = await olga.write("furnace/setpoint", 860);
    expect([refused.status, refused.body.causes?.[0]?.cause]).toEqual([409, "second-factor-missing"]);
    expect((await olga.stop("furnace")).body.state).toBe("VERIFIED");
    await enrol(olga);
    await plant.restore(olga);
    const written = await olga.write("furnace/setpoint", 860);
    expect([written.status, written.body.state]).toEqual([200, "VERIFIED"]);
  });

  it("asks for the code after the right password alone, and takes each once", async () => {
    expect(
      (await request<Problem>(plant.url, "POST", "/auth/login", { body: { username: "olga", password: "wrong" } })).body
        .code,
    ).toBe("auth/failed");
    expect((await signIn("olga")).body.code).toBe("auth/otp-required");
    const otp = codeAt(secret, stepNow() + 1);
    const answer = await signIn("olga", otp);
    expect([answer.status, answer.body.user.secondFactor]).toEqual([200, true]);
    const again = await signIn("olga", otp);
    expect([again.status, again.body.code]).toEqual([401, "auth/otp-required"]);
    expect((await signIn("olga", codes[0])).status).toBe(200);
    expect((await signIn("olga", codes[0])).status).toBe(401);
  });

  it("asks an administrator for a fresh one before people, tokens and certificates are changed, and tells which of the two is missing", async () => {
    const ada = await plant.enter("ada");
    const body = { name: "nina", role: "viewer", password };
    const without = await ada.post<Problem>("/users", body);
    expect([without.status, without.body.code]).toEqual([403, "auth/factor-required"]);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const token = { name: "scada", permissions: ["equipment:view"], equipment: ["*"], expiresAt };
    const certificate = { driver: "opcua", pem: "-----BEGIN CERTIFICATE-----" };
    for (const [path, asked] of [
      ["/tokens", token],
      ["/certificates", certificate],
    ] as const)
      expect((await ada.post<Problem>(path, asked)).body.code, path).toBe("auth/factor-required");
    const before = [secret, codes] as const;
    await enrol(ada);
    expect((await ada.post("/users", body)).status).toBe(201);
    expect((await ada.post("/tokens", token)).status).toBe(201);
    expect((await ada.post<Problem>("/certificates", certificate)).body.code).toBe("request/invalid");
    [secret, codes] = before;
  });

  it("ends a sign-in from another one within a second, sockets too", async () => {
    const one = (await signIn("olga", codes[1])).body;
    const other = (await signIn("olga", codes[2])).body;
    const olga = new Person(plant.url, "olga", one);
    const watching = await new Person(plant.url, "olga", other).watch(["furnace/temperature"]);
    const { items } = (await olga.get<SignInList>("/auth/sign-ins")).body;
    const newest = items.find(({ current }) => !current);
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    const ended = await fetch(`${plant.url}/api/v1/auth/sign-ins/${newest?.id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${one.accessToken}` },
    });
    expect(ended.status).toBe(204);
    expect((await request(plant.url, "GET", "/auth/me", { token: other.accessToken })).status).toBe(401);
    expect((await olga.get("/auth/me")).status).toBe(200);
    watching.close();
  });

  it("keeps a locked screen to looking and stopping, over a kill -9", async () => {
    const { body } = await signIn("olga", codes[3]);
    const olga = new Person(plant.url, "olga", body);
    expect((await olga.post("/auth/lock", {})).status).toBe(204);
    await plant.kill();
    await plant.start();
    const refused = await olga.write("furnace/setpoint", 855);
    expect([refused.status, refused.body.code]).toEqual([403, "auth/locked"]);
    await expect.poll(async () => (await olga.value("furnace/setpoint")).value).toBe(860);
    expect((await olga.stop("furnace", olga.stopToken)).status).toBe(200);
    expect((await olga.post("/auth/unlock", { password })).status).toBe(200);
    expect((await olga.get<Me>("/auth/me")).body).toMatchObject({ locked: false, secondFactor: true });
  });
});

describe("secrets of the second factor (S10)", () => {
  it("never come back: not by any list, log, metric, export, nor from the disk or a backup", async () => {
    const ada = (await signIn("ada", undefined)).status === 401 ? undefined : await plant.enter("ada");
    expect(ada).toBeUndefined();
    await plant.plancia(["user", "reset-factor", "ada"]);
    const fresh = await plant.enter("ada");
    const seen: string[] = [plant.gateway.stdout, plant.gateway.stderr];
    for (const path of [
      "/users",
      "/audit?limit=200",
      "/system",
      "/auth/me",
      "/auth/factor",
      "/auth/sign-ins",
      "/openapi.json",
    ])
      seen.push(JSON.stringify((await fresh.get(path)).body));
    seen.push(
      await (await fetch(`${plant.url}/metrics`, { headers: { authorization: `Bearer ${fresh.accessToken}` } })).text(),
    );
    const backup = join(plant.folder, "backup.tar.gz");
    expect((await plant.plancia(["backup", backup])).code).toBe(0);
    seen.push(gunzipSync(readFileSync(backup)).toString("latin1"));
    for (const name of readdirSync(plant.data, { recursive: true })) {
      const file = join(plant.data, String(name));
      if (statSync(file).isFile()) seen.push(readFileSync(file, "latin1"));
    }
    expect(codes).toHaveLength(10);
    const canaries = [secret, ...codes, ...codes.map((code) => code.replaceAll("-", ""))];
    for (const text of seen) for (const canary of canaries) expect(text.includes(canary)).toBe(false);
  });

  it("is all on the record", async () => {
    const fresh = await plant.enter("ada");
    const { items } = (await fresh.get<{ items: { action: string }[] }>("/audit?limit=200")).body;
    const actions = new Set(items.map(({ action }) => action));
    for (const action of [
      "factor.enrolled",
      "factor.recovery-code-used",
      "factor.reset",
      "step-up.refused",
      "sign-in.code-asked",
      "sign-in.ended",
      "screen.locked",
      "screen.unlocked",
    ])
      expect(actions).toContain(action);
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });
});
