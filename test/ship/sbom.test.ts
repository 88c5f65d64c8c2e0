import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./dockerfile.ts";

interface Locked {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly dev?: boolean;
        readonly optional?: boolean;
        readonly hasInstallScript?: boolean;
        readonly integrity?: string;
      }
    >
  >;
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Locked;
const installed = Object.entries(lock.packages).filter(([path]) => path !== "");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
  string,
  Record<string, unknown>
>;

describe("the lockfile (S20)", () => {
  it("names every package by its hash", () => {
    const bare = installed.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")).map(([path]) => path);
    expect(bare).toEqual([]);
  });

  it("has no package whose install script is needed, and scripts are off", () => {
    const scripted = installed
      .filter(([, each]) => each.hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ""));
    const said = Object.keys(manifest["allowScripts"] ?? {});
    // fsevents is for macOS alone.
    expect(scripted.filter((name) => name !== "fsevents" && !said.includes(name))).toEqual([]);
    expect(Object.values(manifest["allowScripts"] ?? {})).toEqual(said.map(() => false));
    expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
  });

  it("and package.json name exact versions", () => {
    for (const group of ["dependencies", "devDependencies", "optionalDependencies"])
      for (const [name, version] of Object.entries(manifest[group] ?? {}))
        expect(version, name).toMatch(/^(npm:.*@)?\d+(\.\d+\.\d+)?$/);
  });
});

describe("the bill of materials (S20)", () => {
  it("is CycloneDX, names what runs in production with version and hash, and nothing else", () => {
    const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "sbom"], {
      ...{ cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, shell: process.platform === "win32" },
    });
    expect([status, stderr]).toEqual([0, ""]);
    const bill = JSON.parse(stdout) as {
      bomFormat: string;
      components: { name: string; version: string; purl: string; hashes?: { content: string }[] }[];
    };
    expect(bill.bomFormat).toBe("CycloneDX");
    const listed = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl.replace("pkg:npm/", ""))));
    for (const [name, version] of Object.entries(manifest["dependencies"] ?? {}))
      expect(listed, name).toContain(`${name}@${version}`);
    for (const name of ["vitest", "vite", "playwright-core", "svelte"])
      expect(bill.components.map((each) => each.name)).not.toContain(name);
    for (const { name, hashes } of bill.components) expect(hashes?.length, name).toBeGreaterThan(0);
  });
});
