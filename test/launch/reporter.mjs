import { writeFileSync } from "node:fs";

const endedStates = new Set(["passed", "failed", "skipped"]);

/**
 * Counts, failures and the reasons of skips, file by file, as one JSON file for the launcher; nothing on the
 * screen. `outside` are errors that belong to no file.
 */
export default class CountingReporter {
  #slowest = [];

  onTestRunEnd(modules, unhandled) {
    const result = { files: {}, outside: [] };
    for (const module of modules) {
      const file = { passed: 0, failures: [], skipped: [] };
      result.files[module.relativeModuleId] = file;
      if (!endedStates.has(module.state()))
        file.failures.push({ name: module.relativeModuleId, text: "its process ended before it did" });
      for (const error of module.errors()) file.failures.push(failure(module.relativeModuleId, error));
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors())
          file.failures.push(failure(`${module.relativeModuleId} > ${suite.fullName}`, error));
      }
      for (const test of module.children.allTests()) this.#count(file, module, test);
    }
    for (const error of unhandled) result.outside.push(failure("outside of any test", error));
    result.slowest = this.#slowest.sort((a, b) => b.ms - a.ms).slice(0, 5);
    const file = process.env.PLANCIA_TEST_RESULT;
    if (file) writeFileSync(file, JSON.stringify(result));
  }

  #count(file, module, test) {
    const name = `${module.relativeModuleId} > ${test.fullName}`;
    const { state, errors, note } = test.result();
    this.#slowest.push({ name, ms: Math.round(test.diagnostic()?.duration ?? 0) });
    if (state === "passed") file.passed++;
    else if (state === "failed") file.failures.push(failure(name, errors?.[0]));
    else if (state === "skipped") file.skipped.push({ name, reason: note ?? "no reason given" });
    else file.failures.push({ name, text: "not finished" });
  }
}

function failure(name, error) {
  const text = `${words(error)}${error?.diff ? `\n${error.diff}` : ""}`;
  const place = (error?.stacks ?? [])[0];
  return { name, text: place ? `${text}\n    at ${place.file}:${place.line}:${place.column}` : text };
}

/** With its causes: that a test's process ended says nothing without its exit code or signal. */
function words(error) {
  const cause = error?.cause;
  return `${error?.message ?? error}${cause ? `\n  because: ${words(cause)}` : ""}`;
}
