import { ensureDashboard } from "../../gateway/launch/dashboard.mjs";
import { ensureInstalled } from "../../gateway/launch/install.mjs";
import { ensurePeers } from "./peers.mjs";
import { attempt, check, say, Tally, tests } from "./stages.mjs";

// `npm test`: everything but the long ones.
try {
  ensureInstalled();
  ensurePeers(say);
  const tally = new Tally("test");
  await check(tally, "format and lint", "@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]);
  await check(tally, "types", "@typescript/native/bin/tsc", ["-p", "tsconfig.json"]);
  await check(tally, "types of the dashboard", "svelte-check/bin/svelte-check", [
    "--tsconfig",
    "dashboard/tsconfig.json",
    "--fail-on-warnings",
  ]);
  await tests(tally, "architecture", ["architecture"], 300_000);
  await tests(tally, "unit", ["unit", "unit-dashboard"], 900_000);
  await tests(tally, "conformance", ["conformance"], 900_000, { again: true });
  attempt(tally, "build of the dashboard", ensureDashboard);
  await tests(tally, "integration", ["integration"], 2_400_000, { again: true });
  await tests(tally, "browser", ["browser"], 2_100_000, { again: true });
  process.exitCode = tally.finish();
} catch (error) {
  say(`npm test: ${error.message}`);
  process.exitCode = 1;
}
