import { type ParsedNodeId, parseNodeId } from "./address.ts";
import { type ExpandedNodeId, NodeId, NodeIdType } from "./node-opcua.ts";

/** Numbers of namespace 0 that the driver uses (Part 6 Annex A). */
export const nodes = {
  hierarchicalReferences: 33,
  hasSubtype: 45,
  hasProperty: 46,
  objectsFolder: 85,
  namespaceArray: 2255,
  serverStartTime: 2257,
  serverState: 2259,
  maxNodesPerRead: 11705,

  maxNodesPerTranslate: 11712,
  maxMonitoredItemsPerCall: 11714,
} as const;

/** Attribute numbers (Part 6 Annex A.1). */
export const attributes = {
  value: 13,
  dataType: 14,
  valueRank: 15,
  userAccessLevel: 18,
  dataTypeDefinition: 23,
} as const;

export function standardNode(id: number): NodeId {
  return new NodeId(NodeIdType.NUMERIC, id, 0);
}

/** @param namespaces the server's namespace array; an index is taken as it is. Undefined: a URI that the server does not have. */
export function toNodeId(parsed: ParsedNodeId, namespaces: readonly string[]): NodeId | undefined {
  const { namespace, kind, id } = parsed;
  const index = typeof namespace === "number" ? namespace : namespaces.indexOf(namespace);
  if (index < 0) return undefined;
  switch (kind) {
    case "i":
      return new NodeId(NodeIdType.NUMERIC, Number(id), index);
    case "s":
      return new NodeId(NodeIdType.STRING, id, index);
    case "g":
      return new NodeId(NodeIdType.GUID, id.toUpperCase(), index);
    case "b":
      return new NodeId(NodeIdType.BYTESTRING, Buffer.from(id, "base64"), index);
  }
}

/** As `toNodeId`, from the text of an address. */
export function nodeIdOf(text: string, namespaces: readonly string[]): NodeId | undefined {
  const parsed = parseNodeId(text);
  return parsed && toNodeId(parsed, namespaces);
}

/** Part 6 §5.3.1.10, as it would stand in an address. */
export function nodeIdText(id: NodeId | ExpandedNodeId): string {
  const prefix = id.namespace === 0 ? "" : `ns=${id.namespace};`;
  switch (id.identifierType) {
    case NodeIdType.NUMERIC:
      return `${prefix}i=${id.value}`;
    case NodeIdType.GUID:
      return `${prefix}g=${id.value}`;
    case NodeIdType.BYTESTRING:
      return `${prefix}b=${(id.value as Buffer).toString("base64")}`;
    default:
      return `${prefix}s=${id.value}`;
  }
}

export function needsNamespaces(nodeId: string): boolean {
  return typeof parseNodeId(nodeId)?.namespace === "string";
}
