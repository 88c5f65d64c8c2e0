import { setFlagsFromString } from "node:v8";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * A thread of this process that runs one of our modules.
 *
 * Each thread that loads TypeScript runs Node's type stripper, which is WebAssembly. V8 13.6 shares the wrappers
 * between WebAssembly and JavaScript among threads, and may free one that was replaced by a faster one while another
 * thread still holds it: "Check failed: jit_page.has_value()" or a segmentation fault of the whole process, about
 * once in two thousand starts. Wrappers that are never replaced are never freed early.
 */
export function startThread(module: URL, options: WorkerOptions): Worker {
  setFlagsFromString(`--wasm-wrapper-tiering-budget=${2 ** 31 - 1}`);
  return new Worker(module, options);
}
