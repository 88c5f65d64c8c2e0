import { Counter, Gauge, Registry } from "@prometheus-io/client";
import type { FastifyInstance } from "fastify";
import type { DriverThreadFacts } from "../../core/driver-port.ts";
import type { RetentionState, TargetStatus } from "../../core/history-port.ts";
import type { DeviceStatus, UseCases } from "../../services/use-cases.ts";
import type { LiveHub } from "../live/hub.ts";
import type { ConnectionCounts } from "./connections.ts";
import { type LimitedBy, limitedBy } from "./rates.ts";

interface Sources {
  readonly useCases: UseCases;
  readonly live: LiveHub;
  readonly connections: () => ConnectionCounts;
  readonly requests: RequestCounts;
  readonly queries: { readonly refused: number };
}

/** Answers by class of status, and requests turned away by the rate limits, since the process began. */
export class RequestCounts {
  readonly byStatus = new Map<string, number>();
  readonly byLimit = new Map<LimitedBy, number>(limitedBy.map((by) => [by, 0]));

  limited(by: LimitedBy): void {
    this.byLimit.set(by, (this.byLimit.get(by) ?? 0) + 1);
  }

  count(status: number): void {
    const key = `${Math.floor(status / 100)}xx`;
    this.byStatus.set(key, (this.byStatus.get(key) ?? 0) + 1);
  }
}

