import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Order, type Report, shape } from "./fanout-shape.ts";

/**
 * 500 sockets × 1,000 changes/s: the gateway's hub beside a bare sender of one shared buffer, in the
 * same run, window by window in turn, servers and readers in processes of their own (DESIGN 7).
 * To reach: CPU at most 1.3 × the bare sender's.
 */
const limit = 1.3;

interface Side {
  readonly name: "hub" | "bare";
  readonly server: ChildProcess;
  readonly clients: ChildProcess;
}

interface Window {
  readonly cpuMs: number;
  readonly rssMiB: number;
  readonly frames: number;
  readonly bytes: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

function start(file: string, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args);
}

function next<Kind extends Report["kind"]>(child: ChildProcess, kind: Kind): Promise<Extract<Report, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    function heard(report: Report): void {
      if (report.kind !== kind) return;
      child.off("message", heard);
      child.off("exit", gone);
      resolve(report as Extract<Report, { kind: Kind }>);
    }
    function gone(code: number | null): void {
      reject(new Error(`a process of the measurement ended early (${code})`));
    }
    child.on("message", heard);
    child.once("exit", gone);
  });
}

async function open(name: Side["name"]): Promise<Side> {
  const server = start("./fanout-server.ts", name);
  const { port, token } = await next(server, "ready");
  const clients = start("./fanout-clients.ts", String(port), token);
  await next(clients, "connected");
  return { name, server, clients };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function measure({ server, clients }: Side): Promise<Window> {
  const tell = (order: Order) => {
    clients.send(order);
    server.send(order);
  };
  tell({ do: "begin" });
  await sleep(shape.windowMs);
  const cpu = next(server, "cpu");
  const received = next(clients, "received");
  tell({ do: "end" });
  const window = { ...(await cpu), ...(await received) };
  // What is still on its way belongs to nobody's next window.
  await sleep(300);
  return window;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(name: string, windows: readonly Window[]): void {
  const of = (read: (window: Window) => number) => median(windows.map(read));
  const cells = [
    name.padEnd(12),
    `${((of((w) => w.cpuMs) / shape.windowMs) * 100).toFixed(1)} %`.padStart(8),
    (of((w) => w.frames) / (shape.windowMs / 1000)).toFixed(0).padStart(9),
    (of((w) => w.bytes / Math.max(1, w.frames)) / 1024).toFixed(1).padStart(9),
    `${of((w) => w.medianMs).toFixed(1)} ms`.padStart(9),
    `${of((w) => w.p99Ms).toFixed(1)} ms`.padStart(9),
    `${of((w) => w.rssMiB).toFixed(0)} MiB`.padStart(8),
  ];
  process.stdout.write(`${cells.join(" ")}\n`);
}

/** Exit code 1 where the ratio is over the limit. */
async function main(): Promise<void> {
  const hub = await open("hub");
  const bare = await open("bare");
  const windows = { hub: [] as Window[], bare: [] as Window[] };
  await measure(hub);
  await measure(bare);
  for (let pair = 0; pair < shape.pairs; pair++) {
    // Who goes first changes, since the machine drifts.
    for (const side of pair % 2 === 0 ? [hub, bare] : [bare, hub]) windows[side.name].push(await measure(side));
  }
  for (const child of [hub.server, hub.clients, bare.server, bare.clients]) child.disconnect();
  // Per frame, so that a timer that fired once less does not look like a saving.
  const perFrame = (window: Window | undefined) => (window ? window.cpuMs / window.frames : Number.NaN);
  const ratios = windows.hub.map((window, pair) => perFrame(window) / perFrame(windows.bare[pair]));
  process.stdout.write(`${shape.sockets} sockets × ${shape.changesPerSecond} changes/s, ${shape.intervalMs} ms\n`);
  process.stdout.write("                  CPU  frames/s KiB/frame    median       p99      RSS\n");
  print("bare sender", windows.bare);
  print("gateway", windows.hub);
  const ratio = median(ratios);
  const spread = ratios.map((one) => one.toFixed(2)).join(" ");
  process.stdout.write(`CPU ratio ${ratio.toFixed(2)} × (pairs: ${spread}); at most ${limit} ×\n`);
  if (!(ratio <= limit)) process.exitCode = 1;
}

await main();
