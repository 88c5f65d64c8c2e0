const parent = process.ppid;
const everyMs = 500;

/**
 * Runs once when the process that started us is gone. npm passes a signal to its shell only, and a
 * shell that dies of it leaves us behind; so a signal to `npm start` alone would end nothing.
 */
export function whenParentEnds(run) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    run();
  }, everyMs);
  timer.unref();
}
