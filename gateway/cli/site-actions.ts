import type { Place } from "./actions.ts";

/** Remote control that is cut off. Times are UTC ms, as everywhere here. */
export interface Island {
  /** Equipment id; `*`: the whole site. */
  readonly equipment: string;
  readonly who: string;
  readonly since: number;
}

export interface LockOutEntry {
  readonly id: string;
  readonly equipment: string;
  readonly person: string;
  readonly reason: string | undefined;
  readonly since: number;
}

export interface KioskEntry {
  readonly id: string;
  readonly name: string;
  readonly equipment: string;
  readonly createdAt: number;
  /** undefined: its link was not opened yet. */
  readonly enrolledAt: number | undefined;
}

export interface NewKiosk {
  readonly equipment: string;
  readonly name: string;
  /** How the device reaches the gateway; undefined: as the configuration says. */
  readonly url: string | undefined;
}

/** On the data folder, whether the gateway runs or not; a running one notices within 1 s. */
export interface SiteActions {
  /** `equipment` undefined: the whole site. @throws PlanciaError request/not-found. */
  islandOn(place: Place, equipment: string | undefined): Promise<void>;
  /** Gives what is still cut off of it. @throws PlanciaError request/not-found. */
  islandOff(place: Place, equipment: string | undefined): Promise<readonly Island[]>;
  islands(place: Place): Promise<readonly Island[]>;
  /** @throws PlanciaError request/not-found, request/invalid, request/conflict. */
  addLockOut(
    place: Place,
    lockOut: { readonly equipment: string; readonly person: string; readonly reason: string | undefined },
  ): Promise<LockOutEntry>;
  lockOuts(place: Place): Promise<readonly LockOutEntry[]>;
  /** @throws PlanciaError request/not-found, auth/forbidden where it is another's. */
  removeLockOut(place: Place, id: string, person: string): Promise<LockOutEntry>;
  /** Gives the one-time link too. @throws PlanciaError request/not-found, request/invalid, request/conflict. */
  addKiosk(place: Place, kiosk: NewKiosk): Promise<{ readonly kiosk: KioskEntry; readonly link: string }>;
  kiosks(place: Place): Promise<readonly KioskEntry[]>;
  /** @throws PlanciaError request/not-found. */
  removeKiosk(place: Place, id: string): Promise<KioskEntry>;
  /** @throws PlanciaError request/not-found, request/invalid, user/pin-weak. */
  setPin(place: Place, name: string, pin: string): Promise<void>;
}
