import { WebSocket } from "ws";
import type { Order, Report } from "./rights-shape.ts";

/** The readers: one socket for each token, subscribed to everything; each order asks for the next such message on all of them. */
interface Reader {
  readonly socket: WebSocket;
  toldAtMs: number | undefined;
}

const [port = ""] = process.argv.slice(2);
let wanted: Order["for"] = "subscribed";
let left = Number.POSITIVE_INFINITY;

process.once("message", async ({ tokens }: { tokens: readonly string[] }) => {
  const readers: Reader[] = [];
  for (const token of tokens) readers.push(await open(token, () => told(readers)));
  process.on("message", (order: Order) => {
    wanted = order.for;
    left = readers.length;
    for (const reader of readers) reader.toldAtMs = undefined;
    report({ kind: "watching" });
  });
  report({ kind: "connected" });
});
process.on("disconnect", () => process.exit(0));

function open(token: string, onTold: () => void): Promise<Reader> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, "plancia.v1", { perMessageDeflate: false });
  const reader: Reader = { socket, toldAtMs: undefined };
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", (code: number) => reject(new Error(`a socket was closed: ${code}`)));
    socket.once("open", () => {
      socket.send(JSON.stringify({ type: "authenticate", token }));
      socket.send(JSON.stringify({ type: "subscribe", id: 1, tags: ["*"] }));
    });
    socket.on("message", (data: Buffer) => {
      // The kind stands first: a list of five thousand tags need not be taken apart to know it.
      if (!data.subarray(0, 40).includes(`"type":"${wanted}"`) || reader.toldAtMs !== undefined) return;
      reader.toldAtMs = performance.timeOrigin + performance.now();
      left--;
      resolve(reader);
      onTold();
    });
  });
}

function told(readers: readonly Reader[]): void {
  if (left > 0) return;
  report({ kind: "reached", atMs: readers.map(({ toldAtMs }) => toldAtMs ?? Number.NaN) });
}

function report(message: Report): void {
  process.send?.(message);
}
