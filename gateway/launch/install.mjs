// Plain JavaScript that any Node from 20 on runs: it brings the project's own Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = join(root, "node_modules");
const stamp = join(modules, ".plancia-stamp");
/** npm writes it when an installation is complete. */
const hiddenLock = join(modules, ".package-lock.json");

/** The pinned Node of this platform, or undefined where it is not installed. */
export function pinnedNode() {
  const folder = join(modules, `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`);
  return [join(folder, "bin", "node"), join(folder, "bin", "node.exe")].find((file) => existsSync(file));
}

/** The Node to run with: the pinned one; on a platform without one the present, if it is new enough. */
export function nodeToRun() {
  const pinned = pinnedNode();
  if (pinned) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new Error(`no Node for ${process.platform}-${process.arch} in the registry's packages; run this with Node 24`);
}

/** Installs what is missing or was left half installed. A second call costs a few milliseconds. */
export function ensureInstalled() {
  const lock = readFileSync(join(root, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).update(process.platform).update(process.arch).digest("hex");
  if (isComplete(wanted, lock)) return;
  const unlock = waitForTurn();
  try {
    if (!isComplete(wanted, lock)) installAnew(wanted);
  } finally {
    unlock();
  }
}

function installAnew(wanted) {
  process.stderr.write("Installing what is missing (once; about a minute) ...\n");
  // Both survive a killed `npm ci`, which empties the folder but for dot files: they must not vouch for it.
  rmSync(stamp, { force: true });
  rmSync(hiddenLock, { force: true });
  install();
  writeFileSync(stamp, wanted);
}

/** Two at once would empty the folder under each other. The file of one that was killed does not count. */
function waitForTurn() {
  const file = join(tmpdir(), `plancia-install-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`);
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (isAlive(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      else rmSync(file, { force: true });
    }
  }
}

function isAlive(file) {
  try {
    process.kill(Number(readFileSync(file, "utf8")) || 2 ** 30, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function isComplete(wanted, lock) {
  if (hasPinned() && !pinnedNode()) return false;
  const packages = Object.entries(JSON.parse(lock).packages).filter(([path, entry]) => path !== "" && !entry.optional);
  if (!packages.every(([path]) => existsSync(join(root, path, "package.json")))) return false;
  if (existsSync(stamp)) return readFileSync(stamp, "utf8") === wanted;
  if (!existsSync(hiddenLock) || !sameVersions(packages, JSON.parse(readFileSync(hiddenLock, "utf8")))) return false;
  writeFileSync(stamp, wanted);
  return true;
}

function hasPinned() {
  return ["linux-x64", "linux-arm64", "win32-x64"].includes(`${process.platform}-${process.arch}`);
}

/** Whether an installation made by hand has the versions of the lockfile. */
function sameVersions(packages, installed) {
  return packages.every(([path, entry]) => installed.packages[path]?.version === entry.version);
}

function install() {
  const args = [
    "ci",
    "--include=dev",
    "--include=optional",
    "--loglevel=error",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  const npm = process.env.npm_execpath;
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  const done = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  if (done.error) throw new Error(`npm cannot be started (${done.error.message})`);
  if (done.status !== 0) throw new Error("npm ci failed; its message stands above");
}
