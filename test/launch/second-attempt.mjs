/** More red files than this are no accident of a crowded machine: they stay red. */
export const mostFilesAgain = 3;

/**
 * What `reporter.mjs` leaves: `{ files: { PATH: { passed, failures: [{ name, text }], skipped: [{ name, reason }] } },
 * outside: [{ name, text }] }`.
 *
 * Which files get a second attempt: those with a failure, where there are few. An error that belongs to no file
 * stands by itself, unless a test's process ended: then its file is among the red ones and answers for it.
 */
export function filesToRunAgain(result) {
  const { files } = result;
  const red = Object.keys(files).filter((path) => files[path].failures.length > 0);
  return red.length > mostFilesAgain ? [] : red;
}

/**
 * The first result with the files of the second in their place. A file that is red again, or that did not run
 * again, stays red. `again` holds what failed at first and passed then: to be said aloud, never dropped.
 */
export function afterSecondAttempt(first, second, paths) {
  const files = { ...first.files };
  const again = [];
  for (const path of paths) {
    const now = second.files[path];
    if (now === undefined || now.failures.length > 0 || now.passed === 0) continue;
    files[path] = now;
    again.push(...first.files[path].failures);
  }
  const allGreen = paths.length > 0 && paths.every((path) => files[path] === second.files[path]);
  const excused = allGreen ? first.outside.filter(isEndedProcess) : [];
  const outside = [...first.outside.filter((error) => !excused.includes(error)), ...second.outside];
  return { files, outside, again: [...again, ...excused] };
}

/** Vitest says it of a worker that ended before its file did. */
function isEndedProcess({ text }) {
  return /Worker \w+ emitted error|Worker exited unexpectedly/.test(text);
}

/** Counts and lists over all files. */
export function summed({ files, outside }) {
  const sum = { passed: 0, failures: [...outside], skipped: [] };
  for (const file of Object.values(files)) {
    sum.passed += file.passed;
    sum.failures.push(...file.failures);
    sum.skipped.push(...file.skipped);
  }
  return sum;
}
