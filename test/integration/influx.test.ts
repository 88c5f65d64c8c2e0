import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { HistoryFeeds, HistoryStore, HistoryTag } from "../../gateway/core/history-port.ts";
import { type Log, silentLog } from "../../gateway/core/log.ts";
import type { TargetSettings } from "../../gateway/core/plant.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import type { DataType, Value } from "../../gateway/core/value.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";
import { outboundTo } from "../../gateway/kit/outbound.ts";
import { InfluxForwarder } from "../../gateway/northbound/influx/forwarder.ts";
import { createHistoryStore } from "../../gateway/stores/history/history-store.ts";
import { InfluxProxy } from "./influx-proxy.ts";
import { admin, InfluxServer, influxMissing } from "./influx-server.ts";

/** RELIABILITY F8–F10: the forwarder against a real InfluxDB 1.x that dies, freezes, errs and refuses. */
const types: readonly DataType[] = ["double", "int32", "boolean", "string", "int64", "double"];
const names = ["press/speed", "press/count", "press/guard", "press/recipe", "press/total", "hall,a b/x=1\n🔥"];
const tags: HistoryTag[] = names.map((name, handle) => ({
  handle,
  name,
  type: types[handle] as DataType,
  formerly: [],
}));
const dayMs = 86_400_000;

let server: InfluxServer;
let proxy: InfluxProxy;
let folder: string;
let database = "none";
let store: HistoryStore & HistoryFeeds;
const forwarders: InfluxForwarder[] = [];
let logged: string[] = [];
let appended = 0;

const log: Log = {
  ...silentLog,
  warn: (fields, message) => void logged.push(`${message} ${JSON.stringify(fields)}`),
  error: (fields, message) => void logged.push(`${message} ${JSON.stringify(fields)}`),
  child: () => log,
};

beforeAll(async () => {
  if (influxMissing !== undefined) return;
  server = await InfluxServer.create();
});
afterAll(() => server?.close());

