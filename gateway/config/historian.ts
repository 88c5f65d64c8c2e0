import { matches } from "../core/access/policy.ts";
import type { HistorianSettings, Tag, TargetSettings } from "../core/plant.ts";
import type { Report } from "./report.ts";
import type { Root } from "./schema/root.ts";
import type { Target } from "./schema/targets.ts";

/** The historian's settings; a pattern of a target that fits no recorded tag is worth a warning. */
export function historianOf(report: Report, historian: Root["historian"], tags: readonly Tag[]): HistorianSettings {
  const recorded = tags.filter((tag) => tag.record);
  for (const [id, { tags: patterns }] of Object.entries(historian.targets)) {
    for (const [n, pattern] of patterns.entries())
      if (!recorded.some((tag) => matches(pattern, tag.name)))
        report.warning(["historian", "targets", id, "tags", n], `"${pattern}" fits no recorded tag`);
  }
  warnOfRetention(report, historian.retention, recorded);
  return {
    store: historian.store,
    commitMs: historian.commit,
    queueSamples: historian.queue,
    retention: {
      groups: Object.entries(historian.retention).map(([id, { tags: patterns, age, size }]) => ({
        ...{ id, tags: patterns, ageMs: age, sizeBytes: size },
      })),
      disk: { sizeBytes: historian.disk.size, freeBytes: historian.disk.free },
    },
    targets: Object.entries(historian.targets).map(([id, target]) => targetOf(id, target)),
  };
}

/** A pattern that fits nothing, and a group whose tags all belong to groups before it. */
function warnOfRetention(report: Report, groups: Root["historian"]["retention"], recorded: readonly Tag[]): void {
  const free = new Set(recorded);
  for (const [id, { tags: patterns }] of Object.entries(groups)) {
    const path = ["historian", "retention", id];
    for (const [n, pattern] of patterns.entries())
      if (!recorded.some((tag) => matches(pattern, tag.name)))
        report.warning([...path, "tags", n], `"${pattern}" fits no recorded tag`);
    const fits = recorded.filter((tag) => patterns.some((pattern) => matches(pattern, tag.name)));
    if (fits.length > 0 && !fits.some((tag) => free.has(tag)))
      report.warning(path, "holds nothing: all of its tags belong to groups before it");
    for (const tag of fits) free.delete(tag);
  }
}

function targetOf(id: string, target: Target): TargetSettings {
  const { kind, url, database, user, password, retention, tags, measurement, batch, interval, timeout } = target;
  return {
    id,
    kind,
    url,
    database,
    credentials: user === undefined || password === undefined ? undefined : { user, password },
    retentionMs: retention,
    tags,
    measurement,
    batchSamples: batch,
    intervalMs: interval,
    timeoutMs: timeout,
  };
}
