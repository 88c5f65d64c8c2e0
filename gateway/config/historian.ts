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
  return {
    store: historian.store,
    commitMs: historian.commit,
    queueSamples: historian.queue,
    targets: Object.entries(historian.targets).map(([id, target]) => targetOf(id, target)),
  };
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
