import type { CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import type { TagLookup } from "../../core/expression-port.ts";
import type { Desk } from "./desk.ts";
import type { Attempt } from "./pipeline.ts";
import { judge } from "./verify.ts";

/** So long after an UNKNOWN end its effect is still looked for, ms. */
const lookForMs = 60_000;
const lookEveryMs = 1_000;

/**
 * R1: a final state never changes; an effect that shows late is added as an event, so that whoever has
 * to decide sees it. Nothing is asked of the device for it: what comes in anyway is enough.
 */
export function watchLate(desk: Desk, attempt: Attempt, tell: (record: CommandRecord) => void): void {
  const { sentAtMs, order, id } = attempt;
  if (!Number.isFinite(sentAtMs)) return;
  const effect = desk.conditions.effect(order);
  const release = desk.book.hold(id);
  const look = (): void => {
    const sinceMs = desk.clock.monotonicMs() - sentAtMs;
    if (sinceMs > lookForMs || !desk.book.get(id)) {
      end();
      return;
    }
    const { judgement } = judge(order, effect, confirmedSince(desk, sinceMs));
    if (judgement !== "verified") return;
    const late = told(effect ? "late-effect" : "late-read-back", { seconds: (sinceMs / 1000).toFixed(1) });
    const noted = desk.book.update(id, {}, { state: "NOTE", ...late });
    end();
    tell(noted);
  };
  const cancel = desk.timers.every(lookEveryMs, look);
  const end = (): void => {
    cancel();
    release();
  };
}

/** Only what its device has confirmed since the write proves anything about it. */
function confirmedSince(desk: Desk, sinceMs: number): TagLookup {
  return (name) => {
    const handle = desk.machines.tag(name)?.handle;
    return handle !== undefined && desk.values.confirmedAgeMs(handle) < sinceMs
      ? desk.machines.lookup(name)
      : undefined;
  };
}
