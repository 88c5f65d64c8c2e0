import type { BrowseEntry } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { DataTypes } from "./data-types.ts";
import {
  BrowseDescription,
  BrowseDirection,
  BrowseNextRequest,
  type BrowseNextResponse,
  BrowseRequest,
  type BrowseResponse,
  NodeClass,
  type NodeId,
  type ReferenceDescription,
  type Request,
  WireType,
} from "./node-opcua.ts";
import { nodeIdText, nodes, standardNode } from "./nodes.ts";
import type { Asking } from "./properties.ts";
import type { StructureField, Structures } from "./structures.ts";
import { type Described, describeValues, enumerationsOf, tagTypes, writableOf } from "./variables.ts";
import { statusText } from "./words.ts";

export interface Browser extends Asking {
  readonly types: DataTypes;
  readonly structures: Pick<Structures, "fieldsOf">;
}

type Browsing = Pick<Asking, "session" | "timeoutMs" | "signal">;

/** Entries of one folder at most; beyond, the list is cut. */
const entryLimit = 10_000;
const entriesPerAnswer = 1_000;
/** BrowseResultMask (Part 4 §7.6): node class, browse name, display name. */
const resultMask = 0b0001_1100;

/**
 * What hangs below a path of browse names ("Press/Speed"; "" is the Objects folder). A name may carry its
 * namespace index ("1:Press"); `/` and `%` in a name are written %2F and %25.
 * @throws PlanciaError request/not-found, device/connection-lost.
 */
export async function browseFolder(browser: Browser, path: string): Promise<readonly BrowseEntry[]> {
  const steps = path.split("/").filter((step) => step !== "");
  let node = standardNode(nodes.objectsFolder);
  let isVariable = false;
  for (const step of steps) {
    const { nodeId, nodeClass } = await childOf(browser, node, step, path);
    node = nodeId as NodeId;
    isVariable = nodeClass === NodeClass.Variable;
  }
  const references = await referencesOf(browser, node);
  const entries = references.flatMap((reference) => entryOf(reference, node, steps));
  const variables = entries.filter(({ entry }) => entry.kind === "variable");
  const more = await detailsOf(
    browser,
    variables.map(({ nodeId }) => nodeId),
  );
  const details = new Map(variables.map(({ entry }, i) => [entry, more[i]]));
  const fields = isVariable ? await fieldEntries(browser, node, steps) : [];
  return [...entries.map(({ entry }) => ({ ...entry, ...details.get(entry) })), ...fields];
}

async function detailsOf(browser: Browser, variables: readonly NodeId[]): Promise<readonly Partial<BrowseEntry>[]> {
  const writable = await writableOf(browser, variables);
  const found: Partial<BrowseEntry>[] = [];
  for (const [i, described] of (await describeValues(browser, variables)).entries()) {
    const { type, unit, range, texts } = described;
    const fields = (await structureOf(browser, described)).length || undefined;
    found.push({ type, writable: writable[i], unit, range, texts, fields });
  }
  return found;
}

async function structureOf({ structures }: Browser, { dataType, wire }: Described): Promise<readonly StructureField[]> {
  return dataType && wire === WireType.ExtensionObject ? structures.fieldsOf(dataType) : [];
}

/** The fields of a structure, as if they were children of its variable; of a list those of its first place. */
async function fieldEntries(browser: Browser, node: NodeId, steps: readonly string[]): Promise<readonly BrowseEntry[]> {
  const [described] = await describeValues(browser, [node]);
  if (!described) return [];
  const enumerations = enumerationsOf(browser);
  const entries: BrowseEntry[] = [];
  for (const { path: field, dataType, wire } of await structureOf(browser, described)) {
    const first = described.rank < 0 ? {} : { index: 0 };
    const name = described.rank < 0 ? field : `[0].${field}`;
    entries.push({
      ...{ address: { nodeId: nodeIdText(node), ...first, path: field }, name, kind: "variable" },
      ...{ path: [...steps, encodeStep(name)].join("/"), type: tagTypes.get(wire), writable: false },
      texts: wire === WireType.Int32 ? await enumerations.textsOf(dataType) : undefined,
    });
  }
  return entries;
}

