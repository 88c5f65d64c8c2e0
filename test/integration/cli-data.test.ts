import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { create, list } from "tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NodeProcess, plancia } from "../rig/node-process.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** `export`, `backup`, `restore` and the verifications, through a running gateway and without one. */
let plant: Plant;
let archive: string;
beforeAll(async () => {
  plant = await startPlant({ people: { olga: "operator", anna: "administrator" } });
  archive = join(plant.folder, "backup.tgz");
  const olga = await plant.enter("olga");
  await plant.restore(olga);
  while ((await olga.history("furnace/temperature", 0)).length < 4) await sleep(100);
});
afterAll(() => plant.close());

const everything = ["export", "--tags", "furnace/*", "--from", "2020-01-01", "--to", "2100-01-01"];

function rowsOf(csv: string, tag: string): readonly string[] {
  return csv.split("\r\n").filter((line) => line.split(",")[1] === tag);
}

async function auditOf(name: string): Promise<readonly string[]> {
  const answer = await (await plant.enter(name)).get<{ items: { action: string; who: string }[] }>("/audit?limit=100");
  return answer.body.items.map(({ action, who }) => `${action} ${who}`);
}

/** Runs on another folder or configuration than the plant's. */
const on = (data: string, args: readonly string[], config = plant.configuration) =>
  plancia([...args, "--data", data, "--config", config]);

describe("beside a running gateway", () => {
  it("export gives what was recorded, and stands in the audit", async () => {
    const { code, stdout, stderr } = await plant.plancia(everything);
    expect([code, stderr]).toEqual([0, ""]);
    const rows = rowsOf(stdout, "furnace/temperature");
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(rows.at(-1)).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z,furnace\/temperature,8\d\d(\.\d+)?,Good,0x00000000,°C$/,
    );
    expect(await auditOf("anna")).toContain("history.exported system:command-line");
  });

  it("export refuses what cannot be, in one line", async () => {
    const nothing = await plant.plancia(["export", "--tags", "oven/*", "--from", "2020-01-01", "--to", "2030-01-01"]);
    expect([nothing.code, nothing.stderr]).toEqual([1, "plancia: no recorded tag matches oven/*\n"]);
    const backwards = await plant.plancia(["export", "--tags", "*", "--from", "2030-01-01", "--to", "2020-01-01"]);
    expect([backwards.code, backwards.stdout]).toEqual([1, ""]);
  });

  it.runIf(process.platform !== "win32")(
    "lets nobody in but its own account, and not over the network",
    async (context) => {
      const socket = join(plant.data, "gateway.sock");
      expect(statSync(socket).mode & 0o777).toBe(0o600);
      expect((await fetch(`${plant.url}/values`)).status).toBe(404);
      expect((await fetch(`${plant.url}/backup`, { method: "POST" })).status).toBe(404);
      if (process.getuid?.() !== 0) context.skip("only root can ask as another account");
      for (const folder of [plant.folder, plant.data]) chmodSync(folder, 0o755);
      const script = `require("net").connect(${JSON.stringify(socket)}).on("error", (e) => console.log(e.code)).on("connect", () => { console.log("in"); process.exit() })`;
      const ask = (uid: number) => spawnSync("node", ["-e", script], { uid, gid: uid, encoding: "utf8" }).stdout.trim();
      if (ask(0) !== "in") context.skip("no node that other accounts may run");
      expect(ask(65_534)).toBe("EACCES");
      chmodSync(plant.data, 0o700);
    },
  );

  it("backup under load is one moment of all of it, and restores into a gateway that starts", async () => {
    const olga = await plant.enter("olga");
    let writing = true;
    const load = (async () => {
      while (writing) await olga.write("furnace/setpoint", 850 + Math.round(Math.random() * 10));
    })();
    mkdirSync(join(plant.folder, "templates"), { recursive: true });
    writeFileSync(join(plant.folder, "templates", "spare.yaml"), "template: 1\n");
    const made = await plant.plancia(["backup", archive]);
    writing = false;
    await load;
    expect([made.code, made.stderr]).toEqual([0, ""]);
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    expect(readdirSync(plant.data).filter((name) => name.startsWith(".backup"))).toEqual([]);
    const names: string[] = [];
    list({ file: archive, sync: true, onReadEntry: ({ path }) => void names.push(path) });
    expect(names).toEqual(
      expect.arrayContaining(["data/records.db", "data/history/history.db", "configuration/plant.yaml"]),
    );
    expect(names).toContain("beside/templates/spare.yaml");
    expect(names.filter((name) => /keys|lock|sock|wal|shm/.test(name))).toEqual([]);

    const data = join(plant.folder, "second");
    const restored = await on(data, ["restore", archive]);
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    expect(restored.stdout).toContain("Everybody has to sign in again");
    for (const verify of ["audit", "history"]) {
      const { code, stdout } = await on(data, [verify, "verify"]);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/holds/)]);
    }
    const people = JSON.parse((await on(data, ["user", "list", "--json"])).stdout) as { name: string }[];
    expect(people.map(({ name }) => name).sort()).toEqual(["anna", "olga"]);
    const before = rowsOf((await plant.plancia(everything)).stdout, "furnace/temperature");
    const after = rowsOf((await on(data, everything)).stdout, "furnace/temperature");
    expect(after.length).toBeGreaterThanOrEqual(4);
    expect(before.slice(0, after.length)).toEqual(after);

    const again = new NodeProcess("gateway/main.ts", [
      ...["run", "--listen", "127.0.0.1:0", "--data", data, "--config", plant.configuration],
    ]);
    const [, url = ""] = await again.printed(/^ +(http:\/\/[^\s/]+)$/m, 20_000);
    expect(again.stdout).not.toContain("First administrator");
    const me = (address: string) =>
      fetch(`${address}/api/v1/auth/me`, { headers: { authorization: `Bearer ${olga.accessToken}` } });
    expect([(await me(plant.url)).status, (await me(url)).status]).toEqual([200, 401]);
    again.signal("SIGTERM");
    expect((await again.end(10_000)).stderr).not.toContain("damage");
    expect(await auditOf("anna")).toContain("backup.made system:command-line");
  });

  it("backup replaces no file unless told, and leaves none behind where it cannot be", async () => {
    writeFileSync(`${archive}.mine`, "mine");
    const refused = await plant.plancia(["backup", `${archive}.mine`]);
    expect([refused.code, readFileSync(`${archive}.mine`, "utf8")]).toEqual([1, "mine"]);
    expect((await plant.plancia(["backup", `${archive}.mine`, "--force"])).code).toBe(0);
    expect((await plant.plancia(["backup", join(plant.folder, "none", "b.tgz")])).stderr).toMatch(/no such folder/);
    expect((await plant.plancia(["backup", join(plant.data, "b.tgz")])).code).toBe(1);
  });

  it("restore is refused, whatever it is told, and nothing is touched", async () => {
    const before = readdirSync(plant.data).sort();
    for (const force of [[], ["--force"]]) {
      const { code, stderr } = await plant.plancia(["restore", archive, ...force]);
      expect([code, stderr.split("\n").length]).toEqual([1, 2]);
    }
    expect(readdirSync(plant.data).sort()).toEqual(before);
    expect((await fetch(`${plant.url}/healthz`)).status).toBe(200);
  });

  it("a hostile archive is refused and leaves nothing", async () => {
    const evil = join(plant.folder, "evil");
    mkdirSync(join(evil, "data", "keys"), { recursive: true });
    const manifest = {
      product: "plancia",
      format: 1,
      version: "1",
      gateway: "x",
      createdAt: new Date(0),
      files: 1,
      bytes: 3,
    };
    writeFileSync(join(evil, "plancia-backup.json"), JSON.stringify(manifest));
    writeFileSync(join(evil, "data", "keys", "installation.key"), "bad");
    const file = join(plant.folder, "evil.tgz");
    create({ file, cwd: evil, gzip: true, sync: true }, ["plancia-backup.json", "data/keys/installation.key"]);
    const data = join(plant.folder, "third");
    const { code, stderr } = await on(data, ["restore", file]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^plancia: .*belongs to the machine.*\n$/)]);
    expect(readdirSync(data)).toEqual(["gateway.lock"]);
  });
});

