import { writeFileSync } from "node:fs";

/** Counts, failures and the reasons of skips, as one JSON file for the launcher; nothing on the screen. */
export default class CountingReporter {
  #slowest = [];

  onTestRunEnd(modules, unhandled) {
    const result = { passed: 0, failed: 0, failures: [], skipped: [] };
    for (const module of modules) {
      for (const error of module.errors()) fail(result, module.relativeModuleId, error);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) fail(result, `${module.relativeModuleId} > ${suite.fullName}`, error);
      }
      for (const test of module.children.allTests()) this.#count(result, module, test);
    }
    for (const error of unhandled) fail(result, "outside of any test", error);
    result.slowest = this.#slowest.sort((a, b) => b.ms - a.ms).slice(0, 5);
    const file = process.env.PLANCIA_TEST_RESULT;
    if (file) writeFileSync(file, JSON.stringify(result));
  }

  #count(result, module, test) {
    const name = `${module.relativeModuleId} > ${test.fullName}`;
    const { state, errors, note } = test.result();
    this.#slowest.push({ name, ms: Math.round(test.diagnostic()?.duration ?? 0) });
    if (state === "passed") result.passed++;
    else if (state === "failed") fail(result, name, errors?.[0]);
    else result.skipped.push({ name, reason: note ?? "no reason given" });
  }
}

function fail(result, name, error) {
  result.failed++;
  const text = `${words(error)}${error?.diff ? `\n${error.diff}` : ""}`;
  const place = (error?.stacks ?? [])[0];
  result.failures.push({ name, text: place ? `${text}\n    at ${place.file}:${place.line}:${place.column}` : text });
}

/** With its causes: that a test's process ended says nothing without its exit code or signal. */
function words(error) {
  const cause = error?.cause;
  return `${error?.message ?? error}${cause ? `\n  because: ${words(cause)}` : ""}`;
}
