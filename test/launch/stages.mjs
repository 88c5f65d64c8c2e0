import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { nodeToRun, root } from "../../gateway/launch/install.mjs";
import { whenParentEnds } from "../../gateway/launch/parent.mjs";

const out = join(root, "test", ".out");
const shownFailures = 30;
const shownLines = 60;

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Counts over all stages; printed at the end and left in `test/.out/NAME.json`. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = [];
  #name;

  constructor(name) {
    this.#name = name;
    mkdirSync(out, { recursive: true });
    rmSync(join(out, `${name}.json`), { force: true });
  }

  /** Prints why tests were skipped and, last, the three numbers. Resolves to the exit code. */
  finish() {
    printSkips(this.skipped);
    const counts = { passed: this.passed, failed: this.failed, skipped: this.skipped.length };
    writeFileSync(join(out, `${this.#name}.json`), JSON.stringify({ ...counts, reasons: this.skipped }));
    say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    return this.failed > 0 ? 1 : 0;
  }
}

function printSkips(skipped) {
  const byReason = new Map();
  for (const { name, reason } of skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  if (byReason.size > 0) say("\nSkipped:");
  for (const [reason, names] of byReason) {
    say(`  ${reason}: ${names.length} test${names.length === 1 ? "" : "s"}`);
    for (const name of names.slice(0, 5)) say(`    ${name}`);
    if (names.length > 5) say(`    and ${names.length - 5} more`);
  }
}

/** A check that passes or fails as a whole. Its output is shown only where it fails. */
export async function check(tally, title, script, args) {
  const started = performance.now();
  const { code, output } = await run([join(root, "node_modules", script), ...args], {});
  if (code === 0) tally.passed++;
  else tally.failed++;
  say(`${code === 0 ? "ok    " : "FAILED"}  ${title}, ${seconds(started)}`);
  if (code !== 0) say(tail(output));
}

/** A step whose failure is one failure of the run, but not its end. */
export function attempt(tally, title, step) {
  try {
    step();
  } catch (error) {
    tally.failed++;
    say(`FAILED  ${title}: ${error.message}`);
  }
}

/** Vitest projects of `test/vitest.config.ts`. */
export async function tests(tally, title, projects, limitMs) {
  const started = performance.now();
  const name = projects.join("+");
  const result = join(out, `${name}.result.json`);
  rmSync(result, { force: true });
  const args = [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--config",
    join(root, "test", "vitest.config.ts"),
  ];
  for (const project of projects) args.push("--project", project);
  args.push("--reporter", join(root, "test", "launch", "reporter.mjs"));
  const { code, output, timedOut } = await run(args, { log: join(out, `${name}.log`), limitMs, result });
  const counted = existsSync(result) ? JSON.parse(readFileSync(result, "utf8")) : undefined;
  if (!counted || timedOut || (code !== 0 && counted.failed === 0)) {
    tally.failed++;
    say(`FAILED  ${title}, ${timedOut ? "not finished after" : "ended early after"} ${seconds(started)}`);
    say(tail(output));
  }
  if (!counted) return;
  tally.passed += counted.passed;
  tally.failed += counted.failed;
  tally.skipped.push(...counted.skipped);
  const numbers = `${counted.passed} passed, ${counted.failed} failed, ${counted.skipped.length} skipped`;
  say(`${counted.failed === 0 ? "ok    " : "FAILED"}  ${title}: ${numbers}, ${seconds(started)}`);
  for (const { name: test, text } of counted.failures.slice(0, shownFailures))
    say(`\n  ${test}\n${indent(tail(text))}\n`);
}

/**
 * Runs a script with the pinned Node, all of its output kept. After `limitMs` it is ended together
 * with what it started.
 */
function run(args, { log, limitMs = 900_000, result }) {
  return new Promise((resolve) => {
    const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`;
    const env = {
      ...process.env,
      PATH: path,
      PLANCIA_TEST_RESULT: result ?? "",
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
    };
    const detached = process.platform !== "win32";
    const child = spawn(nodeToRun(), args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached });
    const file = log === undefined ? undefined : createWriteStream(log);
    let output = "";
    let timedOut = false;
    const take = (chunk) => {
      file?.write(chunk);
      output = (output + chunk).slice(-200_000);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const end = (signal) => {
      try {
        process.kill(detached ? -child.pid : child.pid, signal);
      } catch (error) {
        if (error.code !== "ESRCH") throw error;
      }
    };
    const interrupted = () => {
      end("SIGTERM");
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    whenParentEnds(interrupted);
    const timer = setTimeout(() => {
      timedOut = true;
      end("SIGKILL");
    }, limitMs);
    child.once("close", (code) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      file?.end();
      resolve({ code, output, timedOut });
    });
  });
}

function tail(text) {
  const lines = text.trimEnd().split("\n");
  return lines.length <= shownLines ? lines.join("\n") : ["  ...", ...lines.slice(-shownLines)].join("\n");
}

function indent(text) {
  return text.replace(/^/gm, "    ");
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
