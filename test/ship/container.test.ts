import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadPlant } from "../../gateway/config/load.ts";
import { compile } from "../../gateway/expressions/compile.ts";
import { gatewayFlags } from "../../gateway/launch/memory.mjs";
import { commandOf, copiesOf, inForce, instructionsOf, readDockerfile, root } from "./dockerfile.ts";

const stages = readDockerfile();
const gateway = instructionsOf(stages, "gateway");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

describe("the image", () => {
  it("is built in stages that all stand on one Node 24 image", () => {
    const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24-slim$/m);
    const names = new Set(stages.map(({ name }) => name));
    for (const { from } of stages) expect(from === "$" + "{NODE_IMAGE}" || names.has(from), from).toBe(true);
    expect(stages.at(-1)?.name).toBe("gateway");
  });

  it("runs as a numbered user without rights (S19)", () => {
    expect(inForce(gateway, "USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(inForce(instructionsOf(stages, "demo"), "USER")).toBe(inForce(gateway, "USER"));
  });

  it("installs from the lockfile, without install scripts and, where it runs, without development packages", () => {
    const installs = stages.flatMap(({ name, instructions }) =>
      instructions.filter(({ text }) => /\bnpm (ci|i|install)\b/.test(text)).map(({ text }) => [name, text] as const),
    );
    expect(installs).toHaveLength(2);
    for (const [, text] of installs) expect(text).toMatch(/\bnpm ci\b.*--ignore-scripts/);
    expect(Object.fromEntries(installs)["modules"]).toMatch(/--omit=dev.*--omit=optional/);
    expect(copiesOf(gateway).find(({ target }) => target === "node_modules")?.stage).toBe("modules");
  });

  it("takes no simulators into the gateway, and everything that it copies is there", () => {
    const sources = copiesOf(gateway).filter(({ stage }) => stage === undefined);
    expect(sources.flatMap((copy) => copy.sources)).not.toContain("simulators");
    for (const { sources: paths } of stages.flatMap(({ instructions }) => copiesOf(instructions)))
      for (const path of paths.filter((each) => !each.startsWith("/")))
        expect(existsSync(join(root, path)), path).toBe(true);
  });

  it("keeps its data on a volume, and says by itself whether it lives", () => {
    expect(inForce(gateway, "VOLUME")).toBe("/data");
    expect(inForce(gateway, "HEALTHCHECK")).toMatch(/CMD \["node"/);
    // The size of the nursery stands in the environment, where a site can change it.
    const flags = gatewayFlags.filter((flag) => !flag.startsWith("--max-semi-space-size"));
    expect(commandOf(inForce(gateway, "ENTRYPOINT"))).toEqual(["node", ...flags, "gateway/main.ts"]);
    expect(commandOf(inForce(gateway, "CMD"))).toEqual(["run", "--config", "/config/gateway.yaml", "--data", "/data"]);
  });

  it("carries the version of package.json", () => {
    expect(
      gateway
        .filter(({ name }) => name === "LABEL")
        .map(({ text }) => text)
        .join(),
    ).toContain(`version="${version}"`);
  });

  it("leaves out everything that is not named, so that no data folder or secret gets in", () => {
    const lines = readFileSync(join(root, ".dockerignore"), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).toBe("*");
    const allowed = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const copied = stages
      .flatMap(({ instructions }) => copiesOf(instructions))
      .filter(({ stage }) => stage === undefined)
      .flatMap(({ sources }) => sources);
    for (const path of copied) expect(allowed, path).toContain(path.split("/")[0]);
    for (const path of allowed)
      expect(
        copied.some((each) => each === path || each.startsWith(`${path}/`)),
        path,
      ).toBe(true);
  });
});

interface Service {
  readonly [key: string]: unknown;
  readonly image: string;
  /** Where it is ours. */
  readonly build?: { readonly target: string };
  readonly ports: readonly string[];
  readonly profiles?: readonly string[];
  readonly networks?: Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly volumes: readonly { readonly type: string; readonly source: string; readonly target: string }[];
  readonly healthcheck: { readonly test: readonly string[] };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

describe("docker-compose.yml", () => {
  const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const ours = services.filter(([, service]) => service.build !== undefined);

  /** The one service that speaks to others; it is started by its profile alone. */
  const isProxy = (name: string) => name === "proxy";

  it.each(services)("%s: no capabilities, no new rights, read-only root (S19)", (name, service) => {
    expect(service["cap_add"]).toEqual(isProxy(name) ? ["NET_BIND_SERVICE"] : undefined);
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], init: true });
    expect(service["security_opt"]).toEqual(["no-new-privileges:true"]);
    for (const open of ["privileged", "devices", "network_mode", "pid", "ipc"])
      expect(service).not.toHaveProperty(open);
    expect(JSON.stringify(service.volumes)).not.toContain("docker.sock");
  });

  it.each(services)("%s: is published on this computer only, but the proxy", (name, service) => {
    expect(service.ports.length).toBeGreaterThan(0);
    if (isProxy(name)) {
      expect(service.ports).toEqual(["80:80", "443:443"]);
      return;
    }
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(ours)("%s: has no root user, and says its own address", (_, service) => {
    expect(service["user"]).toBe("1000:1000");
    const scheme = service.environment["PLANCIA__SERVER__TLS__MODE"] === "none" ? "http" : "https";
    const address = service.ports[0]?.replace(/:\d+$/, "");
    expect(withDefaults(service.environment["PLANCIA__SERVER__PUBLIC_URL"])).toBe(`${scheme}://${address}`);
  });

  it.each(services)("%s: is limited, restarted, and asked whether it lives", (_, service) => {
    expect(service).toMatchObject({ restart: "unless-stopped", pids_limit: 200, mem_limit: "768m" });
    expect(service["tmpfs"]).toEqual([expect.stringMatching(/^\/tmp:.*noexec.*nosuid.*size=/)]);
    expect(service.healthcheck.test[0]).toBe("CMD");
  });

  it.each(ours)("%s: is asked the way the image is", (_, service) => {
    const image = inForce(instructionsOf(stages, service.build?.target ?? ""), "HEALTHCHECK");
    expect(service.healthcheck.test.slice(1)).toEqual(commandOf(image));
  });

  it.each(services)("%s: has a version, and only volumes that are declared", (_, service) => {
    expect(service.image.split(":")[1]).toMatch(/^\d+\.\d+\.\d+$/);
    for (const { type, source } of service.volumes)
      if (type === "volume") expect(compose.volumes).toHaveProperty(source);
  });

  it.each(ours)("%s: has a stage, our version, and its data on a volume", (_, service) => {
    expect(stages.map(({ name }) => name)).toContain(service.build?.target);
    expect(service.image.split(":")[1]).toBe(version);
    expect(service.volumes.some(({ type, target }) => type === "volume" && target === "/data")).toBe(true);
  });

  it("has the gateway make its own certificate, on 8443", () => {
    const { gateway: our } = compose.services;
    expect(our?.ports).toEqual(["127.0.0.1:8443:8443"]);
    expect(withDefaults(our?.environment["PLANCIA__SERVER__TLS__MODE"])).toBe("own");
    expect(withDefaults(our?.environment["PLANCIA_HEALTH_URL"])).toBe("https://127.0.0.1:8443/healthz");
  });

  it("has the proxy at the address that the pages name, with the Caddyfile that a test runs", () => {
    const { proxy, gateway: our } = compose.services;
    const address = proxy?.networks?.["proxied"]?.ipv4_address;
    for (const page of ["docs/network.md", "docker-compose.yml"])
      expect(readFileSync(join(root, page), "utf8")).toContain(`trustedProxies: ["${address}"]`);
    const upstream = our?.networks?.["proxied"]?.ipv4_address;
    expect(proxy?.environment["PLANCIA_UPSTREAM"]).toBe(`${upstream}:8443`);
    expect(proxy?.volumes[0]).toMatchObject({ source: "./config/proxy", target: "/etc/caddy", read_only: true });
    expect(readFileSync(join(root, "config", "proxy", "Caddyfile"), "utf8")).toContain("{$PLANCIA_UPSTREAM");
  });

  it("starts the gateway alone, and the simulated plant and InfluxDB only by their profiles", () => {
    expect(services.filter(([, service]) => service.profiles === undefined).map(([name]) => name)).toEqual(["gateway"]);
    expect(compose.services["demo"]?.profiles).toEqual(["demo"]);
    expect(compose.services["influx"]?.profiles).toEqual(["influx"]);
    expect(compose.services["proxy"]?.profiles).toEqual(["proxy"]);
  });

  it("keeps InfluxDB behind passwords that stand in no file of ours, the administrator's from the gateway too", () => {
    const { influx, gateway: our } = compose.services;
    expect(influx?.environment).toMatchObject({ INFLUXDB_HTTP_AUTH_ENABLED: "true" });
    for (const [, { environment }] of services)
      expect(Object.keys(environment).filter((name) => /password|secret|token/i.test(name))).toEqual([]);
    const pathsOf = (service: Service | undefined) => service?.env_file?.map(({ path }) => path);
    expect(pathsOf(our)).toEqual(["./secrets/influx.env"]);
    expect(pathsOf(influx)).toEqual(["./secrets/influx.env", "./secrets/influx-admin.env"]);
    expect(readFileSync(join(root, ".gitignore"), "utf8")).toMatch(/^\/secrets\/$/m);
    expect(influx?.volumes).toEqual([{ type: "volume", source: "influx-data", target: "/var/lib/influxdb" }]);
  });

  it("has the target of the example, once its comment marks are off, lead to InfluxDB as it is set up here", async () => {
    const path = join(root, "config", "examples", "energy-meter.yaml");
    const text = readFileSync(path, "utf8").replace(
      /^ {2}# (?=( *)(targets|plant-influx|kind|url|database|user|password):)/gm,
      "  ",
    );
    const folder = mkdtempSync(join(tmpdir(), "plancia-example-"));
    const file = join(folder, "gateway.yaml");
    writeFileSync(file, text);
    const loaded = await loadPlant(file, { environment: { INFLUXDB_USER_PASSWORD: "a secret" }, compile });
    rmSync(folder, { recursive: true });
    expect(loaded.ok ? loaded.plant.historian.targets : loaded.problems).toEqual([
      expect.objectContaining({
        kind: "influx",
        url: "http://influx:8086",
        database: compose.services["influx"]?.environment["INFLUXDB_DB"],
        credentials: { user: compose.services["influx"]?.environment["INFLUXDB_USER"], password: "a secret" },
      }),
    ]);
  });

  it("mounts the plant's folder read-only and does not make an empty one in its place", () => {
    const mount = compose.services["gateway"]?.volumes.find(({ type }) => type === "bind");
    expect(mount).toMatchObject({ target: "/config", read_only: true, bind: { create_host_path: false } });
  });
});

/** What Compose makes of `${NAME:-default}` where no variable is set. */
function withDefaults(text = ""): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, "$1");
}
