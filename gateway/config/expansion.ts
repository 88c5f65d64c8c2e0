import type { DeclaredTag } from "../kit/driver-manifest.ts";
import type { PlacedDevice } from "./device.ts";
import type { Report } from "./report.ts";

export interface ExpandedAddresses {
  /** By the tag's full name: it takes the place of the tag's own address. */
  readonly addresses: ReadonlyMap<string, unknown>;
  /** Tags without an address of their own whose device is wrong in what would give them one: that is told there. */
  readonly undecided: ReadonlySet<string>;
}

/** Addresses that the settings of devices give to tags which name none, or only a part of one. */
export function expandAddresses(
  report: Report,
  devices: ReadonlyMap<string, PlacedDevice>,
  equipment: Readonly<Record<string, unknown>>,
): ExpandedAddresses {
  const addresses = new Map<string, unknown>();
  const undecided = new Set<string>();
  const byDevice = Map.groupBy(declaredTags(equipment), ({ device }) => device);
  for (const [id, { device, driver }] of devices) {
    if (!driver.expandAddresses) continue;
    const tags = byDevice.get(id) ?? [];
    const expansion = device && driver.expandAddresses(device.settings, tags);
    for (const [name, address] of expansion?.addresses ?? []) addresses.set(name, address);
    for (const { tag, path, why } of expansion?.wrong ?? []) {
      const start = tag ? ["equipment", tag.equipment, "tags", tag.tag] : ["devices", id];
      report.problem([...start, ...path], why);
    }
    if (expansion && expansion.wrong.length === 0) continue;
    for (const tag of tags) {
      const name = `${tag.equipment}/${tag.tag}`;
      if (tag.address === undefined && !addresses.has(name)) undecided.add(name);
    }
  }
  return { addresses, undecided };
}

function* declaredTags(
  equipment: Readonly<Record<string, unknown>>,
): Iterable<DeclaredTag & { readonly device: string }> {
  for (const [id, machine] of Object.entries(equipment)) {
    for (const [tag, declared] of Object.entries(groupIn(machine, "tags"))) {
      const { device, address, writable } = group(declared);
      if (typeof device !== "string") continue;
      yield { equipment: id, tag, device, address, writable: writable !== undefined };
    }
  }
}

function groupIn(value: unknown, key: string): Readonly<Record<string, unknown>> {
  return group(group(value)[key]);
}

function group(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
