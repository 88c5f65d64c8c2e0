import { createHash } from "node:crypto";
import { type ControlSheet, parseSheet, sheetText } from "../../core/acceptance/sheet.ts";
import { type ControlChange, compareSheets, type Waiting, waitingOf } from "../../core/acceptance/widening.ts";
import type { AcceptedControl } from "../../core/acceptance-port.ts";

/** One machine's control as configured now, beside what was accepted of it. */
export interface MachineControl {
  readonly now: ControlSheet;
  readonly text: string;
  /** SHA-256 of the text, hex: what somebody accepts is exactly this. */
  readonly digest: string;
  /** undefined: nothing, or nothing that can be read. */
  readonly accepted: AcceptedControl | undefined;
  /** Every difference, narrowing too. */
  readonly changes: readonly ControlChange[];
  readonly waiting: Waiting;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A record whose digest does not fit is none: the machine is new then, and waits. */
export function machineControl(now: ControlSheet, record: AcceptedControl | undefined): MachineControl {
  const sheet = record && acceptedSheet(record);
  const text = sheetText(now);
  const changes = compareSheets(sheet, now);
  return {
    now,
    text,
    digest: sha256(text),
    accepted: sheet ? record : undefined,
    changes,
    waiting: waitingOf(changes, now),
  };
}

export function acceptedSheet({ sheet, digest, equipment }: AcceptedControl): ControlSheet | undefined {
  if (sha256(sheet) !== digest) return undefined;
  const parsed = parseSheet(sheet);
  return parsed?.equipment === equipment ? parsed : undefined;
}

/** The changes as the audit keeps them, and shows them line by line. */
export function diffOf(changes: readonly ControlChange[]): Readonly<Record<string, { from: string; to: string }>> {
  return Object.fromEntries(
    changes.map(({ target, label, from, to }) => [`${target}: ${label.en}`, { from: from.en, to: to.en }]),
  );
}