async function childOf(browser: Browser, parent: NodeId, step: string, path: string): Promise<ReferenceDescription> {
  const wanted = decodeStep(step);
  for (const reference of await referencesOf(browser, parent)) {
    const { name, namespaceIndex } = reference.browseName;
    if (wanted === name || wanted === `${namespaceIndex}:${name}`) return reference;
  }
  throw new PlanciaError("request/not-found", `the server has no ${step} in ${path}`);
}

/** All forward hierarchical references to what people know (objects, variables, methods), over as many answers as the server wants (Part 4 §5.9.2). */
export async function referencesOf(browser: Browsing, nodeId: NodeId): Promise<readonly ReferenceDescription[]> {
  const found: ReferenceDescription[] = [];
  const description = new BrowseDescription({
    nodeId,
    browseDirection: BrowseDirection.Forward,
    referenceTypeId: standardNode(nodes.hierarchicalReferences),
    includeSubtypes: true,
    nodeClassMask: NodeClass.Object | NodeClass.Variable | NodeClass.Method,
    resultMask,
  });
  let next: Buffer | undefined = await page(
    browser,
    new BrowseRequest({ nodesToBrowse: [description], requestedMaxReferencesPerNode: entriesPerAnswer }),
    found,
  );
  while (next) {
    const isEnough = found.length >= entryLimit;
    const request = new BrowseNextRequest({ continuationPoints: [next], releaseContinuationPoints: isEnough });
    next = await page(browser, request, found);
  }
  const seen = new Set<string>();
  return found.slice(0, entryLimit).filter((reference) => !seen.has(key(reference)) && seen.add(key(reference)));
}

async function page(
  { session, timeoutMs, signal }: Browsing,
  request: Request,
  found: ReferenceDescription[],
): Promise<Buffer | undefined> {
  signal.throwIfAborted();
  const reply = await session.request<BrowseResponse | BrowseNextResponse>(request, timeoutMs);
  if (reply.kind === "lost") throw new PlanciaError("device/connection-lost", reply.why);
  if (reply.kind === "silent") throw new PlanciaError("device/connection-lost", "the server does not answer");
  if (reply.kind === "refused") throw new PlanciaError("request/not-found", statusText(reply.name));
  const [result] = reply.response.results ?? [];
  if (!result || result.statusCode.value >>> 30 >= 2) {
    throw new PlanciaError("request/not-found", statusText(result?.statusCode.name ?? "BadNoData"));
  }
  found.push(...(result.references ?? []));
  return result.continuationPoint?.length ? result.continuationPoint : undefined;
}

function key({ nodeId, browseName }: ReferenceDescription): string {
  return `${nodeIdText(nodeId)} ${browseName.name}`;
}

const kinds = new Map<NodeClass, BrowseEntry["kind"]>([
  [NodeClass.Object, "folder"],
  [NodeClass.Variable, "variable"],
  [NodeClass.Method, "method"],
]);

function entryOf(reference: ReferenceDescription, parent: NodeId, steps: readonly string[]) {
  const kind = kinds.get(reference.nodeClass);
  const { name } = reference.browseName;
  if (!kind || !name) return [];
  const path = [...steps, encodeStep(name)].join("/");
  const id = nodeIdText(reference.nodeId);
  const entry: BrowseEntry = {
    address: kind === "method" ? { object: nodeIdText(parent), method: id } : id,
    path,
    name: reference.displayName.text ?? name,
    kind,
  };
  return [{ entry, nodeId: reference.nodeId as NodeId }];
}

function encodeStep(name: string): string {
  return name.replaceAll("%", "%25").replaceAll("/", "%2F");
}

function decodeStep(step: string): string {
  return step.replaceAll(/%2F/gi, "/").replaceAll("%25", "%");
}
