import { heartbeatRule, principalOf } from "../../core/control/system-rules.ts";
import type { WriteResult } from "../../core/driver-port.ts";
import type { Equipment, Tag } from "../../core/plant.ts";
import { toRaw } from "../../core/scaling.ts";
import { integerLimits, type Value } from "../../core/value.ts";
import { auditEntry } from "../audit.ts";
import type { AcceptanceStanding } from "./circumstances.ts";
import type { FieldAccess } from "./desk.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Leases } from "./leases.ts";

/** So lately somebody with control must have answered to count as present (R15), ms: two prompts. */
export const presentWithinMs = 10_000;

/** Where a counter of a wide type begins again; every controller can tell two of them apart. */
const highestCount = 32_767;

export interface HeartbeatParts extends Pick<LeaseParts, "audit" | "clock" | "log"> {
  readonly acceptance: Pick<AcceptanceStanding, "placeWaits">;
}

interface Beat {
  readonly tag: Tag;
  readonly next: () => Value;
  writing: boolean;
  /** undefined: it never went out yet. */
  well: boolean | undefined;
}

/**
 * R15: two signs of life towards the controller, each on its own: the gateway counts up, and somebody
 * with control is there. They are written whatever the key says: on LOCAL too the controller must be
 * able to tell that the gateway is alive, and they command nothing. A beat that is late is left out,
 * never queued; beats are not in the audit, their beginning, end and failure are.
 */
export class Heartbeats {
  readonly #parts: HeartbeatParts;
  readonly #field: Pick<FieldAccess, "write">;
  readonly #stop: (() => void)[] = [];
  readonly #beats: Beat[] = [];

  constructor(parts: LeaseParts & HeartbeatParts, field: Pick<FieldAccess, "write">, leases: Leases) {
    this.#parts = parts;
    this.#field = field;
    for (const equipment of parts.plant.equipment) {
      const { heartbeat } = equipment;
      if (!heartbeat) continue;
      const beats = [
        ...this.#beat(equipment, heartbeat.gateway, (tag) => counter(tag)),
        ...this.#beat(equipment, heartbeat.operator, () => () => leases.isPresent(equipment.id, presentWithinMs)),
      ];
      this.#beats.push(...beats);
      const { everyMs } = heartbeat;
      const write = (): void => {
        for (const beat of beats) void this.#write(beat, everyMs);
      };
      this.#stop.push(parts.timers.every(everyMs, write));
    }
  }

  close(): void {
    for (const stop of this.#stop) stop();
    for (const beat of this.#beats) if (beat.well) this.#note("heartbeat.stopped", beat, "the gateway is stopping");
  }

  #beat({ tags }: Equipment, id: string | undefined, next: (tag: Tag) => () => Value): readonly Beat[] {
    const tag = tags.find((each) => each.id === id);
    return tag ? [{ tag, next: next(tag), writing: false, well: undefined }] : [];
  }

  async #write(beat: Beat, everyMs: number): Promise<void> {
    if (beat.writing) return;
    beat.writing = true;
    try {
      // R9: a tag that is new, or another one, is nobody's to write before it is accepted.
      if (this.#parts.acceptance.placeWaits(beat.tag)) {
        this.#turn(beat, "the change of the configuration waits to be accepted");
        return;
      }
      const fitted = toRaw(beat.tag, beat.next());
      if (!fitted.ok) throw new Error(`${beat.tag.name} needs ${fitted.why}`);
      const notAfterMs = this.#parts.clock.monotonicMs() + everyMs;
      this.#judge(beat, await this.#field.write(beat.tag, fitted.raw, "normal", notAfterMs));
    } catch (error) {
      this.#parts.log.error({ err: error, tag: beat.tag.name }, "a heartbeat could not be written");
      this.#turn(beat, "failed inside");
    } finally {
      beat.writing = false;
    }
  }

  #judge(beat: Beat, result: WriteResult): void {
    this.#turn(beat, result.outcome === "written" ? undefined : `${result.outcome}: ${result.detail}`);
  }

  /** @param failure in words; undefined: it was written. */
  #turn(beat: Beat, failure: string | undefined): void {
    const well = failure === undefined;
    if (beat.well === well) return;
    beat.well = well;
    this.#note(well ? "heartbeat.started" : "heartbeat.failed", beat, failure);
  }

  #note(action: string, { tag }: Beat, why: string | undefined): void {
    const { clock, audit } = this.#parts;
    const result = action === "heartbeat.failed" ? "failed" : "done";
    const entry = { at: clock.wallMs(), class: "system", action, who: principalOf(heartbeatRule), result } as const;
    const detail = why === undefined ? {} : { why };
    audit.note(auditEntry({ ...entry, equipment: tag.equipment, target: tag.name, detail }));
  }
}

/** Counts up from 1 and begins again at 0, within what the tag's type holds. */
function counter({ type }: Tag): () => Value {
  const highest = Math.min(integerLimits(type)?.[1] ?? highestCount, highestCount);
  const wide = type === "int64" || type === "uint64";
  let count = 0;
  return () => {
    count = count >= highest ? 0 : count + 1;
    return wide ? String(count) : count;
  };
}
