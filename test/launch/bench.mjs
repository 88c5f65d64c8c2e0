import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureDashboard } from "../../gateway/launch/dashboard.mjs";
import { ensureInstalled, nodeToRun, root } from "../../gateway/launch/install.mjs";

// `npm run bench [-- NAME…]`: measures, one after the other; each file `test/bench/*.bench.ts` is a program of its own.
const folder = join(root, "test", "bench");
const wanted = process.argv.slice(2);
try {
  ensureInstalled();
  ensureDashboard();
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".bench.ts"))
        .sort()
    : [];
  const chosen = files.filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)));
  if (chosen.length === 0)
    throw new Error(`nothing to measure; there is ${files.join(", ") || "no test/bench/*.bench.ts"}`);
  for (const file of chosen) {
    process.stdout.write(`\n${file}\n`);
    const done = spawnSync(nodeToRun(), [join(folder, file)], { cwd: root, stdio: "inherit" });
    if (done.status !== 0) process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`npm run bench: ${error.message}\n`);
  process.exitCode = 1;
}
