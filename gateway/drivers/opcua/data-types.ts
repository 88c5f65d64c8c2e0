import {
  BrowseDescription,
  BrowseDirection,
  BrowseRequest,
  type BrowseResponse,
  type NodeId,
  ReadRequest,
  type ReadResponse,
  TimestampsToReturn,
  WireType,
} from "./node-opcua.ts";
import { attributes, nodeIdText, nodes, standardNode } from "./nodes.ts";
import { partsOf, type ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";

const enumeration = 29;
const baseDataType = 24;
const deepest = 12;

/** Finds the wire type behind a node's data type: a plant's own types lead back to a built-in one (Part 3 §5.8.3). */
export class DataTypes {
  readonly #session: Asks;
  readonly #facts: ServerFacts;
  readonly #timeoutMs: number;
  readonly #known = new Map<string, WireType | undefined>();

  constructor(session: Asks, facts: ServerFacts, timeoutMs: number) {
    this.#session = session;
    this.#facts = facts;
    this.#timeoutMs = timeoutMs;
  }

  /** One for each variable, in order; undefined where the server does not say or the type is abstract. */
  async ofVariables(variables: readonly NodeId[]): Promise<readonly (WireType | undefined)[]> {
    const types = await this.declaredBy(variables);
    const found: (WireType | undefined)[] = [];
    for (const type of types) found.push(type && (await this.resolve(type)));
    return found;
  }

  async resolve(type: NodeId): Promise<WireType | undefined> {
    const way: string[] = [];
    let here: NodeId | undefined = type;
    let found: WireType | undefined;
    for (let depth = 0; here && depth < deepest; depth++) {
      found = builtIn(here) ?? this.#known.get(nodeIdText(here));
      if (found !== undefined) break;
      way.push(nodeIdText(here));
      here = await this.#supertypeOf(here);
    }
    for (const step of way) this.#known.set(step, found);
    return found;
  }

  /** The data type that each variable declares, in order; undefined where the server does not say. */
  async declaredBy(variables: readonly NodeId[]): Promise<readonly (NodeId | undefined)[]> {
    const types: (NodeId | undefined)[] = [];
    for (const part of partsOf(variables, this.#facts.nodesPerRead)) {
      const request = new ReadRequest({
        nodesToRead: part.map((nodeId) => ({ nodeId, attributeId: attributes.dataType })),
        timestampsToReturn: TimestampsToReturn.Neither,
      });
      const reply = await this.#session.request<ReadResponse>(request, this.#timeoutMs);
      const results = reply.kind === "answer" ? (reply.response.results ?? []) : [];
      types.push(...part.map((_, i) => nodeIdIn(results[i]?.value?.value)));
    }
    return types;
  }

  /** The attribute DataTypeDefinition of a data type: a structure's or an enumeration's; undefined where the server has none. */
  async definitionOf(type: NodeId): Promise<unknown> {
    const request = new ReadRequest({
      nodesToRead: [{ nodeId: type, attributeId: attributes.dataTypeDefinition }],
      timestampsToReturn: TimestampsToReturn.Neither,
    });
    const reply = await this.#session.request<ReadResponse>(request, this.#timeoutMs);
    return reply.kind === "answer" ? (reply.response.results?.[0]?.value?.value ?? undefined) : undefined;
  }

  async #supertypeOf(type: NodeId): Promise<NodeId | undefined> {
    const request = new BrowseRequest({
      nodesToBrowse: [
        new BrowseDescription({
          nodeId: type,
          browseDirection: BrowseDirection.Inverse,
          referenceTypeId: standardNode(nodes.hasSubtype),
          includeSubtypes: false,
          resultMask: 0,
        }),
      ],
      requestedMaxReferencesPerNode: 1,
    });
    const reply = await this.#session.request<BrowseResponse>(request, this.#timeoutMs);
    return reply.kind === "answer" ? reply.response.results?.[0]?.references?.[0]?.nodeId : undefined;
  }
}

function nodeIdIn(value: unknown): NodeId | undefined {
  return typeof value === "object" && value !== null && "identifierType" in value ? (value as NodeId) : undefined;
}

/** Part 6 Annex A: the built-in types have their own numbers in namespace 0. */
function builtIn({ namespace, value }: NodeId): WireType | undefined {
  if (namespace !== 0 || typeof value !== "number") return undefined;
  if (value === enumeration) return WireType.Int32;
  return value > 0 && value < baseDataType ? (value as WireType) : undefined;
}
