import type { Clock, Timers } from "../core/clock.ts";
import type { AuditEntry } from "../core/records-port.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";

type Audit = Pick<AuditDesk, "append" | "note">;

/** Failed sign-ins that are told one by one in a minute, whoever they are of; the others are counted. */
export const failuresTold = 60;
export const failureWindowMs = 60_000;

const bounded: ReadonlySet<string> = new Set(["sign-in.failed", "sign-in.code-asked", "token.refused"]);

/** Passes entries on, so that strangers, however many there are, cannot fill the disk with failed sign-ins. */
export function boundedFailures(audit: Audit, clock: Clock, timers: Timers): Audit {
  let told = 0;
  let left = 0;
  let open = false;
  const addresses = new Set<string>();

  const endWindow = (): void => {
    open = false;
    if (left > 0) {
      const detail = { entries: left, addresses: addresses.size };
      const entry = { at: clock.wallMs(), class: "sign-in", action: "sign-in.failed-more" } as const;
      audit.note(auditEntry({ ...entry, who: "system:sign-in", result: "refused", detail }));
    }
    told = 0;
    left = 0;
    addresses.clear();
  };

  return {
    append: (entry) => audit.append(entry),
    note(entry: AuditEntry) {
      if (!bounded.has(entry.action)) return audit.note(entry);
      if (!open) timers.after(failureWindowMs, endWindow);
      open = true;
      if (told < failuresTold) {
        told++;
        return audit.note(entry);
      }
      left++;
      if (addresses.size < 10_000) addresses.add(entry.address ?? "");
    },
  };
}
