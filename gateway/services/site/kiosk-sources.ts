import type { Clock } from "../../core/clock.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import type { Holding } from "../../core/control/lease.ts";
import type { Selection } from "../control/selections.ts";
import type { ControlNow, PendingCommand } from "./kiosks.ts";

/** R20: what of the selected commands waits for somebody at the machine. */
export function pendingFrom(
  selections: readonly Selection[],
  recordOf: (id: string) => CommandRecord | undefined,
): readonly PendingCommand[] {
  return selections.flatMap(({ id, caller, order, approval }) => {
    const { command, permit } = order;
    if (permit?.kind !== "attendant" || !command) return [];
    const record = recordOf(id);
    const until = record?.state === "PENDING_APPROVAL" ? record.approveBefore : record?.operateBefore;
    const { name, consequence } = command;
    return [{ id, command: name, user: caller.name, consequence, approval: approval === "missing", until }];
  });
}

/** R40: who has control, and since when by the clock on the wall. */
export function controlFrom(holding: Holding | undefined, clock: Clock): ControlNow {
  if (!holding) return { holder: undefined, since: undefined };
  const since = clock.wallMs() - (clock.monotonicMs() - holding.sinceMs);
  return { holder: holding.party.caller.name, since };
}
