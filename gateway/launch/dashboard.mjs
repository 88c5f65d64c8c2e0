import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeToRun, root } from "./install.mjs";

const dashboard = join(root, "dashboard");
const stamp = join(dashboard, "dist", ".stamp");

/** Builds the dashboard where its sources, by content, are not those of the last build. */
export function ensureDashboard() {
  if (!existsSync(join(dashboard, "vite.config.ts"))) return;
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Building the dashboard ...\n");
  rmSync(stamp, { force: true });
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", "--config", join(dashboard, "vite.config.ts"), "--logLevel", "warn"];
  const built = spawnSync(nodeToRun(), args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the dashboard cannot be built:\n${built.stdout}${built.stderr}`.trimEnd());
  writeFileSync(stamp, wanted);
}

function fingerprint() {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const file of sources(dashboard).sort()) hash.update(file).update(readFileSync(join(dashboard, file)));
  return hash.digest("hex");
}

function sources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .filter((file) => !/^(dist|node_modules)[\\/]/.test(file) && !file.endsWith(".test.ts"));
}
