import { readdirSync, readFileSync } from "node:fs";

/** What the kernel says a process uses: CPU of its threads (schedstat, nanoseconds) and resident memory. */
export interface ProcessCost {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

export function costOf(pid: number): ProcessCost {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpuMs: ns / 1e6, rssMiB: Number(rss ?? 0) / 1024 };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
