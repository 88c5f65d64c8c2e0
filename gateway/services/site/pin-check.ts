import type { Passwords } from "../../core/access/credentials-port.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import { mayAttend } from "../../core/site/attendant.ts";
import { samePerson } from "../../core/site/lock-out.ts";
import type { AttendantRecord, PinBackOff } from "../../core/site-port.ts";
import { auditEntry } from "../audit.ts";
import type { Origin } from "../use-cases.ts";
import type { Kiosk, PinEntry } from "./kiosks.ts";

export interface PinSettings {
  /** With a gate of its own: a flood of log-ins must not keep anybody at a machine waiting (S9). */
  readonly pins: Pick<Passwords, "verify">;
  readonly backOff: PinBackOff;
  readonly audit: Pick<AuditWriter, "note">;
  readonly clock: Clock;
}

/** The people who may act at this kiosk, by name. */
export function attendantsAt(kiosk: Kiosk, all: readonly AttendantRecord[]): readonly AttendantRecord[] {
  return all.filter((each) => mayAttend(each, kiosk.equipment));
}

/**
 * Who has typed the PIN. One answer for every wrong combination, in the same time.
 * @throws PlanciaError auth/failed, auth/slow-down.
 */
export async function checkedPerson(
  settings: PinSettings,
  kiosk: Kiosk,
  entry: PinEntry,
  all: readonly AttendantRecord[],
  origin: Origin,
): Promise<AttendantRecord> {
  const { pins, backOff, audit, clock } = settings;
  const waitS = backOff.attempt(kiosk.id);
  if (waitS !== undefined) throw new PlanciaError("auth/slow-down", `Try again in ${waitS} s`, { retryAfterS: waitS });
  const person = attendantsAt(kiosk, all).find((each) => samePerson(each.name, entry.user));
  const { ok } = await pins.verify(entry.pin, person?.pinHash);
  if (person !== undefined && ok) {
    backOff.succeeded(kiosk.id);
    return person;
  }
  audit.note(
    auditEntry({
      at: clock.wallMs(),
      class: "sign-in",
      action: "kiosk.pin-failed",
      who: [...entry.user].slice(0, 100).join(""),
      address: origin.address,
      equipment: kiosk.equipment,
      target: `kiosk:${kiosk.name}`,
      result: "refused",
    }),
  );
  throw new PlanciaError("auth/failed", "The name or the PIN is wrong");
}
