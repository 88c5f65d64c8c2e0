import type { CommandRecord } from "../../core/control/command.ts";
import type { IslandSwitch } from "../../core/site/island.ts";
import type { LockOutRecord } from "../../core/site/lock-out.ts";
import type { PermitObstacle } from "../../core/site/permit.ts";
import type { KioskRecord } from "../../core/site-port.ts";
import type { Text } from "../../core/text.ts";
import type { StopInput } from "../control/stop-requests.ts";
import type { EquipmentState, Origin } from "../use-cases.ts";

/** An enrolled device at one machine. */
export interface Kiosk {
  readonly id: string;
  readonly name: string;
  readonly equipment: string;
}

/** How long the one-time link of a kiosk holds, ms. */
export const kioskLinkHoldsMs = 15 * 60_000;
/** Links that may be open at a time: each of them lets in who has it. */
export const mostKioskLinks = 20;

/** A device that was added and not enrolled yet, and whose link still holds. */
export function isLinkOpen({ enrolledAt, createdAt }: Pick<KioskRecord, "enrolledAt" | "createdAt">, now: number) {
  return enrolledAt === undefined && now < createdAt + kioskLinkHoldsMs;
}

export interface KioskCounts {
  /** Devices that may show a machine. */
  readonly enrolled: number;
  /** Links that nobody has opened and that still hold. */
  readonly openLinks: number;
  /** Since the process began: links that became a device, and what was none, used up or too old. */
  readonly enrolments: number;
  readonly refused: number;
}

/** Who stands at the machine, and the proof. */
export interface PinEntry {
  readonly user: string;
  readonly pin: string;
}

/** A command that waits for somebody at the machine to confirm. */
export interface PendingCommand {
  readonly id: string;
  readonly command: Text;
  readonly user: string;
  readonly consequence: Text | undefined;
  /** Somebody else has to approve it too (R42). */
  readonly approval: boolean;
  /** UTC ms; undefined: not said yet. */
  readonly until: number | undefined;
}

/** Who has control from afar. */
export interface ControlNow {
  readonly holder: string | undefined;
  /** UTC ms. */
  readonly since: number | undefined;
}

/** What the kiosk shows that others know. All of it is asked once a second, and answers from memory. */
export interface KioskSources {
  pending(equipment: string): readonly PendingCommand[];
  control(equipment: string): ControlNow;
}

export interface Slot {
  readonly who: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The machine as its kiosk shows it. */
export interface KioskNow {
  readonly kiosk: Kiosk;
  readonly state: EquipmentState;
  readonly control: ControlNow;
  readonly pending: readonly PendingCommand[];
  /** undefined: no command waits for somebody at the machine. */
  readonly confirmation:
    | {
        readonly holdsMs: number;
        readonly given: { readonly by: string; readonly leftMs: number } | undefined;
        readonly obstacle: PermitObstacle | undefined;
      }
    | undefined;
  /** Remote control is cut off (R18). */
  readonly cut: boolean;
  /** Who cut it off, where that is known. */
  readonly islands: readonly IslandSwitch[];
  readonly lockOuts: readonly LockOutRecord[];
  /** Names for the PIN pad. */
  readonly attendants: readonly string[];
  /** Newest commands, and today's bookings; undefined: the records cannot be read. */
  readonly record:
    | {
        readonly commands: readonly CommandRecord[];
        readonly booking: Slot | undefined;
        readonly next: Slot | undefined;
      }
    | undefined;
}

/**
 * What a kiosk does. Whatever the people at the machine set or lift takes a PIN: auth/failed where it is
 * wrong or its person may not, auth/slow-down (retryAfterS) after wrong ones at this kiosk.
 */
export interface Kiosks {
  /** Out of memory. @throws PlanciaError auth/required: no such device, or removed. */
  authenticate(key: string): Kiosk;
  /** The one-time link's secret for a device key. @throws PlanciaError auth/link-used, store/unavailable. */
  enrol(secret: string, origin: Origin): Promise<{ readonly key: string; readonly kiosk: Kiosk }>;
  /** For the metrics; out of memory. */
  counts(): KioskCounts;
  now(kiosk: Kiosk, origin: Origin): Promise<KioskNow>;
  /** R20. @throws PlanciaError site/not-now. */
  confirm(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<void>;
  /** The zone is not clear: takes a pending command back, as anybody at the machine may. @throws request/not-found. */
  decline(kiosk: Kiosk, command: string, origin: Origin): Promise<void>;
  /** R21. @throws PlanciaError request/conflict, store/unavailable (it holds all the same). */
  lockOut(kiosk: Kiosk, entry: PinEntry, reason: string | undefined, origin: Origin): Promise<void>;
  /** By the same person alone. @throws PlanciaError request/not-found, auth/forbidden, store/unavailable. */
  lift(kiosk: Kiosk, entry: PinEntry, lockOut: string, origin: Origin): Promise<void>;
  /** R18. @throws PlanciaError store/unavailable (cut off it holds all the same). */
  cutOff(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<void>;
  /** @throws PlanciaError site/not-now: it was cut off on the box; store/unavailable. */
  reconnect(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<void>;
  /** R10, without PIN. */
  stop(kiosk: Kiosk, input: StopInput, origin: Origin): Promise<CommandRecord>;
  /** What became of a stop request of this kiosk. @throws request/not-found. */
  stopRequest(kiosk: Kiosk, id: string, origin: Origin): Promise<CommandRecord>;
}
