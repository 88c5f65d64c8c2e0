import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NodeProcess } from "../rig/node-process.ts";

/** S12: what Debian's testssl.sh says of a whole gateway; `testssl-exceptions.json` holds what is accepted, and why. */
const program = ["/usr/bin/testssl", "/usr/bin/testssl.sh"].find(existsSync);
const missing = program === undefined ? "testssl.sh is missing: apt-get install testssl.sh" : undefined;
const exceptions = JSON.parse(readFileSync(new URL("testssl-exceptions.json", import.meta.url), "utf8")) as Readonly<
  Record<string, string>
>;

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

let folder: string;
let gateway: NodeProcess;
let findings: readonly Finding[] = [];

beforeAll(async () => {
  if (program === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "plancia-testssl-"));
  const [key, cert] = [join(folder, "live.key"), join(folder, "live.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...name, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const configuration = join(folder, "plant.yaml");
  writeFileSync(
    configuration,
    `version: 1\ngateway: { id: tls }\nsite: { id: tls, name: Hall }\nserver: { tls: { mode: files, key: "${key}", cert: "${cert}" } }\n`,
  );
  const place = ["--config", configuration, "--data", join(folder, "data")];
  gateway = new NodeProcess("gateway/main.ts", ["run", ...place, "--listen", "127.0.0.1:0"]);
  const [, port = ""] = await gateway.printed(/^ +https:\/\/127\.0\.0\.1:(\d+)$/m, 20_000);
  const report = join(folder, "report.json");
  const how = ["--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--jsonfile", report];
  const what = ["--protocols", "--std", "--pfs", "--server-preference", "--headers", "--vulnerable"];
  // Name resolution, and with it every question to the outside, is left out by --ip and --nodns.
  spawnSync(program, [...how, "--nodns", "none", ...what, `localhost:${port}/healthz`], {
    cwd: folder,
    stdio: "ignore",
    timeout: 280_000,
  });
  findings = existsSync(report) ? (JSON.parse(readFileSync(report, "utf8")) as Finding[]) : [];
}, 300_000);
afterAll(async () => {
  gateway?.signal("SIGTERM");
  await gateway?.end(10_000);
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const said = (id: string) => findings.find((each) => each.id === id)?.finding;

describe("testssl.sh", () => {
  it("finds nothing that is not accepted with its reason", (context) => {
    if (missing) context.skip(missing);
    expect(findings.length).toBeGreaterThan(50);
    const wrong = findings.filter(({ severity }) => severity !== "OK" && severity !== "INFO");
    expect(wrong.filter(({ id }) => exceptions[id] === undefined)).toEqual([]);
  });

  it.each([
    ["SSLv2", /^not offered/],
    ["SSLv3", /^not offered/],
    ["TLS1", /^not offered/],
    ["TLS1_1", /^not offered/],
    ["TLS1_2", /^offered/],
    ["TLS1_3", /^offered/],
    ["cipherlist_NULL", /^not offered/],
    ["cipherlist_aNULL", /^not offered/],
    ["cipherlist_LOW", /^not offered/],
    ["cipherlist_3DES_IDEA", /^not offered/],
    ["cipherlist_AVERAGE", /^not offered/],
    ["cipherlist_STRONG", /^offered/],
    ["PFS", /^offered/],
    ["cipher_order", /server/],
    ["HSTS_time", /365 days/],
    ["X-Frame-Options", /DENY/],
    ["Content-Security-Policy", /default-src 'none'/],
    ["heartbleed", /not vulnerable/],
    ["LUCKY13", /not vulnerable/],
    ["BREACH", /not vulnerable/],
    ["secure_client_renego", /not vulnerable/],
  ])("%s: %s", (id, expected) => {
    if (missing) return;
    expect(said(id), id).toMatch(expected);
  });
});
