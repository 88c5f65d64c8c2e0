import type { PartDifference } from "../../core/configuration/difference.ts";
import type { ConfigurationVersion } from "../../core/configuration-port.ts";
import type { PendingConfiguration } from "../../services/configuration-desk.ts";
import type {
  VersionChanges,
  PendingConfiguration as WirePending,
  ConfigurationVersion as WireVersion,
} from "../wire/configuration.ts";

const most = 500;

export function pendingView(pending: PendingConfiguration): WirePending {
  switch (pending.state) {
    case "same":
      return pending;
    case "invalid":
      return { state: "invalid", problems: pending.problems.slice(0, 200) };
    case "different":
      return { state: "different", ...partsView(pending.parts), waits: pending.waits.slice(0, most) };
  }
}

export function partsView(parts: readonly PartDifference[]): VersionChanges {
  return { parts: parts.slice(0, most).map((part) => ({ ...part, values: { ...part.values } })), total: parts.length };
}

export function versionView({ n, at, who, why, leftOut, startedAt }: ConfigurationVersion): WireVersion {
  return {
    ...{ n, at: new Date(at).toISOString(), who, leftOut },
    ...(why === undefined ? {} : { why }),
    ...(startedAt === undefined ? {} : { startedAt: new Date(startedAt).toISOString() }),
  };
}
