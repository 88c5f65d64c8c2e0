import type { Point, Reading } from "../../core/driver-port.ts";
import { Status, statusName } from "../../core/status.ts";
import { type OpcuaAddress, type ResolvedAddress, resolveAddress } from "./address.ts";
import {
  CreateMonitoredItemsRequest,
  type CreateMonitoredItemsResponse,
  DataChangeFilter,
  DataChangeTrigger,
  MonitoringMode,
  NumericRange,
  TimestampsToReturn,
} from "./node-opcua.ts";
import { attributes, nodeIdOf } from "./nodes.ts";
import { partsOf, type ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";
import type { Structures } from "./structures.ts";
import type { Selection } from "./values.ts";
import type { Reply } from "./wire.ts";

export const tooManyOperations = 0x80100000;
const filterRefusals = new Set<number>([
  Status.Bad_MonitoredItemFilterUnsupported,
  Status.Bad_FilterNotAllowed,
  Status.Bad_DeadbandFilterInvalid,
]);

/** What a point names at the server; undefined: its namespace URI is not there. */
export function targetOf(point: Point, facts: ServerFacts) {
  const { nodeId, index } = resolveAddress(point.address as OpcuaAddress);
  const id = nodeIdOf(nodeId, facts.namespaces);
  if (!id) return undefined;
  return {
    nodeId: id,
    attributeId: attributes.value,
    ...(index === undefined ? {} : { indexRange: new NumericRange(index) }),
  };
}

/** Which part of what its variable brings is the point's. */
export function selectionOf(point: Point, structures: Pick<Structures, "leaf">): Selection {
  const { index, path } = resolveAddress(point.address as OpcuaAddress);
  if (!path) return index === undefined ? "scalar" : "element";
  // An index range brings an array of one.
  const steps = index === undefined ? path : [0, ...path];
  return (variant) => structures.leaf(variant, steps);
}

/** Learns the structures that these points are fields of. */
export async function learnStructures(
  points: readonly Point[],
  facts: ServerFacts,
  structures: Pick<Structures, "learn">,
): Promise<void> {
  const within = points.filter((point) => resolveAddress(point.address as OpcuaAddress).path !== undefined);
  await structures.learn(within.flatMap((point) => targetOf(point, facts)?.nodeId ?? []));
}

export interface ItemSettings {
  readonly subscriptionId: number;
  readonly intervalMs: number;
  readonly queue: number;
  readonly timeoutMs: number;
}

export interface Failed {
  readonly point: Point;
  readonly reading: Reading;
}

export type Created =
  | { readonly kind: "done"; readonly failed: readonly Failed[] }
  | { readonly kind: "gone"; readonly why: string };

/**
 * Creates the monitored items of these points, group by group within the server's limits. A point that
 * the server refuses is told as failed; the others go on.
 */
export async function createItems(
  session: Asks,
  facts: ServerFacts,
  points: readonly Point[],
  settings: ItemSettings,
): Promise<Created> {
  const failed: Failed[] = [];
  const known = points.filter((point) => {
    const isThere = targetOf(point, facts) !== undefined;
    if (!isThere) failed.push({ point, reading: { value: null, status: Status.Bad_NodeIdUnknown } });
    return isThere;
  });
  const groups = [...partsOf(known, facts.itemsPerCall)];
  for (let group = groups.shift(); group; group = groups.shift()) {
    const reply = await createGroup(session, facts, group, settings);
    if (reply.kind === "refused" && reply.status === tooManyOperations && group.length > 1) {
      groups.unshift(...partsOf(group, Math.ceil(group.length / 2)));
    } else if (reply.kind === "refused") {
      failed.push(...group.map((point) => ({ point, reading: { value: null, status: reply.status } })));
    } else if (reply.kind === "answer") {
      failed.push(...failuresOf(group, reply.response));
    } else {
      return { kind: "gone", why: reply.kind === "lost" ? reply.why : "no answer to a subscription" };
    }
  }
  return { kind: "done", failed };
}

function createGroup(
  session: Asks,
  facts: ServerFacts,
  points: readonly Point[],
  { subscriptionId, intervalMs, queue, timeoutMs }: ItemSettings,
): Promise<Reply<CreateMonitoredItemsResponse>> {
  const request = new CreateMonitoredItemsRequest({
    subscriptionId,
    timestampsToReturn: TimestampsToReturn.Source,
    itemsToCreate: points.map((point) => {
      const address = resolveAddress(point.address as OpcuaAddress);
      return {
        itemToMonitor: targetOf(point, facts) ?? {},
        monitoringMode: MonitoringMode.Reporting,
        requestedParameters: {
          clientHandle: point.handle,
          // Half the publishing interval: a whole one could let a change wait twice as long as it says.
          samplingInterval: address.samplingMs ?? intervalMs / 2,
          queueSize: address.queue ?? queue,
          discardOldest: address.discard === "oldest",
          ...(address.deadband ? { filter: filterOf(address.deadband) } : {}),
        },
      };
    }),
  });
  return session.request(request, timeoutMs);
}

/** Part 4 §7.22.2; the numbers are those of DeadbandType. */
function filterOf(deadband: NonNullable<ResolvedAddress["deadband"]>): DataChangeFilter {
  const isPercent = "percent" in deadband;
  return new DataChangeFilter({
    trigger: DataChangeTrigger.StatusValue,
    deadbandType: isPercent ? 2 : 1,
    deadbandValue: isPercent ? deadband.percent : deadband.absolute,
  });
}

/** Why the server does not monitor a node, for people. */
export function refusalWords(point: Point, { status }: Reading): string {
  const { nodeId, deadband } = resolveAddress(point.address as OpcuaAddress);
  if (!deadband || !filterRefusals.has((status & 0xffff_0000) >>> 0)) return `${nodeId}: ${statusName(status)}`;
  const kind =
    "percent" in deadband ? "a dead band in percent: it needs an EURange of the node" : "an absolute dead band";
  return `${nodeId}: the server refuses ${kind} (${statusName(status)})`;
}

function failuresOf(points: readonly Point[], response: CreateMonitoredItemsResponse) {
  return points.flatMap((point, i) => {
    const status = (response.results?.[i]?.statusCode.value ?? Status.Bad_UnexpectedError) >>> 0;
    return status >>> 30 >= 2 ? [{ point, reading: { value: null, status } }] : [];
  });
}