describe("without a gateway", () => {
  beforeAll(() => plant.stop());

  it("export, backup and restore do the same under the folder's lock", async () => {
    const rows = rowsOf((await plant.plancia(everything)).stdout, "furnace/temperature");
    expect(rows.length).toBeGreaterThanOrEqual(4);
    const file = join(plant.folder, "still.tgz");
    expect((await plant.plancia(["backup", file])).code).toBe(0);
    const refused = await plant.plancia(["restore", file]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("--force")]);
    const forced = await plant.plancia(["restore", file, "--force"]);
    expect([forced.code, forced.stderr]).toEqual([0, ""]);
    const aside = readdirSync(plant.data).find((name) => name.startsWith("before-restore-")) ?? "none";
    expect(existsSync(join(plant.data, aside, "records.db"))).toBe(true);
    expect(rowsOf((await plant.plancia(everything)).stdout, "furnace/temperature")).toEqual(rows);
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });

  it("never overwrites a configuration: that of the backup lies beside the data", async () => {
    const config = join(plant.folder, "mended.yaml");
    writeFileSync(config, "mended");
    const data = join(plant.folder, "fourth");
    const { code, stdout } = await on(data, ["restore", archive], config);
    expect([code, readFileSync(config, "utf8")]).toEqual([0, "mended"]);
    expect(stdout).toContain("was left as it is");
    expect(readFileSync(join(data, "configuration-of-backup.yaml"), "utf8")).toContain("furnace");
    expect(readFileSync(join(data, "beside-configuration-of-backup", "templates", "spare.yaml"), "utf8")).toContain(
      "1",
    );
    const fresh = join(plant.folder, "box", "fresh.yaml");
    mkdirSync(dirname(fresh));
    await on(join(plant.folder, "fifth"), ["restore", archive], fresh);
    expect(readFileSync(fresh, "utf8")).toContain("furnace");
    expect(readFileSync(join(dirname(fresh), "templates", "spare.yaml"), "utf8")).toBe("template: 1\n");
  });

  it("says so where there is nothing", async () => {
    const none = join(plant.folder, "nothing");
    for (const args of [["backup", `${none}.tgz`], everything, ["history", "verify"], ["restore", `${none}.tgz`]]) {
      const { code, stderr } = await on(none, args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^plancia: there is no [^\n]*\n$/)]);
    }
    expect([existsSync(none), existsSync(`${none}.tgz`)]).toEqual([false, false]);
  });

  it("history verify names a damaged place and ends with 1", async () => {
    const file = join(plant.data, "history", "history.db");
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 4096 * 3, 4096 * 4);
    writeFileSync(file, bytes);
    const { code, stderr } = await plant.plancia(["history", "verify"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^plancia: the history is damaged/)]);
  });

  it("history repair takes out what is damaged, and then all of it holds", async () => {
    const { code, stdout, stderr } = await plant.plancia(["history", "repair"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/history: all of it holds now\n$/);
    expect((await plant.plancia(["history", "verify"])).stdout).toBe("history: all of it holds\n");
  });
});
