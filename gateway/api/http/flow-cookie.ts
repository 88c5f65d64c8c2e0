import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiContext } from "../context.ts";
import { isSecure } from "./cookie.ts";

/** Between the start at a provider and the way back from it, sealed. Lax: the way back comes from another site. */
const flowCookie = "plancia_flow";
const flowHoldsS = 600;

export function keepFlow(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
  kept: string,
): void {
  reply.setCookie(flowCookie, kept, { ...options(context, request, id), maxAge: flowHoldsS });
}

export function takeFlow(context: ApiContext, request: FastifyRequest, reply: FastifyReply, id: string) {
  reply.clearCookie(flowCookie, options(context, request, id));
  return request.cookies[flowCookie];
}

function options(context: ApiContext, request: FastifyRequest, id: string) {
  const path = `/api/v1/auth/oidc/${id}/callback`;
  return { path, httpOnly: true, sameSite: "lax", secure: isSecure(context, request) } as const;
}
