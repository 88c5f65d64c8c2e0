import { keepEverything } from "../../core/history/retention.ts";
import type { StorageReport } from "../../core/history-port.ts";
import type { ApiContext } from "../context.ts";
import type { StorageView, StoredGroupView } from "../wire/storage.ts";
import { targetView } from "./system.ts";
import { instantIf } from "./times.ts";

/** What the history takes, what is kept of it, and who has a copy. @throws PlanciaError history/unavailable. */
export async function storageView({ useCases }: ApiContext): Promise<StorageView> {
  const report = await useCases.history.storage();
  const { groups: rules, disk: limits } = useCases.plant.historian.retention ?? keepEverything;
  const { retention, fault } = useCases.history.statistics();
  const oldest = Math.min(...report.groups.map(({ oldestMs }) => oldestMs ?? Number.POSITIVE_INFINITY));
  return {
    ...{ counted: report.counted, points: report.points, bytesOnDisk: report.bytesOnDisk },
    ...{ reusableBytes: report.reusableBytes, disk: report.disk && { ...report.disk }, limits: { ...limits } },
    ...outlookOf(report.fullInDays),
    oldestAt: instantIf(Number.isFinite(oldest) ? oldest : undefined),
    groups: report.groups.map((group) => groupView(group, rules)),
    retired: { ...(retention?.retired ?? { age: 0, size: 0, disk: 0 }), unsent: retention?.retiredUnsent ?? 0 },
    fault,
    targets: (useCases.targets?.() ?? []).map(targetView),
  };
}

function outlookOf(days: number | undefined): Pick<StorageView, "outlook" | "fullInDays"> {
  if (days === undefined) return { outlook: "unknown" };
  return Number.isFinite(days) ? { outlook: "full", fullInDays: days } : { outlook: "never" };
}

type Rules = (typeof keepEverything)["groups"];

function groupView({ oldestMs, ...group }: StorageReport["groups"][number], rules: Rules): StoredGroupView {
  const rule = rules.find(({ id }) => id === group.id);
  return {
    ...group,
    tags: [...(rule?.tags ?? [])],
    oldestAt: instantIf(oldestMs),
    ageS: rule?.ageMs === undefined ? undefined : rule.ageMs / 1000,
    sizeBytes: rule?.sizeBytes,
  };
}
