import type { WriteRequest, WriteResult } from "../../core/driver-port.ts";
import { type OpcuaAddress, resolveAddress } from "./address.ts";
import { targetOf } from "./items.ts";
import { type WireType, WriteRequest as WireWriteRequest, type WriteResponse } from "./node-opcua.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Reply } from "./wire.ts";
import { toElement, toVariant, wireTypeOf } from "./wire-values.ts";
import { statusText } from "./words.ts";

type Built = { readonly ok: true; readonly request: WireWriteRequest } | { readonly ok: false; readonly why: string };

/** Status codes of a write or call that leave open whether something changed (Part 4 §7.39). */
const undecided = new Set([
  "BadTimeout",
  "BadNoCommunication",
  "BadCommunicationError",
  "BadUnexpectedError",
  "BadInternalError",
]);

/** The service call that writes this value and nothing else: no status, no times (servers refuse those). */
export function buildWrite({ point, value }: WriteRequest, wire: WireType | undefined, facts: ServerFacts): Built {
  const target = targetOf(point, facts);
  if (!target) return { ok: false, why: "the server has no such namespace" };
  const { index, path } = resolveAddress(point.address as OpcuaAddress);
  if (path) return { ok: false, why: "a field of a structure cannot be written alone" };
  const built = toVariant(value, wire ?? wireTypeOf(point.type));
  if (!built.ok) return built;
  const variant = index === undefined ? built.variant : toElement(built.variant);
  return { ok: true, request: new WireWriteRequest({ nodesToWrite: [{ ...target, value: { value: variant } }] }) };
}

/** Anything but done. */
export type Failed = Exclude<WriteResult, { outcome: "written" }>;
export type NotSent = Extract<WriteResult, { outcome: "not-sent" }>;

/** What is known after a write: only an answer proves something (R5). */
export function writeResult(reply: Reply<WriteResponse>): WriteResult {
  if (reply.kind !== "answer") return withoutAnswer(reply);
  const { sentAtMs } = reply;
  const status = reply.response.results?.[0];
  if (!status) return withoutResult(sentAtMs);
  const isBad = status.value >>> 30 >= 2;
  return isBad ? refusal(status.value >>> 0, status.name, sentAtMs) : { outcome: "written", sentAtMs };
}

export function withoutAnswer(reply: Exclude<Reply<unknown>, { kind: "answer" }>): Failed {
  switch (reply.kind) {
    case "refused":
      return refusal(reply.status, reply.name, reply.sentAtMs);
    case "silent":
      return { outcome: "unknown", sentAtMs: reply.sentAtMs, detail: "no answer in time" };
    case "lost":
      if (reply.sentAtMs === undefined) return notSent("not-connected", reply.why);
      return { outcome: "unknown", sentAtMs: reply.sentAtMs, detail: `${reply.why} before the answer came` };
  }
}

export function withoutResult(sentAtMs: number): Failed {
  return { outcome: "unknown", sentAtMs, detail: "an answer without a result" };
}

/** A Bad status for what was sent. */
export function refusal(status: number, name: string, sentAtMs: number): Failed {
  const detail = statusText(name);
  const isOpen = undecided.has(name.replace(/#.*$/, ""));
  return isOpen ? { outcome: "unknown", sentAtMs, detail } : { outcome: "rejected", sentAtMs, status, detail };
}

export function notSent(reason: NotSent["reason"], detail: string): NotSent {
  return { outcome: "not-sent", reason, detail };
}
