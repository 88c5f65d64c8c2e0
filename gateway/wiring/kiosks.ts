import { KioskBackOff } from "../auth/kiosk-backoff.ts";
import { createPasswords } from "../auth/passwords.ts";
import type { Secrets } from "../core/access/credentials-port.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { KioskDesk } from "../services/site/kiosk-desk.ts";
import { controlFrom, pendingFrom } from "../services/site/kiosk-sources.ts";
import type { Bookings, EquipmentReading } from "../services/use-cases.ts";
import type { Records } from "../stores/records/records.ts";
import type { OpenedControl } from "./control.ts";

export interface KioskParts extends OpenedControl {
  readonly records: Records;
  readonly secrets: Secrets;
  readonly equipment: EquipmentReading;
  readonly bookings: Bookings;
}

/** The devices at the machines. PINs are hashed behind a gate of their own, so that no flood of log-ins holds them up (S9). */
export function openKiosks(parts: KioskParts): KioskDesk {
  const { desk, site, control, commands, records, secrets, equipment, bookings } = parts;
  const { plant, audit, book, log } = desk;
  return new KioskDesk({
    ...{ plant, site, audit, secrets, equipment, commands, bookings, clock, log },
    store: records.site,
    pins: createPasswords({ siteNames: [] }),
    backOff: new KioskBackOff(clock),
    sources: {
      pending: (machine) => pendingFrom(commands.pending(machine), (id) => book.get(id)),
      control: (machine) => controlFrom(control.leases.holder(machine), clock),
    },
  });
}
