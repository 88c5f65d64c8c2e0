import type { FastifyReply, FastifyRequest } from "fastify";
import { PlanciaError } from "../../core/errors.ts";
import type { Kiosk } from "../../services/site/kiosks.ts";
import type { UseCases } from "../../services/use-cases.ts";
import type { ApiContext } from "../context.ts";
import type { RoutePolicy } from "../policy.ts";
import { originOf } from "./origin.ts";

/** Holds the key of an enrolled device: opaque, and only its hash is stored. Its path keeps it away from everything else. */
export const kioskCookie = "plancia_kiosk";
const cookiePath = "/api/v1/kiosk";
/** The longest that browsers keep a cookie; it is given anew each day that the device is in use. */
const cookieAgeS = 400 * 24 * 3600;

/** What a proxy adds: a device at the machine has none before it (S9, "refused through a proxy"). */
const proxyHeader = /^(forwarded|via|x-real-ip|x-forwarded-.*)$/;

declare module "fastify" {
  interface FastifyRequest {
    kiosk: Kiosk | null;
  }
}

/**
 * Settles that a device at the machine asks, and which.
 * @throws PlanciaError auth/forbidden through a proxy or from another page, auth/required.
 */
export function admitKiosk(
  useCases: UseCases,
  transport: "http" | "https",
  request: FastifyRequest,
  policy: Extract<RoutePolicy, "kiosk" | "kiosk-enrolment">,
): void {
  if (Object.keys(request.headers).some((name) => proxyHeader.test(name)))
    throw new PlanciaError("auth/forbidden", "A kiosk is at the machine, and no proxy stands before it.");
  if (!isSameOrigin(request, transport))
    throw new PlanciaError("auth/forbidden", "This page is not one of the gateway's own.");
  if (policy === "kiosk") request.kiosk = useCases.kiosks.authenticate(keyOf(request));
}

/** Whether the request is an enrolled device's: such a one is not held up by what others at its address do. */
export function isEnrolled(useCases: UseCases, request: FastifyRequest): boolean {
  try {
    useCases.kiosks.authenticate(keyOf(request));
    return true;
  } catch (error) {
    if (error instanceof PlanciaError) return false;
    throw error;
  }
}

/** The device that asks, on a route whose policy has settled it. */
export function kioskOf(request: FastifyRequest): Kiosk {
  if (!request.kiosk) throw new Error(`${request.routeOptions.url} uses a kiosk but its policy asks for none`);
  return request.kiosk;
}

export function setKioskCookie(context: ApiContext, reply: FastifyReply, key: string): void {
  reply.setCookie(kioskCookie, key, {
    path: cookiePath,
    httpOnly: true,
    sameSite: "strict",
    secure: context.transport === "https",
    maxAge: cookieAgeS,
  });
}

/** @throws PlanciaError auth/required. */
export function keyOf(request: FastifyRequest): string {
  const key = request.cookies[kioskCookie];
  if (key === undefined || key.length > 200) throw new PlanciaError("auth/required", "This device is not enrolled.");
  return key;
}

/**
 * Stricter than for people: the very host that was called, no configured origin. A browser says where a
 * page comes from whenever it sends something; where it only looks, over plain HTTP, it may say nothing.
 */
function isSameOrigin({ headers, method }: FastifyRequest, transport: "http" | "https"): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  if (headers.origin === undefined) return method === "GET";
  const origin = originOf(headers.origin);
  return origin !== undefined && origin === originOf(`${transport}://${headers.host ?? ""}`);
}
