import { WebSocket } from "ws";
import { type Order, type Report, shape } from "./fanout-shape.ts";

/** 500 readers in a process of their own: `node fanout-clients.ts PORT TOKEN`. */
const [port, token] = process.argv.slice(2);

let counting = false;
let frames = 0;
let bytes = 0;
let delaysMs: number[] = [];
const at = '{"type":"samples","at":';

function receive(data: Buffer): void {
  if (!counting || data.length < 200) return;
  frames++;
  bytes += data.length;
  // Both senders write whole milliseconds of the same machine's clock.
  delaysMs.push(
    performance.timeOrigin + performance.now() - Number(data.toString("latin1", at.length, at.length + 13)),
  );
}

/** Resolves with the first set of samples. */
function connect(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, "plancia.v1", { perMessageDeflate: false });
    socket.on("error", reject);
    socket.on("open", () => {
      socket.send(JSON.stringify({ type: "authenticate", token }));
      socket.send(JSON.stringify({ type: "subscribe", id: 1, tags: ["*"], intervalMs: shape.intervalMs }));
    });
    socket.on("message", (data: Buffer) => {
      if (data.toString("latin1", 0, 17) === '{"type":"samples"') resolve();
      receive(data);
    });
  });
}

process.on("message", (order: Order) => {
  if (order.do === "begin") {
    frames = 0;
    bytes = 0;
    delaysMs = [];
    counting = true;
    return;
  }
  counting = false;
  const sorted = delaysMs.sort((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
  report({ kind: "received", frames, bytes, medianMs: quantile(0.5), p99Ms: quantile(0.99) });
});
process.on("disconnect", () => process.exit(0));

for (let n = 0; n < shape.sockets; n += 50) {
  await Promise.all(Array.from({ length: Math.min(50, shape.sockets - n) }, connect));
}
report({ kind: "connected" });

function report(message: Report): void {
  process.send?.(message);
}
