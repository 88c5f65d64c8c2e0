import type { FastifyHelmetOptions } from "@fastify/helmet";
import type { ServerSettings } from "../../core/plant.ts";
import { originOf } from "./origin.ts";

/**
 * S17: nothing but our own files, no inline script, no inline style, no frame. `'self'` covers the
 * WebSocket of the same origin (CSP 3 §6.7.2.8); the public address is named for older browsers.
 */
export function securityHeaders(
  server: Pick<ServerSettings, "publicUrl" | "tls">,
  transport: "http" | "https",
): FastifyHelmetOptions {
  // RFC 6797 §8.4, §12.1: under HSTS a browser lets nobody past a certificate that it does not know, and
  // that is what an authority of our own is until it is installed, and again once it was made anew.
  const strict = transport === "https" && server.tls.mode !== "own";
  return {
    contentSecurityPolicy: { useDefaults: false, directives: policyDirectives(server) },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: "no-referrer" },
    frameguard: { action: "deny" },
    hsts: strict ? { maxAge: 31_536_000, includeSubDomains: false } : false,
  };
}

function policyDirectives(server: Pick<ServerSettings, "publicUrl">): Record<string, string[]> {
  const socket = server.publicUrl === undefined ? undefined : originOf(server.publicUrl)?.replace(/^http/, "ws");
  return {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'", ...(socket === undefined ? [] : [socket])],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
  };
}
