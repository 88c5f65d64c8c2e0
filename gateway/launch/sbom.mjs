// The software bill of materials of what runs in production: CycloneDX, JSON, to standard output. npm writes
// it from the lockfile; its own `--omit` loses packages that are also an optional peer of an omitted one
// (seen with npm 11 and yaml), so that what is not of production is left out here.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8"));
const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

const production = new Set();
for (const [path, { name, version: locked, dev, optional }] of Object.entries(packages))
  if (path !== "" && !dev && !optional) production.add(`${name ?? path.replace(/^.*node_modules\//, "")}@${locked}`);

const made = spawnSync("npm", ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 256 * 1024 * 1024,
  shell: process.platform === "win32",
});
if (made.status !== 0) {
  process.stderr.write(made.stderr || `npm sbom ended with ${made.status}: ${made.error?.message ?? ""}\n`);
  process.exit(1);
}

const bill = JSON.parse(made.stdout);
const own = `plancia@${version}`;
const isKept = (reference) => reference === own || production.has(reference);
bill.metadata.component.name = "plancia";
bill.components = bill.components.filter((each) => isKept(`${nameOf(each.purl)}`));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => isKept(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isKept) }));
process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);

/** `pkg:npm/%40scope/name@1.0.0` → `@scope/name@1.0.0`. */
function nameOf(purl) {
  return decodeURIComponent(purl.replace(/^pkg:npm\//, ""));
}
