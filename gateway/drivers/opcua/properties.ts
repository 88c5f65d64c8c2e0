import {
  BrowsePath,
  type DataValue,
  type NodeId,
  ReadRequest,
  type ReadResponse,
  TimestampsToReturn,
  TranslateBrowsePathsToNodeIdsRequest,
  type TranslateBrowsePathsToNodeIdsResponse,
} from "./node-opcua.ts";
import { attributes, nodes, standardNode } from "./nodes.ts";
import { partsOf, type ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";

export interface Asking {
  readonly session: Asks;
  readonly facts: ServerFacts;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One attribute of these nodes, in order; undefined where nobody answered. @throws the signal's reason. */
export async function readAttribute(
  { session, facts, timeoutMs, signal }: Asking,
  nodeIds: readonly NodeId[],
  attributeId: number,
): Promise<readonly (DataValue | undefined)[]> {
  const found: (DataValue | undefined)[] = [];
  for (const part of partsOf(nodeIds, facts.nodesPerRead)) {
    signal.throwIfAborted();
    const request = new ReadRequest({
      nodesToRead: part.map((nodeId) => ({ nodeId, attributeId })),
      timestampsToReturn: TimestampsToReturn.Neither,
    });
    const reply = await session.request<ReadResponse>(request, timeoutMs);
    const results = reply.kind === "answer" ? (reply.response.results ?? []) : [];
    found.push(...part.map((_, i) => results[i]));
  }
  return found;
}

/** The value of a property of the standard of each node, in order; undefined where it has none. @throws the signal's reason. */
export async function readProperty(
  asking: Asking,
  owners: readonly NodeId[],
  name: string,
): Promise<readonly unknown[]> {
  const targets: (NodeId | undefined)[] = [];
  for (const part of partsOf(owners, asking.facts.pathsPerTranslate)) {
    asking.signal.throwIfAborted();
    const request = new TranslateBrowsePathsToNodeIdsRequest({
      browsePaths: part.map((node) => propertyPath(node, name)),
    });
    const reply = await asking.session.request<TranslateBrowsePathsToNodeIdsResponse>(request, asking.timeoutMs);
    const results = reply.kind === "answer" ? (reply.response.results ?? []) : [];
    targets.push(...part.map((_, i) => results[i]?.targets?.[0]?.targetId as NodeId | undefined));
  }
  const there = targets.filter((target) => target !== undefined);
  const values = await readAttribute(asking, there, attributes.value);
  const byTarget = new Map(there.map((target, i) => [target, values[i]?.value?.value as unknown]));
  return targets.map((target) => target && byTarget.get(target));
}

function propertyPath(startingNode: NodeId, name: string): BrowsePath {
  const targetName = { namespaceIndex: 0, name };
  return new BrowsePath({
    startingNode,
    relativePath: {
      elements: [{ referenceTypeId: standardNode(nodes.hasProperty), includeSubtypes: true, targetName }],
    },
  });
}
