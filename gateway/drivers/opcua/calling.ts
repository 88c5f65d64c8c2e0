import type { CallRequest, CallResult } from "../../core/driver-port.ts";
import type { Value } from "../../core/value.ts";
import type { OpcuaMethod } from "./address.ts";
import {
  type CallMethodResult,
  type CallResponse,
  type Variant,
  CallRequest as WireCallRequest,
} from "./node-opcua.ts";
import { nodeIdOf } from "./nodes.ts";
import type { ServerFacts } from "./server-facts.ts";
import { outputValue } from "./values.ts";
import type { Reply } from "./wire.ts";
import { toArgument } from "./wire-values.ts";
import { statusText } from "./words.ts";
import { refusal, withoutAnswer, withoutResult } from "./writing.ts";

type Built = { readonly ok: true; readonly request: WireCallRequest } | { readonly ok: false; readonly why: string };

const mostOutputs = 100;

/** The service call that calls this method once (Part 4 §5.12.2). */
export function buildCall({ method, arguments: given }: CallRequest, facts: ServerFacts): Built {
  const { object, method: name } = method as OpcuaMethod;
  const [objectId, methodId] = [nodeIdOf(object, facts.namespaces), nodeIdOf(name, facts.namespaces)];
  if (!objectId || !methodId) return { ok: false, why: "the server has no such namespace" };
  const inputArguments: Variant[] = [];
  for (const [i, argument] of given.entries()) {
    const built = toArgument(argument);
    if (!built.ok) return { ok: false, why: `argument ${i + 1}: ${built.why}` };
    inputArguments.push(built.variant);
  }
  return { ok: true, request: new WireCallRequest({ methodsToCall: [{ objectId, methodId, inputArguments }] }) };
}

/** What is known after a call, and what the method gave back. */
export function callResult(reply: Reply<CallResponse>): CallResult {
  if (reply.kind !== "answer") return withoutAnswer(reply);
  const { sentAtMs } = reply;
  const [result] = reply.response.results ?? [];
  if (!result) return withoutResult(sentAtMs);
  const { value, name } = result.statusCode;
  if (value >>> 30 < 2) return { outcome: "written", sentAtMs, outputs: outputsOf(result) };
  const failed = refusal(value >>> 0, name, sentAtMs);
  return { ...failed, detail: [failed.detail, ...refusedArguments(result)].join("; ") };
}

function outputsOf({ outputArguments }: CallMethodResult): readonly Value[] {
  return (outputArguments ?? []).slice(0, mostOutputs).map((variant) => outputValue(variant));
}

function refusedArguments({ inputArgumentResults }: CallMethodResult): readonly string[] {
  return (inputArgumentResults ?? []).flatMap(({ value, name }, i) =>
    value >>> 30 >= 2 ? [`argument ${i + 1}: ${statusText(name)}`] : [],
  );
}
