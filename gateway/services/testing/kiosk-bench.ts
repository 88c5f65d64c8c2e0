import type { Role } from "../../core/access/policy.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock, Timers } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import type { PinBackOff } from "../../core/site-port.ts";
import { Conditions } from "../control/conditions.ts";
import { KioskDesk } from "../site/kiosk-desk.ts";
import type { ControlNow, Kiosk, PendingCommand } from "../site/kiosks.ts";
import { SiteDesk } from "../site/site-desk.ts";
import type { Bookings, Commands, EquipmentReading, LiveValues } from "../use-cases.ts";
import { smallCompiler } from "./control-bench.ts";
import { MemorySite } from "./memory-site.ts";
import { countedSecrets, plainPasswords } from "./people-bench.ts";

export interface KioskParts {
  readonly plant: Plant;
  readonly values: LiveValues;
  readonly equipment: EquipmentReading;
  readonly commands: Commands;
  readonly bookings: Pick<Bookings, "list">;
  readonly audit: AuditWriter;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Three wrong PINs a kiosk, then 7 s, until the right one. */
export function threePins(): PinBackOff {
  const tries = new Map<string, number>();
  return {
    attempt(kiosk) {
      const count = (tries.get(kiosk) ?? 0) + 1;
      if (count > 3) return 7;
      tries.set(kiosk, count);
      return undefined;
    },
    succeeded: (kiosk) => void tries.delete(kiosk),
  };
}

/** The real services of the site and its kiosks, over records in memory. */
export class KioskBench {
  readonly store = new MemorySite();
  readonly site: SiteDesk;
  readonly desk: KioskDesk;
  readonly pending: PendingCommand[] = [];
  /** User ids of accounts that are outside their times. */
  readonly outside = new Set<string>();
  control: ControlNow = { holder: undefined, since: undefined };
  readonly #clock: Clock;

  constructor(parts: KioskParts) {
    const { plant, clock } = parts;
    this.#clock = clock;
    const conditions = new Conditions(plant, smallCompiler);
    const shared = { ...parts, store: this.store, log: silentLog };
    this.site = new SiteDesk({
      ...shared,
      expression: (equipment, text) => conditions.expression(equipment, text),
      onRevision: () => () => undefined,
      inForce: (userId) => !this.outside.has(userId),
    });
    this.desk = new KioskDesk({
      ...shared,
      site: this.site,
      secrets: countedSecrets,
      pins: plainPasswords,
      backOff: threePins(),
      sources: { pending: () => this.pending, control: () => this.control },
    });
  }

  /** Somebody with a PIN. */
  put(name: string, pin: string, role: Role = "operator", equipment: readonly string[] = ["*"]): void {
    this.store.people.set(`u-${name}`, { userId: `u-${name}`, name, role, equipment });
    this.store.pins.set(`u-${name}`, `plain ${pin}`);
  }

  /** A device as the command line adds it; gives the secret of its link. */
  async add(name: string, equipment = "press"): Promise<string> {
    const secret = countedSecrets.random();
    const kiosk = { id: `k-${name}`, name, equipment, createdAt: 0, enrolledAt: undefined, keyHash: undefined };
    await this.store.addKiosk(kiosk, { hash: countedSecrets.hash(secret), until: this.#clock.wallMs() + 900_000 });
    return secret;
  }

  async enrolled(name = "panel", equipment = "press"): Promise<{ readonly key: string; readonly kiosk: Kiosk }> {
    return this.desk.enrol(await this.add(name, equipment), { address: "127.0.0.1", userAgent: "" });
  }
}
