import { ensureDashboard } from "../../gateway/launch/dashboard.mjs";
import { ensureInstalled } from "../../gateway/launch/install.mjs";
import { ensurePeers } from "./peers.mjs";
import { attempt, say, Tally, tests } from "./stages.mjs";

// `npm run test:faults`: seeded kills and whatever else takes its time.
try {
  ensureInstalled();
  ensurePeers(say);
  const tally = new Tally("faults");
  attempt(tally, "build of the dashboard", ensureDashboard);
  await tests(tally, "faults", ["chaos"], 1_800_000, { again: true });
  process.exitCode = tally.finish();
} catch (error) {
  say(`npm run test:faults: ${error.message}`);
  process.exitCode = 1;
}
