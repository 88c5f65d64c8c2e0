import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { createApi } from "../../gateway/api/api.ts";
import { ApiBench } from "../../gateway/api/testing/api-bench.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import { Status } from "../../gateway/core/status.ts";
import { testTag } from "../../gateway/core/testing/plant.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";
import { type Order, type Report, shape } from "./fanout-shape.ts";

/** The measured process: the gateway's hub, or a bare sender of one shared buffer. Driven over IPC. */
interface Sender {
  readonly port: number;
  readonly token: string;
  /** Begins to send; the returned function ends it. */
  begin(): () => void;
}

/** Changes arrive as from polls: twenty every 20 ms, all tags in turn. */
async function hub(): Promise<Sender> {
  const tags = Array.from({ length: shape.tags }, (_, n) => testTag(n, `t${n}`));
  const bench = new ApiBench(systemClock, systemTimers, { tags });
  bench.stopRecording();
  bench.people.put("bench", "viewer");
  const { accessToken: token } = await bench.people.enter("bench");
  const sockets = shape.sockets * 2;
  const api = await createApi({
    useCases: { ...bench.useCases, plant: { ...bench.plant, tags } },
    log: silentLog,
    clock: systemClock,
    timers: systemTimers,
    limits: { requestsPerMinute: 1e6, live: { sockets, strangers: sockets, socketsPerUser: sockets } },
  });
  const { address } = await api.listen("127.0.0.1", 0);
  let value = 10_000;
  let next = 0;
  function begin(): () => void {
    const start = performance.now();
    let made = 0;
    return systemTimers.every(20, () => {
      const batch = new BatchBuilder();
      const now = Date.now();
      // As many as are due: a timer that comes late makes no fewer.
      for (const due = ((performance.now() - start) * shape.changesPerSecond) / 1000; made < due; made++) {
        batch.push(next, ++value / 8, Status.Good, now);
        next = (next + 1) % shape.tags;
      }
      bench.image.apply(batch.build(now));
    });
  }
  return { port: Number(new URL(address).port), token, begin };
}

/** The least that can be done: the same bytes as often, made before. */
async function bare(): Promise<Sender> {
  const server = createServer();
  const sockets = new Set<WebSocket>();
  const wss = new WebSocketServer({ server, path: "/api/v1/live", perMessageDeflate: false });
  wss.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("message", () => socket.send('{"type":"samples","at":0,"samples":[]}'));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const rows = Array.from({ length: shape.changesPerSecond / 10 }, (_, n) => [n, (12_345 + n) / 8, 0, Date.now()]);
  const tail = Buffer.from(`,"samples":${JSON.stringify(rows)}}`);
  function turn(): void {
    // Only the time is put in, so that latency can be read; everything else is the same buffer each time.
    const frame = Buffer.concat([Buffer.from(`{"type":"samples","at":${Date.now()}`), tail]);
    for (const socket of sockets) socket.send(frame, { binary: false });
  }
  const { port } = server.address() as AddressInfo;
  return { port, token: "none", begin: () => systemTimers.every(shape.intervalMs, turn) };
}

const sender = await (process.argv[2] === "hub" ? hub() : bare());
let end: (() => void) | undefined;
let began = process.cpuUsage();

process.on("message", (order: Order) => {
  if (order.do === "begin") {
    end = sender.begin();
    began = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(began);
  end?.();
  report({ kind: "cpu", cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage.rss() / 2 ** 20 });
});
process.on("disconnect", () => process.exit(0));
report({ kind: "ready", port: sender.port, token: sender.token });

function report(message: Report): void {
  process.send?.(message);
}
