import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { copiesOf, instructionsOf, readDockerfile, root } from "./dockerfile.ts";

interface Locked {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Package folders that `npm ci --omit=dev --omit=optional` would install, by the lockfile. */
function installed(): { readonly kept: readonly string[]; readonly left: readonly string[] } {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const paths = Object.entries(lock.packages).filter(([path]) => path !== "");
  const runs = ({ dev, optional, devOptional }: Locked): boolean => !dev && !optional && !devOptional;
  return {
    kept: paths.filter(([, entry]) => runs(entry)).map(([path]) => path),
    left: paths.filter(([, entry]) => !runs(entry)).map(([path]) => path),
  };
}

/**
 * The working folder of an image's stage, made without an engine: the sources that the Dockerfile
 * copies, cut as .dockerignore says; the packages as hard links; the dashboard as it is built.
 * It lies beside the sources, since links do not leave a file system.
 */
export function productionTree(stage: string): { readonly folder: string; remove(): void } {
  const out = join(root, "test", ".out");
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(out, "image-"));
  // Others must be able to read it; mkdtemp lets nobody in.
  chmodSync(folder, 0o755);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const copy of copiesOf(instructionsOf(readDockerfile(), stage))) {
      if (copy.target === "node_modules") linkPackages(folder);
      else for (const source of copy.sources) copyIn(folder, source, copy.sources.length > 1 ? source : copy.target);
    }
    prune(folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}

function copyIn(folder: string, source: string, target: string): void {
  const from = join(root, source.replace(/^\/app\//, ""));
  if (!existsSync(from)) throw new Error(`${source} is not there; npm run build makes the dashboard`);
  cpSync(from, join(folder, target), { recursive: true });
}

/** The patterns of .dockerignore that take something out again. */
function prune(folder: string): void {
  const patterns = readFileSync(join(root, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("**/") && !line.endsWith("node_modules"));
  for (const top of readdirSync(folder).filter((name) => name !== "node_modules"))
    for (const path of globSync(patterns, { cwd: join(folder, top) }))
      rmSync(join(folder, top, path), { recursive: true });
}

function linkPackages(folder: string): void {
  const { kept, left } = installed();
  const outermost = kept.filter((path) => path.lastIndexOf("node_modules/") === 0);
  const byParent = Map.groupBy(outermost, (path) => path.slice(0, path.lastIndexOf("/")));
  for (const [parent, paths] of byParent) {
    const target = join(folder, parent);
    mkdirSync(target, { recursive: true });
    const done = spawnSync("cp", ["-al", ...paths.map((path) => join(root, path)), target], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`the packages cannot be linked: ${done.stderr}`);
  }
  for (const path of left) rmSync(join(folder, path), { recursive: true, force: true });
}
