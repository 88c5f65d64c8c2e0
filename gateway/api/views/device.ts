import type { DriverThreadFacts } from "../../core/driver-port.ts";
import type { DeviceStatus } from "../../services/use-cases.ts";
import type { DeviceView } from "../wire/administration.ts";
import type { DeviceLink } from "../wire/equipment.ts";
import { instant } from "./times.ts";

export function linkView(device: DeviceStatus): DeviceLink {
  return {
    device: device.id,
    name: device.name,
    state: device.state,
    ageMs: device.ageMs === undefined ? undefined : Math.round(device.ageMs),
    since: instant(device.since),
    error: device.error,
  };
}

function threadView({ running, restarts, lastEnd }: DriverThreadFacts): DeviceView["thread"] {
  return { running, restarts, lastEnd: lastEnd && { text: lastEnd.text, time: instant(lastEnd.at) } };
}

export function deviceView(device: DeviceStatus): DeviceView {
  const statistics = device.statistics;
  return {
    ...linkView(device),
    driver: device.driver,
    intervalMs: device.intervalMs,
    tags: device.tags,
    nextRetryMs: device.nextRetryMs,
    reconnects: device.reconnects,
    lastError: device.lastError && { text: device.lastError.text, time: instant(device.lastError.at) },
    thread: device.thread && threadView(device.thread),
    requestsPerS: device.requestsPerS,
    namur: { ...device.diagnosis },
    statistics: statistics && {
      requests: statistics.requests,
      failures: statistics.failures,
      bytesIn: statistics.bytesIn,
      bytesOut: statistics.bytesOut,
      roundTripMs: statistics.roundTripMs && { ...statistics.roundTripMs },
      plan: statistics.plan && { ...statistics.plan },
      polling: statistics.polling && { ...statistics.polling },
      unmapped: statistics.unmapped && { count: statistics.unmapped.count, last: [...statistics.unmapped.last] },
      detail: statistics.detail && { ...statistics.detail },
    },
  };
}
