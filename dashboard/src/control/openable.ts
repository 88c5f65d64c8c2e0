import type { CommandOffer } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";

/** What lacks nothing but a fresh second factor is opened all the same: its dialog asks for the code. */
export function openable(offer: CommandOffer): CommandOffer {
  const lacksCode = offer.causes.length > 0 && offer.causes.every(({ cause }) => cause === "second-factor-missing");
  return lacksCode && session.user?.factor.enrolled ? { ...offer, allowed: true, causes: [] } : offer;
}
