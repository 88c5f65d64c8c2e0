import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { type ErrorCode, errorCatalogue, type FieldProblem, PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Problem } from "../wire/scalars.ts";

export const problemType = "application/problem+json";

/** The problem document (RFC 9457) of a code. `extra` adds members of its own, such as causes. */
export function problemDocument<Extra extends object>(code: ErrorCode, detail: string, extra?: Extra): Problem & Extra {
  const { http, title } = errorCatalogue[code];
  return { type: `urn:plancia:problem:${code}`, title, status: http, code, detail, ...(extra as Extra) };
}

/** Statuses of the HTTP layer's own refusals (syntax, size, media type) → our codes and plain words. */
const ownRefusals = new Map<number, readonly [ErrorCode, string]>([
  [400, ["request/invalid", "The body is not the JSON that was announced, or the address is malformed."]],
  [403, ["request/not-found", "There is nothing at this address."]],
  [404, ["request/not-found", "There is nothing at this address."]],
  [408, ["request/timeout", "The request took too long to arrive."]],
  [413, ["request/too-large", "The body is larger than is taken here."]],
  [414, ["request/uri-too-long", "The address is longer than is taken here."]],
  [415, ["request/unsupported-media-type", "Send application/json."]],
  [429, ["request/rate-limited", "Too many requests from this address."]],
]);

/** Turns whatever was thrown into an error of the catalogue; undefined: it is ours, an internal one. */
export function understood(error: unknown): PlanciaError | undefined {
  if (error instanceof PlanciaError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return new PlanciaError("request/invalid", "Some fields are wrong.", {
      fields: error.validation.flatMap(wrongFields),
    });
  }
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  const known = typeof status === "number" ? ownRefusals.get(status) : undefined;
  return known && new PlanciaError(known[0], known[1], { cause: error });
}

function wrongFields(issue: { instancePath: string; message?: string; params: unknown }): FieldProblem[] {
  const keys = (issue.params as { keys?: unknown }).keys;
  const at = issue.instancePath === "/" ? "" : issue.instancePath;
  if (!Array.isArray(keys)) return [{ pointer: at, detail: issue.message ?? "wrong" }];
  return keys.map((key) => ({ pointer: `${at}/${escapePointer(String(key))}`, detail: "no such field here" }));
}

/** RFC 6901 §3. */
function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The one place where an error becomes an answer. */
export function answerWithProblem(log: Log) {
  return function answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const known = understood(error);
    return known ? sendProblem(known, request, reply) : sendInternal(error, log, request, reply);
  };
}

export function sendProblem(error: PlanciaError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fields = error.fields.length > 0 ? { errors: [...error.fields] } : {};
  const document = problemDocument(error.code, error.message, { instance: pathOf(request), ...fields });
  if (document.status === 401) reply.header("www-authenticate", "Bearer");
  if (error.retryAfterS !== undefined) reply.header("retry-after", Math.ceil(error.retryAfterS));
  return sendDocument(reply, document);
}

/** Sends a document past the serializer of the route's good answer. */
export function sendDocument(reply: FastifyReply, document: Problem): FastifyReply {
  return reply
    .code(document.status)
    .type(problemType)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(document);
}

function sendInternal(error: unknown, log: Log, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const reference = randomUUID().slice(0, 8);
  log.error({ err: error, reference, method: request.method, path: pathOf(request) }, "a request failed inside");
  return sendDocument(reply, {
    type: "urn:plancia:problem:internal",
    title: "Something went wrong in the gateway",
    status: 500,
    code: "internal",
    detail: `The log has it under ${reference}.`,
    instance: pathOf(request),
  });
}

/** Without the query, which may hold what is nobody's business. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
