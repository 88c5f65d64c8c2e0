import type { Caller } from "../../core/access/policy.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Equipment, Plant } from "../../core/plant.ts";
import { confirmationHoldsMs } from "../../core/site/permit.ts";
import type { Bookings, Commands, EquipmentReading, NamedBooking } from "../use-cases.ts";
import type { Kiosk, KioskNow, KioskSources, Slot } from "./kiosks.ts";
import { attendantsAt } from "./pin-check.ts";
import type { SiteDesk } from "./site-desk.ts";

export interface PictureSettings {
  readonly plant: Plant;
  readonly site: SiteDesk;
  readonly sources: KioskSources;
  readonly equipment: Pick<EquipmentReading, "get">;
  readonly commands: Pick<Commands, "list">;
  readonly bookings: Pick<Bookings, "list">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The kiosk asks each second; what only the store knows is read less often, ms. */
const storeEveryMs = 2_000;
const newestCommands = 5;
const dayMs = 24 * 3_600_000;

interface Stored {
  readonly askedMs: number;
  /** Settled: what came; undefined: the store cannot be read. */
  answer: KioskNow["record"];
  asking: Promise<KioskNow["record"]> | undefined;
}

/** Who a kiosk is when it looks: it sees its one machine as somebody who works there. */
export function kioskCaller(kiosk: Kiosk, address: string): Caller {
  return {
    userId: `kiosk:${kiosk.id}`,
    name: `kiosk:${kiosk.name}`,
    role: "operator",
    equipment: [kiosk.equipment],
    signInId: `kiosk:${kiosk.id}`,
    secondFactor: false,
    scope: "full",
    slots: [],
    address,
  };
}

/** Puts together what a kiosk shows. */
export class KioskPicture {
  readonly #with: PictureSettings;
  /** By machine. */
  readonly #stored = new Map<string, Stored>();

  constructor(settings: PictureSettings) {
    this.#with = settings;
  }

  async now(kiosk: Kiosk, address: string): Promise<KioskNow> {
    const { site, sources, equipment, plant } = this.#with;
    const caller = kioskCaller(kiosk, address);
    const record = await this.#record(kiosk.equipment, caller);
    const machine = plant.equipment.find((each) => each.id === kiosk.equipment);
    return {
      kiosk,
      state: equipment.get(caller, kiosk.equipment),
      control: sources.control(kiosk.equipment),
      pending: sources.pending(kiosk.equipment),
      confirmation: machine && this.#confirmation(machine),
      cut: site.island(kiosk.equipment),
      islands: site.islands(kiosk.equipment),
      lockOuts: site.lockOuts(kiosk.equipment),
      attendants: attendantsAt(kiosk, site.attendants).map(({ name }) => name),
      record,
    };
  }

  #confirmation(machine: Equipment): KioskNow["confirmation"] {
    const { site, clock } = this.#with;
    const holdsMs = confirmationHoldsMs(machine);
    if (holdsMs === undefined) return undefined;
    const permit = site.permit(machine.id);
    const given = permit && { by: permit.by, leftMs: permit.untilMs - clock.monotonicMs() };
    return { holdsMs, given, obstacle: site.obstacle(machine.id) };
  }

  /** A store that is slow or gone must not keep anybody at the machine from the rest: what came last serves meanwhile. */
  #record(equipment: string, caller: Caller): Promise<KioskNow["record"]> | KioskNow["record"] {
    const now = this.#with.clock.monotonicMs();
    const known = this.#stored.get(equipment);
    if (known && (known.asking || now - known.askedMs < storeEveryMs)) return known.answer ?? known.asking;
    const stored: Stored = { askedMs: now, answer: known?.answer, asking: undefined };
    stored.asking = this.#ask(equipment, caller)
      .catch((error: unknown) => {
        this.#with.log.warn({ err: error, equipment }, "a kiosk cannot show what only the records know");
        return undefined;
      })
      .then((answer) => {
        stored.answer = answer;
        stored.asking = undefined;
        return answer;
      });
    this.#stored.set(equipment, stored);
    return stored.answer ?? stored.asking;
  }

  async #ask(equipment: string, caller: Caller): Promise<KioskNow["record"]> {
    const { commands, bookings, clock } = this.#with;
    const now = clock.wallMs();
    const [newest, today] = await Promise.all([
      commands.list(caller, { equipment, limit: newestCommands }),
      bookings.list(caller, { equipment, fromMs: now, toMs: now + dayMs }),
    ]);
    const confirmed = today.filter(({ state }) => state === "CONFIRMED");
    const running = confirmed.find(({ startMs }) => startMs <= now);
    const next = confirmed.find(({ startMs }) => startMs > now);
    return { commands: newest, booking: running && slotOf(running), next: next && slotOf(next) };
  }
}

function slotOf({ userName, startMs, endMs }: NamedBooking): Slot {
  return { who: userName, startMs, endMs };
}
