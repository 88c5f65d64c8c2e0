import { lookup as resolveByName } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Loopback, also as it is written within IPv6 (RFC 6890) and behind NAT64 (RFC 6052). */
const loopback = networks([
  ...["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"],
  ...["64:ff9b::7f00:0/104", "64:ff9b::/104", "::7f00:0/104"],
]);

/** Link-local, groups, and where clouds tell secrets of the computer to whoever asks. */
const neverByItself = networks([
  ...["169.254.0.0/16", "fe80::/10", "64:ff9b::a9fe:0/112", "224.0.0.0/4", "255.255.255.255/32", "ff00::/8"],
  ...["100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::/32"],
]);

/** The way to one configured address and to no other kind of computer (S18). */
export interface Outbound {
  /** For `lookup` of a connection: what a name resolves to is looked at where it is used, so that a second answer cannot differ. */
  readonly lookup: LookupFunction;
  /** An address is connected to without `lookup`. @throws Error where it is one that is not called. */
  assertAddress(): void;
}

/**
 * To the host of a configured URL. Whoever wrote a loopback address or `localhost` into it meant this computer; a
 * name that turns out to be this computer is refused, and so is anything link-local.
 * @param allow addresses and networks (`10.0.0.2`, `fe80::/64`) that are called all the same
 */
export function outboundTo(url: string, allow: readonly string[], resolve = resolveByName): Outbound {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const allowed = networks(allow);
  const meansThisComputer = host === "localhost" || (isIP(host) !== 0 && holds(loopback, host));
  const mayCall = (address: string) =>
    holds(allowed, address) || !(holds(neverByItself, address) || (!meansThisComputer && holds(loopback, address)));
  return {
    assertAddress: () => {
      if (isIP(host) !== 0 && !mayCall(host)) throw refused(host, host);
    },
    lookup: (name, options, answer) => {
      resolve(name, { ...options, all: true }, (error, found) => {
        if (error !== null) return answer(error, "");
        const open = found.filter(({ address }) => mayCall(address));
        const [first] = open;
        if (first === undefined) answer(refused(name, found.map(({ address }) => address).join(", ")), "");
        else if (options.all === true) answer(null, open);
        else answer(null, first.address, first.family);
      });
    },
  };
}

function networks(list: readonly string[]): BlockList {
  const all = new BlockList();
  for (const each of list) {
    const [address = "", bits] = each.split("/");
    const family = familyOf(address);
    if (bits === undefined) all.addAddress(address, family);
    else all.addSubnet(address, Number(bits), family);
  }
  return all;
}

function holds(list: BlockList, address: string): boolean {
  const [plain = ""] = address.split("%");
  return list.check(plain, familyOf(plain));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function refused(host: string, addresses: string): Error {
  return new Error(`${host} (${addresses || "no address"}) is not called: security.outbound.allow does not name it`);
}
