import type { Clock, Timers } from "../../core/clock.ts";
import type { Channel, Point } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import type { Intake } from "./intake.ts";

/** Points of one device with one period. */
export interface PollGroup {
  readonly device: string;
  readonly intervalMs: number;
  readonly points: readonly Point[];
}

export interface PollSettings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly intake: Intake;
  readonly log: Log;
  /** Any point of the device answered. */
  readonly onAnswer: (device: string) => void;
  /** Nothing of the device answered this time. */
  readonly onSilence: (device: string) => void;
}

/**
 * Reads one group at a fixed rate while the connection lasts. A cycle that takes longer than its
 * period is not followed by a burst: the missed turns are left out.
 */
export function pollGroup(
  channel: Channel,
  group: PollGroup,
  offsetMs: number,
  signal: AbortSignal,
  settings: PollSettings,
): void {
  const { clock, timers } = settings;
  const handles = group.points.map((point) => point.handle);
  let due = clock.monotonicMs() + offsetMs;
  let cancel = (): void => undefined;
  const turn = async (): Promise<void> => {
    try {
      const readings = await channel.read?.(group.device, group.points, signal, "poll");
      if (signal.aborted || !readings) return;
      const answered = settings.intake.take(handles, readings);
      if (answered > 0) settings.onAnswer(group.device);
      else settings.onSilence(group.device);
    } catch (error) {
      if (signal.aborted) return;
      settings.log.debug({ device: group.device, err: error }, "poll failed");
      settings.onSilence(group.device);
    } finally {
      // Whatever failed here: a group that is not read again would look alive for a while, and then be silent for ever.
      if (channel.read) schedule();
    }
  };
  const schedule = (): void => {
    if (signal.aborted) return;
    const now = clock.monotonicMs();
    due += group.intervalMs;
    if (due < now) due += Math.ceil((now - due) / group.intervalMs) * group.intervalMs;
    cancel = timers.after(due - now, turn);
  };
  signal.addEventListener("abort", () => cancel(), { once: true });
  cancel = timers.after(offsetMs, turn);
}
