import type { LeaseEnd } from "./lease.ts";

/** So long a key that is not Good may keep control alive (R39), ms. */
export const keyUnreadableMs = 5_000;

/** What can end somebody's control of a machine, looked at in one moment. */
export interface LeaseEndFacts {
  /** The sign-in and its user are still good. */
  readonly signedIn: boolean;
  readonly mayTake: boolean;
  readonly guest: boolean;
  /** true REMOTE, false LOCAL, null not Good; undefined: no key declared. */
  readonly remote: boolean | null | undefined;
  /** For how long the key has not been Good. */
  readonly keyUnreadableForMs: number;
  readonly lockedOut: boolean;
  readonly island: boolean;
  /** R20: control was taken before the emergency-stop chain came into sight again after a gap. */
  readonly chainWasUnseen: boolean;
}

/** Why control ends now; what the people at the machine do comes first. undefined: it goes on. */
export function leaseEndOf(facts: LeaseEndFacts): LeaseEnd | undefined {
  if (facts.remote === false) return "local-control";
  if (facts.lockedOut) return "locked-out";
  if (facts.island) return "island";
  if (facts.chainWasUnseen) return "chain-unseen";
  if (!facts.signedIn) return "sign-in-ended";
  if (!facts.mayTake) return facts.guest ? "booking-ended" : "right-lost";
  if (facts.remote === null && facts.keyUnreadableForMs >= keyUnreadableMs) return "key-unreadable";
  return undefined;
}
