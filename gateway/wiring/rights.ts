import type { Clock, Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { type ClockMark, RightsClock } from "../kit/rights-clock.ts";
import { type AuditDesk, auditEntry } from "../services/audit.ts";
import { readClockMark, writeClockMark } from "../stores/folder/clock-mark.ts";

/** How often it is written down how far time has come, ms: what ended in the last minute before a kill may come back. */
export const markEveryMs = 60_000;

export interface RightsOpening {
  readonly dataFolder: string;
  readonly audit: Pick<AuditDesk, "note">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/**
 * R3: the clock of rights, which goes behind neither what this run has seen nor what the one before had.
 * A disk that cannot be written is logged: the next restart then knows only the mark before.
 */
export function openRights({ dataFolder, audit, clock, timers, log, opened }: RightsOpening): RightsClock {
  const mark = readClockMark(dataFolder);
  const rights = new RightsClock(clock, (backMs) => noteJump({ audit, clock, log }, backMs), mark);
  // A jump while the gateway was down is on the record before anybody asks.
  rights.nowMs();
  let last: Promise<void> = Promise.resolve();
  const write = (): Promise<void> => {
    const { mark } = rights;
    last = last.then(() => written(dataFolder, mark, log));
    return last;
  };
  const cancel = timers.every(markEveryMs, write);
  void write();
  opened.add(async () => {
    cancel();
    await write();
  });
  return rights;
}

/** Never rejects. */
async function written(dataFolder: string, mark: ClockMark, log: Log): Promise<void> {
  try {
    await writeClockMark(dataFolder, mark);
  } catch (error) {
    log.warn({ err: error }, "how far time has come could not be written down");
  }
}

function noteJump({ audit, clock, log }: Pick<RightsOpening, "audit" | "clock" | "log">, backMs: number): void {
  log.warn({ backMs }, "the clock is behind what it already was; no booking opens until it has caught up");
  const at = clock.wallMs();
  const entry = {
    at,
    class: "system",
    action: "clock.unsynchronised",
    who: "system:clock",
    detail: { backMs },
  } as const;
  audit.note(auditEntry(entry));
}
