import { z } from "zod";
import { duration } from "../../kit/duration.ts";

/** A node id in pieces. `namespace` is an index, or a URI that the server's namespace array gives the index of. */
export interface ParsedNodeId {
  readonly namespace: number | string;
  readonly kind: "i" | "s" | "g" | "b";
  readonly id: string;
}

const pattern = /^(?:ns=(\d{1,5});|nsu=([^;]{1,1000});)?([isgb])=(.{1,4096})$/s;
const identifier = {
  i: /^\d{1,10}$/,
  s: /^.+$/s,
  g: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  b: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
} as const;

/** Part 6 §5.3.1.10: "ns=1;s=Press.Speed", "i=2258", "nsu=http://…;g=…"; undefined: none. */
export function parseNodeId(text: string): ParsedNodeId | undefined {
  const [, index, uri, kind, id] = pattern.exec(text) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  const known = kind as ParsedNodeId["kind"];
  if (!identifier[known].test(id) || (known === "i" && Number(id) > 0xffff_ffff)) return undefined;
  if (index !== undefined && Number(index) > 0xffff) return undefined;
  return { namespace: uri ?? Number(index ?? 0), kind: known, id };
}

/** The name of a field, or the place in a list, from 0. */
export type Step = string | number;

const wellFormed = /^(?:[^.[\]]+|\[\d{1,7}\])(?:\.[^.[\]]+|\[\d{1,7}\])*$/;

/** "axis.limits[2].high"; undefined: none. */
export function parseFieldPath(text: string): readonly Step[] | undefined {
  if (!wellFormed.test(text)) return undefined;
  return [...text.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([name, place]) => (place === undefined ? name : Number(place)));
}

const NodeIdText = z.string().refine((text) => parseNodeId(text) !== undefined, {
  error: 'a node id such as "ns=1;s=Press.Speed", "ns=2;i=1001" or "nsu=urn:plant;s=Speed"',
});

const Deadband = z.union([
  z.strictObject({ absolute: z.number().positive().describe("In the node's own numbers, before `scale`.") }),
  z.strictObject({
    percent: z.number().positive().max(100).describe("Of the node's EURange, which the server must have."),
  }),
]);
type Deadband = z.output<typeof Deadband>;

export const OpcuaAddress = z.union([
  NodeIdText,
  z.strictObject({
    nodeId: NodeIdText.describe("The variable's node id."),
    index: z.int().min(0).max(1_000_000).optional().describe("One element of an array, from 0."),
    path: z
      .string()
      .max(1000)
      .refine((text) => parseFieldPath(text) !== undefined, { error: 'fields such as "axis.limits[2].high"' })
      .optional()
      .describe("A field of a structure; places in lists in brackets, from 0."),
    sampling: duration(0, 86_400_000)
      .optional()
      .describe("How often the server looks at it; half the device's interval where it is not given."),
    queue: z.int().min(1).max(10_000).optional().describe("As the device's queue, for this node."),
    discard: z
      .enum(["oldest", "newest"])
      .optional()
      .describe("Which values go when the server's queue of this node is full; the oldest where it is not given."),
    deadband: Deadband.optional().describe("Changes smaller than this are not told by the server."),
  }),
]);
export type OpcuaAddress = z.output<typeof OpcuaAddress>;

/** Part 4 §5.12.2: a method is called on an object that has it, or whose type has it. */
export const OpcuaMethod = z.strictObject({
  object: NodeIdText.describe("The object that the method belongs to."),
  method: NodeIdText.describe("The method's node id."),
});
export type OpcuaMethod = z.output<typeof OpcuaMethod>;

/** OPC 10000-100 §7: an object with InitLock, RenewLock, ExitLock; devices mostly call it `Lock`. */
export const OpcuaLock = z.strictObject({
  object: NodeIdText.describe("The object with the locking services (InitLock and the others)."),
});
export type OpcuaLock = z.output<typeof OpcuaLock>;

export interface ResolvedAddress {
  readonly nodeId: string;
  readonly index: number | undefined;
  readonly path: readonly Step[] | undefined;
  readonly samplingMs: number | undefined;
  readonly queue: number | undefined;
  readonly discard: "oldest" | "newest";
  readonly deadband: Deadband | undefined;
}

export function resolveAddress(address: OpcuaAddress): ResolvedAddress {
  const { nodeId, index, path, sampling, queue, discard, deadband } = inFull(address);
  const steps = path === undefined ? undefined : parseFieldPath(path);
  return { nodeId, index, path: steps, samplingMs: sampling, queue, discard: discard ?? "oldest", deadband };
}

function inFull(address: OpcuaAddress): Partial<Exclude<OpcuaAddress, string>> & { readonly nodeId: string } {
  return typeof address === "string" ? { nodeId: address } : address;
}
