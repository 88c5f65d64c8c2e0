import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { nodeToRun, root } from "../../gateway/launch/install.mjs";
import { whenParentEnds } from "../../gateway/launch/parent.mjs";
import { afterSecondAttempt, filesToRunAgain, summed } from "./second-attempt.mjs";

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
  /** Names of what was red at first and passed at its second attempt. */
  again = [];
  #name;

  constructor(name) {
    this.#name = name;
    mkdirSync(out, { recursive: true });
    rmSync(join(out, `${name}.json`), { force: true });
  }

  /**
   * Prints what needed a second attempt, why tests were skipped and, last, the three numbers. Resolves to the
   * exit code.
   */
  finish() {
    if (this.again.length > 0) say("\nPassed at the second attempt only; each is a fault to be found:");
    for (const name of this.again) say(`  ${name}`);
    printSkips(this.skipped);
    const counts = { passed: this.passed, failed: this.failed, skipped: this.skipped.length };
    writeFileSync(
      join(out, `${this.#name}.json`),
      JSON.stringify({ ...counts, reasons: this.skipped, again: this.again }),
    );
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

/**
 * Vitest projects of `test/vitest.config.ts`, ended after `limitMs`. With `again`, a few red files get a second
 * attempt with nothing beside them; what passes only then is listed at the end (decision 034).
 */
export async function tests(tally, title, projects, limitMs, { again = false } = {}) {
  const started = performance.now();
  const first = await runProjects(projects, projects.join("+"), [], limitMs);
  const paths = again && first.counted && !first.timedOut ? filesToRunAgain(first.counted) : [];
  let counted = first.counted;
  if (paths.length > 0) {
    for (const { name, text } of summed(counted).failures) say(`\n  red at first: ${name}\n${indent(tail(text))}\n`);
    const second = await runProjects(projects, `${projects.join("+")}.again`, [...paths, "--maxWorkers=1"], limitMs);
    const both = afterSecondAttempt(counted, second.counted ?? { files: {}, outside: [] }, paths);
    tally.again.push(...both.again.map(({ name }) => name));
    counted = both;
  }
  const sum = counted === undefined ? undefined : summed(counted);
  const failed = sum?.failures.length ?? 0;
  if (!sum || first.timedOut || (first.code !== 0 && failed === 0 && paths.length === 0)) {
    tally.failed++;
    say(`FAILED  ${title}, ${first.timedOut ? "not finished after" : "ended early after"} ${seconds(started)}`);
    say(tail(first.output));
  }
  if (!sum) return;
  tally.passed += sum.passed;
  tally.failed += failed;
  tally.skipped.push(...sum.skipped);
  const numbers = `${sum.passed} passed, ${failed} failed, ${sum.skipped.length} skipped`;
  say(`${failed === 0 ? "ok    " : "FAILED"}  ${title}: ${numbers}, ${seconds(started)}`);
  for (const { name, text } of sum.failures.slice(0, shownFailures)) say(`\n  ${name}\n${indent(tail(text))}\n`);
}

async function runProjects(projects, name, more, limitMs) {
  const result = join(out, `${name}.result.json`);
  rmSync(result, { force: true });
  const args = [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--config",
    join(root, "test", "vitest.config.ts"),
  ];
  for (const project of projects) args.push("--project", project);
  args.push(...more, "--reporter", join(root, "test", "launch", "reporter.mjs"));
  const ended = await run(args, { log: join(out, `${name}.log`), limitMs, result });
  return { ...ended, counted: existsSync(result) ? JSON.parse(readFileSync(result, "utf8")) : undefined };
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
