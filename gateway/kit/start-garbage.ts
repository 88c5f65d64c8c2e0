/**
 * Clears this thread's heap and gives the room back, which takes some 50 ms: for moments in which nobody waits. A
 * third of the heap was needed by the start alone, and V8 would keep it until as much again has come, which takes a
 * gateway at rest hours. Without `--expose-gc` (`gateway/launch/memory.mjs`; the command line, tests) nothing happens.
 */
export function clearStartGarbage(): void {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}
