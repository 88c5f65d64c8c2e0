import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiContext } from "../context.ts";
import { originOf } from "./origin.ts";

/** Holds the opaque id of the sign-in. Its path keeps it away from everything but renewal and leaving. */
export const sessionCookie = "plancia_session";
const cookiePath = "/api/v1/auth";

export function setCookie(context: ApiContext, request: FastifyRequest, reply: FastifyReply, cookie: string): void {
  reply.setCookie(sessionCookie, cookie, cookieOptions(context, request));
}

export function clearCookie(context: ApiContext, request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(sessionCookie, cookieOptions(context, request));
}

function cookieOptions(context: ApiContext, request: FastifyRequest) {
  return { path: cookiePath, httpOnly: true, sameSite: "strict", secure: isSecure(context, request) } as const;
}

/** Over TLS of our own, or behind the proxy that serves the https public address. */
export function isSecure(context: ApiContext, request: FastifyRequest): boolean {
  if (context.transport === "https") return true;
  const { publicUrl } = context.useCases.plant.server;
  return publicUrl !== undefined && originOf(publicUrl) === `https://${request.headers.host?.toLowerCase()}`;
}
