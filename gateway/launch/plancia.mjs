import { runGateway } from "./gateway.mjs";
import { ensureInstalled } from "./install.mjs";

// `npm run -s plancia -- VERB`: the command line with the pinned Node.
try {
  ensureInstalled();
  process.exitCode = await runGateway(process.argv.slice(2), "terminal");
} catch (error) {
  process.stderr.write(`plancia: ${error.message}\n`);
  process.exitCode = 1;
}
