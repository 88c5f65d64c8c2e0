import { PlanciaError } from "../../core/errors.ts";
import { ReadRequest, type ReadResponse, TimestampsToReturn } from "./node-opcua.ts";
import { attributes, nodes, standardNode } from "./nodes.ts";
import type { Asks } from "./session.ts";

/** How much the server takes at once (Part 5 §6.3.11), and its namespaces. */
export interface ServerFacts {
  readonly nodesPerRead: number;
  readonly pathsPerTranslate: number;
  readonly itemsPerCall: number;
  readonly namespaces: readonly string[];
  /** When the server's process began, ms UTC, by its own clock: another start is another server. */
  readonly startedAt?: number | undefined;
}

/** Part of a request at most, whatever the server allows: one slow answer must not hold up the rest. */
const mostPerCall = 1_000;

const limitNodes = [nodes.maxNodesPerRead, nodes.maxNodesPerTranslate, nodes.maxMonitoredItemsPerCall];

/** Servers without limits, or without these nodes, get groups of 1,000. @throws PlanciaError device/connection-lost. */
export async function readServerFacts(session: Asks, timeoutMs: number): Promise<ServerFacts> {
  const request = new ReadRequest({
    nodesToRead: [...limitNodes, nodes.namespaceArray, nodes.serverStartTime].map((id) => ({
      nodeId: standardNode(id),
      attributeId: attributes.value,
    })),
    timestampsToReturn: TimestampsToReturn.Neither,
  });
  const reply = await session.request<ReadResponse>(request, timeoutMs);
  if (reply.kind === "silent" || reply.kind === "lost") {
    throw new PlanciaError("device/connection-lost", reply.kind === "lost" ? reply.why : "the server does not answer");
  }
  const results = reply.kind === "answer" ? (reply.response.results ?? []) : [];
  const limit = (at: number) => {
    const value: unknown = results[at]?.value?.value;
    return typeof value === "number" && value > 0 ? Math.min(value, mostPerCall) : mostPerCall;
  };
  const namespaces: unknown = results[limitNodes.length]?.value?.value;
  const started: unknown = results[limitNodes.length + 1]?.value?.value;
  return {
    startedAt: started instanceof Date ? started.getTime() : undefined,
    nodesPerRead: limit(0),
    pathsPerTranslate: limit(1),
    itemsPerCall: limit(2),
    namespaces: Array.isArray(namespaces) ? namespaces.map(String) : [],
  };
}

/** Cuts a list into parts of at most `size`. */
export function partsOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const parts: T[][] = [];
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size));
  return parts;
}