beforeEach(async (context) => {
  if (influxMissing !== undefined) return context.skip(influxMissing);
  folder = mkdtempSync(join(tmpdir(), "plancia-forward-"));
  database = `db ${Math.random().toString(36).slice(2)}`;
  proxy = await InfluxProxy.open(server.port);
  logged = [];
  appended = 0;
  await openStore();
});
afterEach(async () => {
  if (influxMissing !== undefined) return;
  await closeGateway();
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openStore(): Promise<void> {
  const options = { folder: join(folder, "history"), commitMs: 20, queueSamples: 1_000_000, clock: systemClock };
  store = createHistoryStore({ ...options, forwarders: ["plant", "second"], log: silentLog });
  await store.open(tags);
}

async function closeGateway(): Promise<void> {
  for (const forwarder of forwarders.splice(0)) await forwarder.close();
  await store.close();
}

type Resolve = Parameters<typeof outboundTo>[2];

function forward(
  more: Partial<TargetSettings> = {},
  resolve?: Resolve,
  allow: readonly string[] = [],
): InfluxForwarder {
  const target: TargetSettings = {
    id: "plant",
    kind: "influx",
    url: proxy.url,
    database,
    credentials: admin,
    retentionMs: undefined,
    tags: ["*"],
    measurement: "plancia",
    batchSamples: 5000,
    intervalMs: 50,
    timeoutMs: 1000,
    ...more,
  };
  const world = { clock: systemClock, timers: systemTimers, log };
  const unitOf = (tag: string) => (tag === "press/speed" ? "1/min" : undefined);
  const forwarder = new InfluxForwarder({
    target,
    outbound: outboundTo(target.url, allow, resolve),
    gateway: "hall",
    unitOf,
    feed: store.feed(target.id),
    folder,
    ...world,
  });
  forwarder.start();
  forwarders.push(forwarder);
  return forwarder;
}

const startMs = Date.now() - dayMs;

/** The next samples of a tag, a second apart, their numbers as values. */
function append(count: number, handle = 0): void {
  const batch = new BatchBuilder();
  for (let i = 0; i < count; i++, appended++)
    batch.push(handle, appended, appended % 10 === 0 ? 0x40900000 : 0, startMs + appended * 1000);
  store.append(batch.build(Date.now()));
}

async function arrived(forwarder: InfluxForwarder, withinMs = 30_000): Promise<void> {
  await store.flush();
  const until = performance.now() + withinMs;
  const committedMs = Date.now();
  const isThere = () => {
    const { state, lagMs = Number.POSITIVE_INFINITY } = forwarder.status();
    return state === "current" && Date.now() - lagMs >= committedMs;
  };
  while (!isThere()) {
    if (performance.now() > until) throw new Error(`not there yet: ${JSON.stringify(forwarder.status())} ${logged}`);
    await sleep(20);
  }
}

/** Values of press/speed in the order of their times, as the server has them. */
async function held(field = "value"): Promise<unknown[]> {
  const rows = await server.query(`SELECT "${field}" FROM "plancia" WHERE "tag" = 'speed'`, database);
  return rows.map((row) => row[field]);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Every sample of press/speed, once each, and what came for the first time came in order. */
async function expectAll(count: number): Promise<void> {
  expect(await held()).toEqual(numbers(count));
  const times = proxy.lines.filter((line) => line.includes("tag=speed")).map((line) => Number(line.split(" ").at(-1)));
  const first = [...new Set(times)];
  expect(first).toEqual([...first].sort((a, b) => a - b));
}

it("makes the database and brings every kind of value under its names and status", async () => {
  const forwarder = forward();
  const values: Value[] = [1.5, -7, true, 'Rezept "7", a\\b\n', 2n ** 63n - 1n, 3];
  const batch = new BatchBuilder();
  for (const [handle, value] of values.entries()) batch.push(handle, value, 0x408f0000, startMs);
  batch.push(0, null, 0x80310000, startMs + 1000);
  batch.push(0, Number.NaN, 0, startMs + 2000);
  store.append(batch.build(startMs));
  await arrived(forwarder);
  const rows = await server.query('SELECT * FROM "plancia"', database);
  const row = (n: number) =>
    expect.objectContaining({ gateway: "hall", status: 0x408f0000, time: startMs, ...expected[n] });
  const expected = [
    { equipment: "press", tag: "speed", unit: "1/min", value: 1.5 },
    { tag: "count", value_int: -7, unit: null },
    { tag: "guard", value_bool: true },
    { tag: "recipe", value_text: 'Rezept "7", a\\b\n' },
    // Beyond what a JSON number of the answer can say.
    { tag: "total", value_int: Number(2n ** 63n - 1n) },
    { equipment: "hall,a b", tag: "x=1␊🔥", value: 3 },
  ];
  expect(rows).toHaveLength(8);
  expect(rows).toEqual(expect.arrayContaining(expected.map((_, n) => row(n))));
  expect(rows).toContainEqual(expect.objectContaining({ time: startMs + 1000, status: 0x80310000, value: null }));
  expect(rows).toContainEqual(expect.objectContaining({ time: startMs + 2000, status: 0, value: null }));
  expect(forwarder.status()).toMatchObject({
    state: "current",
    sent: 8,
    leftOut: 1,
    quarantined: 0,
    behind: 0,
    error: undefined,
  });
});

it("loses and doubles nothing while the server is killed and comes back, twice", async () => {
  const forwarder = forward({ batchSamples: 500 });
  append(20_000);
  for (let round = 0; round < 2; round++) {
    await expect.poll(() => forwarder.status().sent, { timeout: 20_000 }).toBeGreaterThan(round * 5000 + 1000);
    await server.kill();
    append(2000);
    await expect.poll(() => forwarder.status(), { timeout: 20_000 }).toMatchObject({ state: "failing" });
    expect(forwarder.status().error).toMatch(/ECONNREFUSED|ECONNRESET|socket hang up|EPIPE/);
    await server.start();
  }
  await arrived(forwarder);
  await expectAll(24_000);
  expect(logged.join()).not.toContain(admin.password);
});

it("notices a frozen server in time, says so, and goes on when it thaws", async () => {
  const forwarder = forward({ timeoutMs: 400, batchSamples: 300 });
  append(1000);
  await arrived(forwarder);
  server.freeze();
  try {
    append(1000);
    await expect.poll(() => forwarder.status().error, { timeout: 10_000 }).toBe("no answer within 400 ms");
    const { lagMs = 0 } = forwarder.status();
    append(1000);
    await expect.poll(() => forwarder.status().behind, { timeout: 10_000 }).toBe(2000);
    expect(forwarder.status().lagMs).toBeGreaterThan(lagMs);
  } finally {
    server.thaw();
  }
  await arrived(forwarder);
  await expectAll(3000);
});

it("says how much waits for a server that was never there", async () => {
  append(300);
  await store.flush();
  const forwarder = forward({ url: "http://127.0.0.1:9" });
  await expect
    .poll(() => forwarder.status(), { timeout: 10_000 })
    .toMatchObject({ state: "failing", behind: 300, sent: 0 });
  expect(forwarder.status().error).toContain("ECONNREFUSED");
});

it.each(["influx", "victoria-metrics"] as const)(
  "S18: a name that turns out to be this computer is not called unless allowed (%s)",
  async (kind) => {
    const resolve = ((_name: string, _options: object, answer: (error: null, found: object[]) => void) =>
      answer(null, [{ address: "127.0.0.1", family: 4 }])) as unknown as Resolve;
    const url = proxy.url.replace("127.0.0.1", "rebound.example");
    const refused = forward({ url, kind }, resolve);
    append(10);
    await store.flush();
    await expect
      .poll(() => refused.status().error, { timeout: 10_000 })
      .toContain("rebound.example (127.0.0.1) is not called");
    expect(proxy.writes).toBe(0);
    await refused.close();
    forward({ url, kind }, resolve, ["127.0.0.1"]);
    await expect.poll(() => proxy.writes, { timeout: 10_000 }).toBeGreaterThan(0);
  },
);

it("takes 500, 503, 429, a lost answer and a proxy's own 400 for what they are: once more", async () => {
  const faults = [
    { status: 500, body: '{"error":"timeout"}' },
    { cut: "after" },
    { status: 503, headers: { "retry-after": "1" } },
    { cut: "before" },
    { status: 429 },
    { status: 400, body: "<html>Bad Request</html>" },
    { status: 302 },
  ] as const;
  // A request between two of them goes well, else the waits would grow.
  proxy.faults = faults.flatMap((fault) => [fault, {}]);
  const forwarder = forward({ batchSamples: 400 });
  append(3000);
  await arrived(forwarder, 60_000);
  await expectAll(3000);
  expect(proxy.faults).toEqual([]);
  expect(forwarder.status()).toMatchObject({ sent: 3000, quarantined: 0 });
});

it("an answer without end is not read to its end", async () => {
  proxy.faults = [{ status: 500, body: "x".repeat(50_000_000) }];
  const forwarder = forward();
  append(10);
  await arrived(forwarder);
  await expectAll(10);
  expect(logged.join().length).toBeLessThan(5000);
});

it("sets aside what the server refuses, with its reason, and brings the rest", async () => {
  await server.query(`CREATE DATABASE "${database}"`);
  await server.write(database, `plancia,equipment=press,gateway=hall,tag=count value_int=1.5 ${startMs}`);
  const forwarder = forward({ batchSamples: 1000 });
  append(400);
  append(3, 1);
  append(400);
  const unset = new BatchBuilder();
  unset.push(0, 1601, 0, -11_644_473_600_000);
  store.append(unset.build(startMs));
  append(400);
  await arrived(forwarder);
  expect(await held()).toEqual([...numbers(400), ...numbers(1203).slice(403)]);
  expect(forwarder.status()).toMatchObject({ sent: 1200, quarantined: 4, state: "current" });
  const aside = readFileSync(join(folder, "plant.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { reason: string; line: string });
  expect(aside.map(({ reason }) => /conflict|time is beyond/.test(reason))).toEqual([true, true, true, true]);
  expect(aside.filter(({ line }) => line.includes("tag=count value_int="))).toHaveLength(3);
});

it("keeps to the retention that was asked for, and samples older than it block nothing", async () => {
  const forwarder = forward({ retentionMs: 3_600_000 });
  append(100);
  const now = new BatchBuilder();
  now.push(0, 7, 0, Date.now());
  store.append(now.build(Date.now()));
  await arrived(forwarder);
  expect(await held()).toEqual([7]);
  expect(forwarder.status()).toMatchObject({ sent: 1, expired: 100, quarantined: 0 });
  const policies = await server.query(`SHOW RETENTION POLICIES ON "${database}"`);
  expect(policies).toContainEqual(expect.objectContaining({ name: "plancia", duration: "1h0m0s", default: true }));
  await forwarders.pop()?.close();
  const longer = forward({ retentionMs: 7_200_000 });
  await arrived(longer);
  const changed = await server.query(`SHOW RETENTION POLICIES ON "${database}"`);
  expect(changed).toContainEqual(expect.objectContaining({ name: "plancia", duration: "2h0m0s" }));
});

it("writes with a user that may not make databases, and says why where it may not even write", async () => {
  await server.query(`CREATE DATABASE "${database}"`);
  const user = `u${Math.random().toString(36).slice(2)}`;
  await server.query(`CREATE USER ${user} WITH PASSWORD 'only-this-one-database'`);
  const forwarder = forward({ credentials: { user, password: "only-this-one-database" } });
  append(10);
  await expect.poll(() => forwarder.status().error, { timeout: 10_000 }).toMatch(/403.*not authorized to write/);
  await server.query(`GRANT ALL ON "${database}" TO ${user}`);
  await arrived(forwarder);
  await expectAll(10);
  expect(logged.join()).toContain("the server does not make the database");
  expect(logged.join()).not.toContain("only-this-one-database");
});

it("makes a database anew that somebody has dropped", async () => {
  const forwarder = forward();
  append(10);
  await arrived(forwarder);
  await server.query(`DROP DATABASE "${database}"`);
  append(10);
  await arrived(forwarder);
  expect(await held()).toEqual(numbers(20).slice(10));
});

it("goes on after a restart of the gateway where it was", async () => {
  const first = forward();
  append(1000);
  await arrived(first);
  await closeGateway();
  proxy.lines.length = 0;
  await openStore();
  const second = forward();
  append(500);
  await arrived(second);
  await expectAll(1500);
  expect(proxy.lines).toHaveLength(500);
});

it("two targets go their own ways, each with its filter and at its own pace", async () => {
  await server.query(`CREATE DATABASE "${database} 2"`);
  const all = forward();
  append(500);
  append(1, 1);
  await arrived(all);
  const some = forward({ id: "second", database: `${database} 2`, tags: ["press/c*"] });
  await arrived(some);
  const rows = await server.query('SELECT "tag", "value_int" FROM "plancia"', `${database} 2`);
  expect(rows.map(({ tag, value_int }) => [tag, value_int])).toEqual([["count", 500]]);
  expect([all.status().sent, some.status().sent]).toEqual([501, 1]);
});

it("a backlog of 200,000 goes out while new samples are committed as ever", async () => {
  append(200_000);
  await store.flush();
  const forwarder = forward();
  let slowestMs = 0;
  while (forwarder.status().sent < 150_000) {
    const before = performance.now();
    append(10);
    await store.flush();
    slowestMs = Math.max(slowestMs, performance.now() - before);
    await sleep(50);
  }
  expect(slowestMs).toBeLessThan(2000);
  await arrived(forwarder, 50_000);
  await expectAll(appended);
});
