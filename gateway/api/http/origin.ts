import type { IncomingHttpHeaders } from "node:http";
import type { ServerSettings } from "../../core/plant.ts";

/**
 * S4: whether a request with these headers may come from one of our own pages. Programs send no
 * `Origin` and pass; `null` and everything foreign do not. Own are the host that was called, the
 * public address and the configured origins.
 */
export function isOwnOrigin(
  headers: IncomingHttpHeaders,
  server: Pick<ServerSettings, "publicUrl" | "origins">,
  transport: "http" | "https",
): boolean {
  const site = headers["sec-fetch-site"];
  if (headers.origin === undefined) return site === undefined || site === "same-origin" || site === "none";
  const origin = originOf(headers.origin);
  if (origin === undefined) return false;
  const configured = [server.publicUrl, ...server.origins].map((url) =>
    url === undefined ? undefined : originOf(url),
  );
  if (configured.includes(origin)) return true;
  const host = headers.host?.toLowerCase();
  if (host === undefined) return false;
  // Behind a proxy that ends TLS the page is https although we speak http.
  return origin === `https://${host}` || (transport === "http" && origin === `http://${host}`);
}

/** `https://Host:443/path` → `https://host`; undefined where it is no http address. */
export function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, origin } = new URL(url);
  return protocol === "http:" || protocol === "https:" ? origin : undefined;
}
