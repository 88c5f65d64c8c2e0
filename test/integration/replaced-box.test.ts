import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FactorSecret, RecoveryCodes, SignedIn } from "../../gateway/api/wire/auth.ts";
import type { Problem } from "../../gateway/api/wire/scalars.ts";
import { plancia } from "../rig/node-process.ts";
import { codeAt, stepNow } from "../rig/one-time-code.ts";
import { Person, request } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** docs/hardening.md, "A dead box": a backup and the key file make the same gateway on another computer. */
let plant: Plant;
let safe: string;
let keyFile: string;
let secret = "";

beforeAll(async () => {
  safe = mkdtempSync(join(tmpdir(), "plancia-safe-"));
  keyFile = join(safe, "installation.key");
  expect((await plancia(["key", keyFile])).code).toBe(0);
  const passwordFile = join(safe, "admin.secret");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  plant = await startPlant({
    environment: {
      PLANCIA_KEY_FILE: keyFile,
      PLANCIA_ADMIN_NAME: "ada",
      PLANCIA_ADMIN_PASSWORD_FILE: passwordFile,
    },
    change(configuration) {
      configuration["security"] = {};
    },
  });
});
afterAll(async () => {
  await plant?.close();
  rmSync(safe, { recursive: true });
});

const signIn = (otp?: string) =>
  request<SignedIn & Problem>(plant.url, "POST", "/auth/login", { body: { username: "ada", password, otp } });

describe("a first start without a browser", () => {
  it("makes the administrator of the environment, prints no link, and puts no key into the data folder", async () => {
    expect(plant.firstLink).toBe("");
    expect((await signIn()).status).toBe(200);
    expect(readdirSync(plant.data)).not.toContain("keys");
    expect(plant.gateway.stderr + plant.gateway.stdout).not.toContain(password);
    const ada = await plant.enter("ada");
    const audit = await ada.get<{ items: { action: string; who: string }[] }>("/audit?action=people.added");
    expect(audit.status).toBe(200);
    expect(audit.body.items.map(({ who }) => who)).toEqual(["system:first-start"]);
  });

  it.each([
    ["a common password", { PLANCIA_ADMIN_PASSWORD: "password1234" }, /first administrator admin cannot be made/],
    ["a short one", { PLANCIA_ADMIN_PASSWORD: "short" }, /first administrator admin cannot be made/],
    ["a file that is not there", { PLANCIA_ADMIN_PASSWORD_FILE: "/nowhere/x" }, /cannot be used/],
    ["a key that is no key", { PLANCIA_KEY: "secret" }, /PLANCIA_KEY is damaged, or no key/],
    ["a key of zeros", { PLANCIA_KEY: `plancia-key-1 ${"A".repeat(43)}` }, /is not random/],
  ])("is refused with %s (S8)", async (_what, environment, words) => {
    const data = mkdtempSync(join(tmpdir(), "plancia-first-"));
    const args = ["run", "--config", plant.configuration, "--data", data, "--listen", "127.0.0.1:0"];
    const ended = await plancia(args, "", environment);
    rmSync(data, { recursive: true });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(words);
  });
});

describe("a dead box", () => {
  const backup = () => join(safe, "backup.tar.gz");
  let before: { points: unknown; from: number; entries: string };

  it("has made a backup, with people, a second factor and history in it", async () => {
    const ada = await plant.enter("ada");
    const begun = await ada.post<FactorSecret>("/auth/factor", { password });
    secret = begun.body.secret;
    const confirmed = await ada.post<RecoveryCodes>("/auth/factor/activate", { otp: codeAt(secret, stepNow()) });
    expect(confirmed.status).toBe(200);
    expect(
      (await plant.plancia(["user", "add", "olga", "--role", "operator", "--password-stdin"], `${password}\n`)).code,
    ).toBe(0);
    const from = Date.now() - 60_000;
    await expect
      .poll(async () => (await ada.history("furnace/temperature", from)).length, { timeout: 20_000 })
      .toBeGreaterThan(3);
    const points = (await ada.history("furnace/temperature", from)).slice(0, 3);
    const made = await plant.plancia(["backup", backup()]);
    expect(made.stderr).toBe("");
    expect(made.code).toBe(0);
    const { stdout } = await plant.plancia(["audit", "verify"]);
    before = { points, from, entries: stdout };
    await plant.kill();
    rmSync(plant.data, { recursive: true });
  });

  it("is replaced by restore and the key file: the same people sign in, the history is there, the audit holds", async () => {
    plant.data = join(plant.folder, "new-box");
    const restored = await plant.plancia(["restore", backup()]);
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    expect(restored.stdout).toContain("the one that is given from outside");
    expect((await plant.plancia(["island", "off"])).code).toBe(0);
    await plant.start();
    expect((await signIn()).body.code).toBe("auth/otp-required");
    const answer = await signIn(codeAt(secret, stepNow() + 1));
    expect([answer.status, answer.body.user?.secondFactor]).toEqual([200, true]);
    const ada = new Person(plant.url, "ada", answer.body);
    expect((await ada.history("furnace/temperature", before.from)).slice(0, 3)).toEqual(before.points);
    expect((await plant.enter("olga")).accessToken).not.toBe("");
    const verified = await plant.plancia(["audit", "verify"]);
    expect(verified.stdout).toContain("the chain holds");
    expect(Number(/\d+/.exec(verified.stdout)?.[0])).toBeGreaterThan(Number(/\d+/.exec(before.entries)?.[0]) - 1);
  });

  it("opens no second factor under another key", async () => {
    await plant.stop();
    rmSync(keyFile);
    expect((await plancia(["key", keyFile])).code).toBe(0);
    await plant.start();
    expect((await signIn(codeAt(secret, stepNow() + 1))).status).toBe(401);
    expect((await signIn(codeAt(secret, stepNow()))).status).toBe(401);
  });

  it("does not start where the key file is missing or everybody can read it", async () => {
    await plant.stop();
    chmodSync(keyFile, 0o644);
    await expect(plant.start()).rejects.toThrow(/can be read by everybody/);
    rmSync(keyFile);
    await expect(plant.start()).rejects.toThrow(/is not there: put your copy back/);
  });
});
