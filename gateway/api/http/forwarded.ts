import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { ServerSettings } from "../../core/plant.ts";
import { addressList, isListed } from "../../kit/address-list.ts";

export type ProxySettings = Pick<ServerSettings, "trustedProxies" | "proxyHeader">;

/** More stations than any real way has; what stands before them is not looked at. */
const mostStations = 20;

/**
 * Where a request comes from: the address of its connection, and where that is a configured proxy's, what
 * the proxy says. Stations are read from the end, since only what a trusted one has added counts: the
 * first that is not trusted is the caller. What is no address ends at the proxy that sent it.
 * Of the two headers the configured one alone is read (RFC 7239 §8.1: a proxy hands on unread what it
 * does not write itself, so that the other is a stranger's word).
 */
export function callerAddress({ trustedProxies, proxyHeader }: ProxySettings) {
  const trusted = addressList(trustedProxies);
  return function addressOf(connection: string, headers: IncomingHttpHeaders): string {
    let address = plain(connection);
    if (trustedProxies.length === 0) return address;
    for (const station of stationsOf(headers, proxyHeader).reverse()) {
      if (!isListed(trusted, address) || station === undefined) break;
      address = station;
    }
    return address;
  };
}

/** undefined: it is no address. */
function stationsOf(headers: IncomingHttpHeaders, header: ProxySettings["proxyHeader"]): (string | undefined)[] {
  const text = headers[header];
  if (text === undefined) return [];
  const whole = Array.isArray(text) ? text.join(",") : text;
  const stations =
    header === "forwarded"
      ? [...whole.matchAll(/(?:^|[;,])\s*for\s*=\s*("[^"]*"|[^;,\s]*)/gi)].map(([, node = ""]) =>
          node.replaceAll('"', ""),
        )
      : whole.split(",");
  return stations.slice(-mostStations).map((station) => nodeAddress(station.trim()));
}

/** `10.0.0.1`, `10.0.0.1:4711`, `[2001:db8::1]:4711` (RFC 7239 §6); obfuscated and unknown ones are no address. */
function nodeAddress(node: string): string | undefined {
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?$/.exec(node)?.[1];
  const address = bracketed ?? node.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, "$1");
  return isIP(address) === 0 ? undefined : plain(address);
}

/** IPv4 in IPv6 clothing is IPv4: one address, one name. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
