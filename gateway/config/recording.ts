import type { RecordingRule } from "../core/history/recording.ts";
import type { Tag } from "../core/plant.ts";
import { isNumeric } from "../core/value.ts";
import type { Path, Report } from "./report.ts";
import type { Record } from "./schema/record.ts";

/**
 * What of the tag is recorded: its own word, else its machine's, else its device's, whole; a rule is never put
 * together out of several. A deadband that comes from there and does not fit the tag is left out: then every change is kept.
 */
export function recordedOf(
  report: Report,
  tag: Tag,
  [own, machine, device]: readonly [Record | undefined, Record | undefined, Record | undefined],
  path: Path,
): Pick<Tag, "record" | "recording"> {
  const said = own ?? machine ?? device ?? true;
  if (typeof said === "boolean") return { record: said };
  const at = [...path, "record", "deadband"];
  const why = misfit(tag, said.deadband);
  if (why !== undefined && own !== undefined) report.keyProblem(at, why);
  else if (why !== undefined && isNumeric(tag.type))
    report.warning(path, `every change is recorded: the deadband ${why}`);
  const rule: RecordingRule = {
    deadband: why === undefined ? deadbandOf(tag, said.deadband) : 0,
    minIntervalMs: said.minInterval ?? 0,
    maxIntervalMs: said.maxInterval,
  };
  const isPlain = rule.deadband === 0 && rule.minIntervalMs === 0 && rule.maxIntervalMs === undefined;
  return isPlain ? { record: true } : { record: true, recording: rule };
}

type Deadband = Exclude<Record, boolean>["deadband"];

function misfit(tag: Tag, deadband: Deadband): string | undefined {
  if (deadband === undefined) return undefined;
  if (!isNumeric(tag.type)) return `is for numbers only; the tag is ${tag.type}`;
  return typeof deadband === "object" && tag.range === undefined
    ? "in percent is a part of the range, and the tag has none"
    : undefined;
}

/** In the tag's unit. */
function deadbandOf(tag: Tag, deadband: Deadband): number {
  if (deadband === undefined || typeof deadband === "number") return deadband ?? 0;
  const [low, high] = tag.range ?? [0, 0];
  return ((high - low) * deadband.percent) / 100;
}
