import type { Point } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { type OpcuaAddress, resolveAddress } from "./address.ts";
import { statusText } from "./words.ts";

/** What a server answers that has no subscriptions, none free, or none for this user: reading may go all the same. */
const noSubscription = new Set([
  "BadServiceUnsupported",
  "BadNotSupported",
  "BadNotImplemented",
  "BadTooManySubscriptions",
  "BadOutOfMemory",
  "BadResourceUnavailable",
  "BadUserAccessDenied",
]);

/** The same for one monitored item; a node that is not there, or not readable, is none of them. */
const noItem = new Map<number, string>([
  [0x800b0000, "BadServiceUnsupported"],
  [Status.Bad_NotSupported, "BadNotSupported"],
  [0x80400000, "BadNotImplemented"],
  [0x80410000, "BadMonitoringModeInvalid"],
  [0x80db0000, "BadTooManyMonitoredItems"],
  [0x80100000, "BadTooManyOperations"],
  [Status.Bad_OutOfMemory, "BadOutOfMemory"],
  [Status.Bad_ResourceUnavailable, "BadResourceUnavailable"],
]);
const noFilter = new Map<number, string>([
  [Status.Bad_MonitoredItemFilterUnsupported, "BadMonitoredItemFilterUnsupported"],
  [Status.Bad_FilterNotAllowed, "BadFilterNotAllowed"],
]);

/** @param name of a refused CreateSubscription. */
export function isWithoutSubscription(name: string): boolean {
  return noSubscription.has(name.replace(/#.*$/, ""));
}

/**
 * Why a refused monitored item may be read instead, for people; undefined: reading would meet the same, or could not
 * keep what the address asks for (a dead band in percent needs a range that the server does not have).
 */
export function whyPolled({ address }: Point, status: number): string | undefined {
  const code = (status & 0xffff_0000) >>> 0;
  const plain = noItem.get(code);
  if (plain !== undefined) return `the server refuses a monitored item: ${statusText(plain)}`;
  const { deadband } = resolveAddress(address as OpcuaAddress);
  const filter = deadband && "absolute" in deadband ? noFilter.get(code) : undefined;
  return filter && `the server refuses an absolute dead band: ${statusText(filter)}`;
}
