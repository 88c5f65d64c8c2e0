import { localAccount } from "../../core/access/local-account.ts";
import type { Permission } from "../../core/access/policy.ts";
import { didYouMean } from "../../core/closest.ts";
import type { BrowseEntry } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { namedAggregates } from "../../core/history/aggregate-names.ts";
import { calendarUnits } from "../../core/history/calendar.ts";
import type { Plant } from "../../core/plant.ts";
import type { ControlChanges } from "../../services/acceptance/acceptance.ts";
import type { Diagnostics } from "../../services/diagnostics.ts";
import type { ExportInput } from "../../services/history-export.ts";
import type { Devices, EquipmentReading, LiveValues } from "../../services/use-cases.ts";
import { waitingView } from "../views/changes.ts";
import { valueView } from "../views/tag.ts";
import type { ChangesPage } from "../wire/changes.ts";

/** What the door opens on. Everything is asked as `localAccount`. */
export interface LocalContext {
  readonly plant: Plant;
  readonly startedAtMs: number;
  readonly values: LiveValues;
  readonly equipment: EquipmentReading;
  readonly devices: Devices;
  readonly changes: ControlChanges;
  /** @throws PlanciaError request/invalid where devices of this driver cannot be browsed. */
  browse(device: string, path: string, signal: AbortSignal): Promise<readonly BrowseEntry[]>;
  exportCsv(input: ExportInput): Promise<AsyncIterable<string>>;
  /** On the audit's record before the first byte. */
  backup(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  readonly diagnostics: Diagnostics;
}

/**
 * S1 for this door: the credential is the right to write the data folder, checked by the operating
 * system at each connection, and the permission is one that the local account has.
 */
export interface LocalPolicy {
  readonly credential: "data-folder";
  readonly permission: Permission;
}

export type LocalAnswer =
  | { readonly kind: "json"; readonly body: unknown }
  | { readonly kind: "stream"; readonly type: string; readonly chunks: AsyncIterable<string | Uint8Array> };

export interface LocalRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly policy: LocalPolicy;
  /** @param signal aborted when the connection is over, after an answer too. */
  answer(query: URLSearchParams, signal: AbortSignal): Promise<LocalAnswer>;
}

/** Tags of one answer. */
const mostValues = 10_000;

/** All there is behind the local door; whatever writes to a machine is not, and must not come here. */
export function localRoutes(context: LocalContext): readonly LocalRoute[] {
  const policy = (permission: Permission): LocalPolicy => ({ credential: "data-folder", permission });
  let backingUp = false;
  return [
    {
      ...{ method: "GET", path: "/values", policy: policy("equipment:view") },
      answer: async (query) => ({ kind: "json", body: values(context, query.getAll("tag")) }),
    },
    {
      ...{ method: "GET", path: "/browse", policy: policy("devices:browse") },
      answer: async (query, signal) => ({ kind: "json", body: { entries: await browse(context, query, signal) } }),
    },
    {
      ...{ method: "POST", path: "/export", policy: policy("history:read") },
      async answer(query) {
        const chunks = await context.exportCsv(exportInput(query));
        return { kind: "stream", type: "text/csv; charset=utf-8", chunks };
      },
    },
    {
      ...{ method: "GET", path: "/config/changes", policy: policy("config:accept") },
      answer: async () => ({ kind: "json", body: waiting(context) }),
    },
    {
      ...{ method: "POST", path: "/config/accept", policy: policy("config:accept") },
      async answer(query) {
        const { say } = await context.changes.acceptOnBox(query.get("equipment") ?? "", query.get("digest") ?? "");
        return { kind: "json", body: { say } };
      },
    },
    {
      ...{ method: "POST", path: "/diagnostics", policy: policy("system:backup") },
      async answer() {
        const text = await context.diagnostics.make(localAccount);
        return { kind: "stream", type: "application/json; charset=utf-8", chunks: one(text) };
      },
    },
    {
      ...{ method: "POST", path: "/backup", policy: policy("system:backup") },
      async answer(_query, signal) {
        if (backingUp) throw new PlanciaError("request/conflict", "a backup is being made already; wait for its end");
        backingUp = true;
        signal.addEventListener("abort", () => {
          backingUp = false;
        });
        return { kind: "stream", type: "application/gzip", chunks: await context.backup(signal) };
      },
    },
  ];
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}

function waiting({ changes }: LocalContext): ChangesPage {
  return { items: changes.list(localAccount).map((each) => waitingView(each, localAccount)) };
}

function values({ equipment, plant, startedAtMs, values }: LocalContext, patterns: readonly string[]) {
  const { tags, refused } = equipment.tags(localAccount, patterns);
  const names = plant.tags.map(({ name }) => name);
  if (tags.length > mostValues) throw new PlanciaError("request/too-large", `at most ${mostValues} tags at once`);
  return {
    values: tags.map((tag) => ({ ...valueView(tag, values, startedAtMs), unit: tag.unit })),
    missing: refused.map((pattern) => `no tag ${pattern}${didYouMean(pattern, names)}`),
  };
}

async function browse(context: LocalContext, query: URLSearchParams, signal: AbortSignal) {
  const id = query.get("device") ?? "";
  const status = context.devices.status(id);
  if (status === undefined) throw new PlanciaError("request/not-found", `there is no device ${id}`);
  if (status.state !== "connected") {
    throw new PlanciaError("device/not-connected", `${id} is not connected${status.error ? `: ${status.error}` : ""}`);
  }
  return context.browse(id, query.get("path") ?? "", signal);
}

function exportInput(query: URLSearchParams): ExportInput {
  const [startMs, endMs] = [Number(query.get("from") ?? Number.NaN), Number(query.get("to") ?? Number.NaN)];
  return { patterns: query.getAll("tag"), startMs, endMs, buckets: exportBuckets(query) };
}

function exportBuckets(query: URLSearchParams): ExportInput["buckets"] {
  const names = query.get("aggregates");
  if (names === null) return undefined;
  const aggregates = namedAggregates(names);
  if (aggregates === undefined) throw new PlanciaError("request/invalid", `no aggregates: ${names}`);
  const unit = calendarUnits.find((one) => one === query.get("interval"));
  const every = unit ? { unit, zone: query.get("zone") ?? undefined } : Number(query.get("interval"));
  return { aggregates, every, state: query.get("state") ?? undefined };
}