/** `/metrics` in Prometheus' text format, read from the use cases at each scrape; with a token. Returns what reads them. */
export function metricsRoute(app: FastifyInstance, sources: Sources): () => Promise<string> {
  const registry = new Registry();
  processMetrics(registry, sources.useCases);
  deviceMetrics(registry, sources.useCases);
  historyMetrics(registry, sources.useCases);
  auditMetrics(registry, sources.useCases);
  targetMetrics(registry, sources.useCases);
  socketMetrics(registry, sources.live);
  requestMetrics(registry, sources);
  doorMetrics(registry, sources.useCases);
  certificateMetrics(registry, sources.useCases);
  app.get(
    "/metrics",
    { config: { policy: { permission: "system:view" } }, schema: { tags: ["health"] } },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
  return () => registry.metrics();
}

function single(registry: Registry, kind: "counter" | "gauge", name: string, help: string, read: () => number): void {
  const Metric = kind === "counter" ? Counter : Gauge;
  const metric = new Metric({
    name,
    help,
    registers: [registry],
    collect() {
      metric.reset();
      metric.inc(read());
    },
  });
}

function processMetrics(registry: Registry, useCases: UseCases): void {
  const failures = () => useCases.timerFailures?.() ?? 0;
  single(registry, "counter", "plancia_timer_failures_total", "Callbacks of timers that failed.", failures);
  const computed = (key: "tags" | "computed" | "failed") => () => useCases.computed?.()[key] ?? 0;
  single(registry, "gauge", "plancia_derived_tags", "Tags that are computed from others.", computed("tags"));
  single(registry, "counter", "plancia_derived_computed_total", "Computations of such tags.", computed("computed"));
  single(registry, "counter", "plancia_derived_failed_total", "Those that gave no value.", computed("failed"));
  single(registry, "gauge", "process_resident_memory_bytes", "Memory of the process.", () => process.memoryUsage.rss());
  single(registry, "counter", "process_cpu_seconds_total", "User and system CPU time.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const startS = Date.now() / 1000 - process.uptime();
  single(registry, "gauge", "process_start_time_seconds", "Start of the process, Unix time.", () => startS);
}

type Fact<Row> = readonly [
  kind: "counter" | "gauge",
  name: string,
  help: string,
  read: (row: Row) => number | undefined,
];

/** One metric for each fact, with a value for each row, labelled by its id. */
function perRow<Row extends { readonly id: string }>(
  registry: Registry,
  label: string,
  rows: () => readonly Row[],
  facts: readonly Fact<Row>[],
): void {
  for (const [kind, name, help, read] of facts) {
    const Metric = kind === "counter" ? Counter : Gauge;
    const metric = new Metric({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        metric.reset();
        for (const row of rows()) {
          const value = read(row);
          if (value !== undefined) metric.inc({ [label]: row.id }, value);
        }
      },
    });
  }
}

function deviceMetrics(registry: Registry, { devices }: UseCases): void {
  const facts: readonly Fact<DeviceStatus>[] = [
    ["gauge", "plancia_device_connected", "1 where the device answers.", (d) => (d.state === "connected" ? 1 : 0)],
    ["gauge", "plancia_device_age_seconds", "Since last proven alive.", (d) => d.ageMs && d.ageMs / 1000],
    ["counter", "plancia_device_reconnects_total", "Connections opened anew.", (d) => d.reconnects],
    ["counter", "plancia_device_requests_total", "Requests to the device.", (d) => d.statistics?.requests],
    ["counter", "plancia_device_failures_total", "Requests that failed.", (d) => d.statistics?.failures],
    ["counter", "plancia_device_received_bytes_total", "Bytes from the device.", (d) => d.statistics?.bytesIn],
    ["counter", "plancia_device_sent_bytes_total", "Bytes to the device.", (d) => d.statistics?.bytesOut],
    ["gauge", "plancia_device_round_trip_median_seconds", "Median of the last answers.", (d) => answerS(d, "median")],
    [
      "gauge",
      "plancia_device_round_trip_p99_seconds",
      "99th percentile of the last answers.",
      (d) => answerS(d, "p99"),
    ],
    ["gauge", "plancia_device_next_retry_seconds", "Until the next try to connect.", (d) => inSeconds(d.nextRetryMs)],
    ["gauge", "plancia_device_planned", "Blocks, monitored items or topics.", (d) => d.statistics?.plan?.count],
    [
      "gauge",
      "plancia_device_polled",
      "Points that are read because the server does not tell of them by itself.",
      (d) => d.statistics && (d.statistics.polling?.points ?? 0),
    ],
    [
      "counter",
      "plancia_device_unmapped_messages_total",
      "Messages that match the device's topics and are no tag.",
      (d) => d.statistics?.unmapped?.count,
    ],
    ["gauge", "plancia_device_namur", "NE 107: 0 good, 1 M, 2 S, 3 C, 4 F.", (d) => namurRank[d.diagnosis.letter]],
  ];
  perRow(registry, "device", () => devices.all(), facts);
  perRow<DriverRow>(registry, "driver", () => driversOf(devices.all()), [
    ["gauge", "plancia_driver_running", "1 while the driver's own thread runs.", (d) => (d.running ? 1 : 0)],
    ["counter", "plancia_driver_restarts_total", "Starts of its thread after one that ended.", (d) => d.restarts],
  ]);
}

type DriverRow = DriverThreadFacts & { readonly id: string };

/** Drivers with a thread of their own, by name. */
function driversOf(devices: readonly DeviceStatus[]): readonly DriverRow[] {
  const found = devices.flatMap(({ driver, thread }) => (thread ? [[driver, { id: driver, ...thread }] as const] : []));
  return [...new Map(found).values()];
}

const namurRank = { good: 0, M: 1, S: 2, C: 3, F: 4 } as const;

function answerS({ statistics }: DeviceStatus, which: "median" | "p99"): number | undefined {
  return inSeconds(statistics?.roundTripMs?.[which]);
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function targetMetrics(registry: Registry, useCases: UseCases): void {
  perRow<TargetStatus>(registry, "target", () => useCases.targets?.() ?? [], [
    ["counter", "plancia_forward_sent_total", "Samples that the server has taken.", (t) => t.sent],
    ["counter", "plancia_forward_left_out_total", "Values that the server cannot hold.", (t) => t.leftOut],
    ["counter", "plancia_forward_expired_total", "Samples older than the server keeps.", (t) => t.expired],
    ["counter", "plancia_forward_quarantined_total", "Samples that the server refused.", (t) => t.quarantined],
    ["gauge", "plancia_forward_behind", "Samples that the server does not have yet.", (t) => t.behind],
    ["gauge", "plancia_forward_lag_seconds", "Age of what it has completely.", (t) => t.lagMs && t.lagMs / 1000],
    ["gauge", "plancia_forward_failing", "1 while the last try failed.", (t) => (t.error === undefined ? 0 : 1)],
  ]);
}

function historyMetrics(registry: Registry, { history }: UseCases): void {
  const read = () => history.statistics();
  single(registry, "counter", "plancia_history_samples_total", "Samples committed.", () => read().samplesCommitted);
  single(
    registry,
    "counter",
    "plancia_history_dropped_total",
    "Samples lost for want of room.",
    () => read().samplesDropped,
  );
  single(registry, "counter", "plancia_history_commits_total", "Commits to disk.", () => read().commits);
  single(registry, "gauge", "plancia_history_queued", "Samples waiting for the disk.", () => read().queued);
  single(registry, "gauge", "plancia_history_points", "Points on disk.", () => read().points);
  single(registry, "gauge", "plancia_history_bytes", "Bytes on disk.", () => read().bytesOnDisk);
  retentionMetrics(registry, () => read().retention);
  single(registry, "gauge", "plancia_history_fault", "1 while the last commit failed.", () => (read().fault ? 1 : 0));
}

function doorMetrics(registry: Registry, { signInAlarms, kiosks }: UseCases): void {
  const alarms = () => signInAlarms.counts();
  const help = "Sign-in alarms that nobody has acknowledged.";
  single(registry, "gauge", "plancia_sign_in_alarms", help, () => alarms().open);
  const raised = new Counter({
    name: "plancia_sign_in_alarms_total",
    help: "Sign-in alarms, each time that one came.",
    labelNames: ["kind"],
    registers: [registry],
    collect() {
      raised.reset();
      for (const [kind, count] of alarms().raised) raised.inc({ kind }, count);
    },
  });
  const displaced = "plancia_sign_in_alarms_displaced_total";
  single(registry, "counter", displaced, "Sign-in alarms that made room for newer ones.", () => alarms().displaced);
  const devices = () => kiosks.counts();
  const refused = "Kiosk links that were none, used up or too old.";
  single(registry, "gauge", "plancia_kiosks", "Devices at machines.", () => devices().enrolled);
  single(registry, "gauge", "plancia_kiosk_links", "Kiosk links that nobody has used yet.", () => devices().openLinks);
  const enrolments = "plancia_kiosk_enrolments_total";
  single(registry, "counter", enrolments, "Kiosk links that became a device.", () => devices().enrolments);
  single(registry, "counter", "plancia_kiosk_enrolments_refused_total", refused, () => devices().refused);
}

/** What must be renewed or brought anew one day: the gateway's own, towards devices and towards browsers. */
function certificateMetrics(registry: Registry, useCases: UseCases): void {
  const ends = new Gauge({
    name: "plancia_own_certificate_end_seconds",
    help: "End of a certificate of the gateway, Unix time: a driver's towards its devices, web, web-authority.",
    labelNames: ["certificate"],
    registers: [registry],
    async collect() {
      const own = await useCases.certificates.ends();
      const web = useCases.certificate?.();
      ends.reset();
      for (const { driver, notAfter } of own) ends.set({ certificate: driver }, notAfter / 1000);
      if (web) ends.set({ certificate: "web" }, web.endsAtMs / 1000);
      if (web?.authority) ends.set({ certificate: "web-authority" }, web.authority.endsAtMs / 1000);
    },
  });
}

function retentionMetrics(registry: Registry, read: () => RetentionState | undefined): void {
  const retired = new Counter({
    name: "plancia_history_retired_total",
    help: "Samples taken out, by why: their age, the size of their group, or the disk's limit.",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      retired.reset();
      const { age = 0, size = 0, disk = 0 } = read()?.retired ?? {};
      for (const [reason, count] of Object.entries({ age, size, disk })) retired.inc({ reason }, count);
    },
  });
  const unsent = "Samples taken out for want of room that a server they are forwarded to had not got.";
  single(registry, "counter", "plancia_history_retired_unsent_total", unsent, () => read()?.retiredUnsent ?? 0);
  const over = "1 while the disk's limit is passed and nothing more may go.";
  single(registry, "gauge", "plancia_history_over_limit", over, () => (read()?.overLimit ? 1 : 0));
  const free = "Free bytes of the disk that the history lies on.";
  single(registry, "gauge", "plancia_history_disk_free_bytes", free, () => read()?.disk?.freeBytes ?? Number.NaN);
}

function auditMetrics(registry: Registry, { audit }: UseCases): void {
  const unavailable = () => (audit.state().available ? 0 : 1);
  const help = "1 while it cannot be written and every write but stop is refused.";
  single(registry, "gauge", "plancia_audit_unavailable", help, unavailable);
  single(registry, "gauge", "plancia_audit_waiting", "Entries waiting to be written.", () => audit.state().waiting);
  single(registry, "counter", "plancia_audit_dropped_total", "Entries lost.", () => audit.state().dropped);
}

function socketMetrics(registry: Registry, live: LiveHub): void {
  const read = () => live.statistics();
  single(registry, "gauge", "plancia_sockets", "Open WebSockets.", () => read().sockets);
  single(registry, "gauge", "plancia_socket_groups", "Distinct sets of tags subscribed to.", () => read().groups);
  single(registry, "counter", "plancia_socket_frames_total", "Sample frames sent.", () => read().frames);
  single(registry, "counter", "plancia_socket_bytes_total", "Bytes of sample frames sent.", () => read().bytes);
  single(registry, "counter", "plancia_socket_encoded_total", "Sample frames encoded.", () => read().encoded);
  single(
    registry,
    "counter",
    "plancia_socket_conflated_total",
    "Samples replaced before a slow reader took them.",
    () => read().conflated,
  );
  single(registry, "counter", "plancia_socket_messages_total", "Messages received.", () => read().messages);
  single(
    registry,
    "counter",
    "plancia_socket_refused_messages_total",
    "Messages answered with an error.",
    () => read().refusedMessages,
  );
  single(
    registry,
    "counter",
    "plancia_socket_refused_total",
    "Sockets turned away for want of a place.",
    () => read().refusedSockets,
  );
  single(registry, "counter", "plancia_socket_ended_total", "Sockets closed.", () => read().ended);
}

function requestMetrics(registry: Registry, { connections, requests, queries }: Sources): void {
  single(
    registry,
    "counter",
    "plancia_queries_refused_total",
    "History queries beyond what a person or an organisation may have on its way.",
    () => queries.refused,
  );
  single(registry, "gauge", "plancia_connections", "Open TCP connections.", () => connections().open);
  single(
    registry,
    "counter",
    "plancia_connections_refused_total",
    "TCP connections turned away.",
    () => connections().refused,
  );
  single(registry, "gauge", "plancia_connections_strangers", "Of them without proof.", () => connections().strangers);
  single(
    registry,
    "counter",
    "plancia_connections_ended_total",
    "Strangers' connections that made room or asked for nothing.",
    () => connections().ended,
  );
  const limited = new Counter({
    name: "plancia_rate_limited_total",
    help: "Requests over the rate limit of an address, a person or an organisation.",
    labelNames: ["by"],
    registers: [registry],
    collect() {
      limited.reset();
      for (const [by, count] of requests.byLimit) limited.inc({ by }, count);
    },
  });
  const answers = new Counter({
    name: "plancia_http_answers_total",
    help: "Answers by class of status.",
    labelNames: ["status"],
    registers: [registry],
    collect() {
      answers.reset();
      for (const [status, count] of requests.byStatus) answers.inc({ status }, count);
    },
  });
}
