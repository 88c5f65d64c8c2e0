import { ensureDashboard } from "./dashboard.mjs";
import { runGateway } from "./gateway.mjs";
import { ensureInstalled } from "./install.mjs";

// `npm start`: the demo plant; `npm start -- --config my.yaml`: a real one, without simulators.
const args = process.argv.slice(2);
try {
  ensureInstalled();
  ensureDashboard();
  const real = args.some((arg) => arg === "--config" || arg.startsWith("--config="));
  process.exitCode = await runGateway([real ? "run" : "demo", ...args], "own");
} catch (error) {
  process.stderr.write(`plancia: ${error.message}\n`);
  process.exitCode = 1;
}
