import type { LockResult } from "../../core/driver-port.ts";
import {
  CallRequest,
  type CallResponse,
  type NodeId,
  ReadRequest,
  type ReadResponse,
  TimestampsToReturn,
  type Variant,
} from "./node-opcua.ts";
import { attributes } from "./nodes.ts";
import type { Asks } from "./session.ts";
import { outputValue } from "./values.ts";
import { toArgument } from "./wire-values.ts";
import { statusText } from "./words.ts";

/** One object with locking services (OPC 10000-100 §7.2), found at a server. */
export interface LockObject {
  readonly session: Asks;
  readonly timeoutMs: number;
  readonly object: NodeId;
  /** Its methods and variables by browse name. */
  readonly nodes: ReadonlyMap<string, NodeId>;
  /** By which the server knows this gateway and nobody else; undefined where nothing proves it. */
  readonly ownUri: string | undefined;
}

type Answered = { readonly outcome: "answered"; readonly status: number };
type NotGranted = Exclude<LockResult, { outcome: "granted" }>;

/** §7.5 to §7.7: what the services answer. */
const ok = 0;
const alreadyLocked = -1;
const notLocked = -1;

/** "The StatusCode Bad_MethodInvalid shall be returned for Objects where locking is not supported" (§7.2), and its like. */
const withoutLocks = new Set(["BadMethodInvalid", "BadNotSupported", "BadNotImplemented", "BadServiceUnsupported"]);

/** @returns `granted` too where an earlier connection of this gateway still holds it. */
export async function initLock(at: LockObject): Promise<LockResult> {
  const context = toArgument({ type: "string", value: "Plancia" });
  const answer = await callService(at, "InitLock", context.ok ? [context.variant] : []);
  if (answer.outcome !== "answered") return answer;
  if (answer.status === ok) return granted(at);
  if (answer.status !== alreadyLocked) return refused(`the device cannot be locked now (InitLock: ${answer.status})`);
  const [client, user] = await readAll(at, ["LockingClient", "LockingUser"]);
  // The owner of a lock is the application (§7.5); whether also another session of it, the server says.
  if (at.ownUri !== undefined && client === at.ownUri) return renewLock(at);
  const whose = [user, client].filter((text) => typeof text === "string" && text !== "").map((text) => clipped(text));
  return refused(`the device is locked already${whose.length > 0 ? ` by ${whose.join(", ")}` : ""}`);
}

export async function renewLock(at: LockObject): Promise<LockResult> {
  const answer = await callService(at, "RenewLock", []);
  if (answer.outcome !== "answered") return answer;
  return answer.status === ok ? granted(at) : refused("the device's lock is not ours any more");
}

/** @returns `granted`: no lock of ours is left. */
export async function exitLock(at: LockObject): Promise<LockResult> {
  const answer = await callService(at, "ExitLock", []);
  if (answer.outcome !== "answered") return answer;
  if (answer.status === ok || answer.status === notLocked) return { outcome: "granted" };
  return refused(`the device does not give its lock back (ExitLock: ${answer.status})`);
}

export function refused(detail: string): NotGranted {
  return { outcome: "refused", detail };
}

export function unsupported(detail: string): NotGranted {
  return { outcome: "unsupported", detail };
}

async function callService(
  { session, timeoutMs, object, nodes }: LockObject,
  name: "InitLock" | "RenewLock" | "ExitLock",
  inputArguments: Variant[],
): Promise<Answered | NotGranted> {
  const methodId = nodes.get(name);
  if (!methodId) return unsupported(`the lock object has no method ${name}`);
  const request = new CallRequest({ methodsToCall: [{ objectId: object, methodId, inputArguments }] });
  const reply = await session.request<CallResponse>(request, timeoutMs);
  if (reply.kind === "silent") return refused(`no answer to ${name}; nobody knows whether the device is locked`);
  if (reply.kind === "lost") return refused(reply.why);
  const failed = reply.kind === "refused" ? reply : failureIn(reply.response);
  if (failed)
    return withoutLocks.has(failed.name) ? unsupported(statusText(failed.name)) : refused(statusText(failed.name));
  const output = reply.kind === "answer" ? reply.response.results?.[0]?.outputArguments?.[0] : undefined;
  const status = output && outputValue(output);
  return typeof status === "number"
    ? { outcome: "answered", status }
    : refused(`${name} answered without saying what it did`);
}

function failureIn(response: CallResponse): { readonly name: string } | undefined {
  const status = response.results?.[0]?.statusCode;
  if (!status) return { name: "BadUnexpectedError" };
  return status.value >>> 30 >= 2 ? status : undefined;
}

async function granted(at: LockObject): Promise<LockResult> {
  const [remaining] = await readAll(at, ["RemainingLockTime"]);
  return { outcome: "granted", remainingMs: typeof remaining === "number" && remaining > 0 ? remaining : undefined };
}

/** Values of the object's variables; undefined where there is none. */
async function readAll({ session, timeoutMs, nodes }: LockObject, names: readonly string[]): Promise<unknown[]> {
  const there = names.filter((name) => nodes.has(name));
  if (there.length === 0) return [];
  const request = new ReadRequest({
    nodesToRead: there.map((name) => ({ nodeId: nodes.get(name), attributeId: attributes.value })),
    timestampsToReturn: TimestampsToReturn.Neither,
  });
  const reply = await session.request<ReadResponse>(request, timeoutMs);
  const results = reply.kind === "answer" ? (reply.response.results ?? []) : [];
  return names.map((name) => results[there.indexOf(name)]?.value?.value as unknown);
}

function clipped(text: unknown): string {
  return String(text).slice(0, 100);
}
