import { BlockList, isIP } from "node:net";

/** Whether a text is an address or a network in CIDR form. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = "", prefix, more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes("%")) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 6 ? 128 : 32));
}

/** @param entries addresses and networks, each as `isAddressOrNetwork` has it. */
export function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(address, prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix), family);
  }
  return list;
}

/** What is no address is in no list. */
export function isListed(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
}
