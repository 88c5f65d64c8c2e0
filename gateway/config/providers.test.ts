import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { smallCompiler } from "../services/testing/control-bench.ts";
import { loadPlant } from "./load.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-providers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const right = {
  publicUrl: "https://plancia.example",
  name: "Firm",
  issuer: "https://sso.example/realms/plant",
  clientId: "plancia",
  clientSecret: `\${env:SSO_SECRET}`,
  groups: '[{ group: a, role: operator, equipment: ["*"] }]',
};

/** What is said of a file with one provider, `change` in it. */
async function said(change: Partial<Record<keyof typeof right, string | undefined>>): Promise<readonly string[]> {
  const { publicUrl, ...provider } = { ...right, ...change };
  const keys = Object.entries(provider).flatMap(([key, value]) =>
    value === undefined ? [] : [`      ${key}: ${value}`],
  );
  const file = join(folder, "gateway.yaml");
  const lines = [
    ...["version: 1", "gateway: { id: g }", "site: { id: s, name: S }"],
    ...(publicUrl === undefined ? [] : [`server: { publicUrl: "${publicUrl}" }`]),
    ...["security:", "  oidc:", "    firm:", ...keys],
  ];
  writeFileSync(file, lines.join("\n"));
  const environment = { SSO_SECRET: "a-secret-of-the-client" };
  const loaded = await loadPlant(file, { environment, compile: smallCompiler });
  return loaded.ok ? [] : loaded.problems.map(({ path, text }) => `${path}: ${text}`);
}

describe("what check says of a provider", () => {
  it("takes one that is right", async () => {
    expect(await said({})).toEqual([]);
  });

  it.each<[string, Parameters<typeof said>[0], string]>([
    ["http on another computer", { issuer: "http://sso.example" }, "security.oidc.firm.issuer: https: over http"],
    [
      "a name that only begins like this computer",
      { issuer: "http://127.0.0.1.evil.example" },
      "issuer: https: over http",
    ],
    ["a user in the issuer", { issuer: "https://a:b@sso.example" }, "without user, password"],
    ["an unknown role", { groups: "[{ group: a, role: operater, equipment: [a] }]" }, "operator"],
    ["a guest", { groups: "[{ group: a, role: guest, equipment: [a] }]" }, "groups[0].role: expected one of viewer"],
    ["no mapping", { groups: "[]" }, "security.oidc.firm.groups"],
    ["no secret", { clientSecret: undefined }, "clientSecret"],
    ["a secret in the file", { clientSecret: "in-clear-text" }, "clientSecret: not in clear in this file"],
    ["a secret that is not there", { clientSecret: `\${env:SSO_SECRIT}` }, "SSO_SECRIT is not set"],
    ["no public address", { publicUrl: undefined }, "security.oidc: server.publicUrl is needed"],
    ["a public address without TLS", { publicUrl: "http://plancia.example" }, "server.publicUrl: https"],
  ])("%s", async (_name, change, expected) => {
    expect((await said(change)).join("\n")).toContain(expected);
  });

  it("takes http for a provider and a gateway on this computer", async () => {
    expect(await said({ issuer: "http://127.0.0.1:9000", publicUrl: "http://localhost:8080" })).toEqual([]);
  });
});
