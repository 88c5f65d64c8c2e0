import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigVersion } from "../../gateway/cli/config-actions.ts";
import { type Plant, preparePlant } from "../rig/plant.ts";
import { until } from "../rig/until.ts";

/** The versions of a configuration on a whole gateway and its folder, in the order of their making. */
let plant: Plant;
let first: string;

beforeAll(async () => {
  plant = await preparePlant();
  first = `# the hall of the rig\n${readFileSync(plant.configuration, "utf8")}`;
  writeFileSync(plant.configuration, first);
  chmodSync(plant.configuration, 0o640);
  await plant.start();
});
afterAll(() => plant?.close());

const config = (...args: readonly string[]) => plant.plancia(["config", ...args]);
const present = () => readFileSync(plant.configuration, "utf8");
const versions = async () => JSON.parse((await config("versions", "--json")).stdout) as ConfigVersion[];

function draft(text: string): string {
  const file = join(plant.folder, "draft.yaml");
  writeFileSync(file, text);
  return file;
}

function changed(): string {
  return first.replace("name: Rig hall", "name: Hall 7 # was Rig hall");
}

describe("the versions of a configuration", () => {
  it("begin with the first start, word by word", async () => {
    expect(await versions()).toMatchObject([
      { n: 1, who: "system:gateway", leftOut: 0, startedAt: expect.any(Number) },
    ]);
    expect((await config("versions", "1", "--text")).stdout).toBe(first);
    expect((await config("diff")).stdout).toMatch(/^no difference from the gateway's last start/);
  });

  it("leave an invalid file where it is, and say where it is wrong", async () => {
    const refused = await config("save", draft(first.replace("timezone: Europe/Rome", "timezone: Europe/Roma")));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/draft\.yaml:\d+:\d+: .*timezone/)]);
    expect([present(), (await versions()).length]).toEqual([first, 1]);
  });

  it("take a valid one with who and why, in place for the next start", async () => {
    const saved = await config("save", draft(changed()), "--why", "the hall has a number");
    expect([saved.code, saved.stdout]).toEqual([0, expect.stringMatching(/is version 2 now; it takes effect at/)]);
    expect([present(), statSync(plant.configuration).mode & 0o777]).toEqual([changed(), 0o640]);
    const [newest] = await versions();
    expect(newest).toMatchObject({ n: 2, why: "the hall has a number", leftOut: 0 });
    expect([newest?.startedAt, newest?.who === "system:gateway"]).toEqual([undefined, false]);
    expect((await config("versions", "2")).stdout).toMatch(/setting site changed\n {2}name +Rig hall → Hall 7/);
    expect((await config("save", plant.configuration)).stdout).toMatch(/says that already/);
  });

  it("are gone back to and started, and no character is lost of what lay there", async () => {
    await plant.stop();
    await plant.start();
    expect((await versions())[0]).toMatchObject({ n: 2, startedAt: expect.any(Number) });
    const byHand = changed().replace("Hall 7", "Hall 8");
    writeFileSync(plant.configuration, byHand);
    const back = await config("back", "1");
    expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/kept in .*plant\.yaml\.before-3/)]);
    expect([present(), readFileSync(`${plant.configuration}.before-3`, "utf8")]).toEqual([first, byHand]);
    expect((await versions())[0]).toMatchObject({ n: 3, why: "back to version 1" });
    await plant.stop();
    await plant.start();
    expect((await versions()).map(({ n }) => n)).toEqual([3, 2, 1]);
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });

  it("are seen, looked at and gone back to by whoever may accept changes, while all goes on", async () => {
    writeFileSync(plant.configuration, changed());
    await plant.addUser("ada", "administrator");
    await plant.addUser("olga", "operator");
    const [ada, olga] = [await plant.enter("ada"), await plant.enter("olga")];
    expect((await olga.get("/config/pending")).status).toBe(403);
    expect(await ada.get("/config/pending")).toMatchObject({
      status: 200,
      body: { state: "different", parts: [{ name: "site", values: { name: { from: "Rig hall", to: "Hall 7" } } }] },
    });
    writeFileSync(
      plant.configuration,
      changed().replace(/limits: \[20, 1100\]|limits:\n( +)- 20\n +- 1100/, "limits: [20, 1200]"),
    );
    expect((await ada.get<{ waits: unknown[] }>("/config/pending")).body.waits).toMatchObject([
      { target: "furnace/setpoint", key: "limits", to: { en: "20 … 1200" } },
    ]);
    writeFileSync(plant.configuration, changed().replace("Europe/Rome", "Europe/Roma"));
    expect(await ada.get("/config/pending")).toMatchObject({
      body: { state: "invalid", problems: [{ line: expect.any(Number), path: "site.timezone" }] },
    });
    plant.gateway.signal("SIGHUP");
    await until(async () => plant.gateway.stderr.includes("the configuration file is not valid"), "the log tells");
    expect(await ada.post("/config/versions/1/back", { why: "typed wrong" })).toMatchObject({
      status: 200,
      body: { items: [{ n: 4, who: "ada", why: "back to version 1: typed wrong" }, { n: 3 }, { n: 2 }, { n: 1 }] },
    });
    expect(present()).toBe(first);
    expect((await ada.get("/config/pending")).body).toEqual({ state: "same" });
  });

  it("hold no secret, and one without them does not take the place of the file", async () => {
    const secret = "canary-of-versions";
    const line = "    password: ";
    const open = first.replace(/^ {2}furnace-plc:$/m, `$&\n${line}${secret}`);
    // Modbus knows no password: what is not valid is not kept either.
    expect((await config("save", draft(open))).code).toBe(1);
    const target = `historian:\n  targets:\n    far:\n      kind: influx\n      url: https://127.0.0.1:8086\n      database: d\n      user: u\n      password: ${secret}\n`;
    const forwarding = first.replace(/^historian:\n {2}store: embedded\n/m, target);
    const saved = await config("save", draft(forwarding));
    expect([saved.code, saved.stderr]).toEqual([0, ""]);
    expect((await config("versions", "5", "--text")).stdout).toBe(forwarding.replace(secret, '"[redacted]"'));
    expect(readFileSync(join(plant.data, "records.db")).includes(secret)).toBe(false);
    await config("back", "1");
    const refused = await config("back", "5");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/1 secrets are left out of version 5/)]);
    expect([present(), existsSync(`${plant.configuration}.before-6`)]).toEqual([first, true]);
  });
});
