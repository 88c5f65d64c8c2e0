import type { Text } from "../text.ts";
import type { LeaseEnd } from "./lease.ts";

/** Why control ended, as half a sentence. */
export const leaseEndWords: Readonly<Record<LeaseEnd | "unanswered", Text>> = {
  "sign-in-ended": { en: "the sign-in ended", it: "l’accesso è terminato" },
  "right-lost": { en: "the right to have it was taken back", it: "il diritto di averlo è stato tolto" },
  "booking-ended": { en: "the booking ended", it: "la prenotazione è terminata" },
  "local-control": { en: "the key was turned to LOCAL", it: "la chiave è stata girata su LOCAL" },
  "key-unreadable": { en: "the key could not be read", it: "la chiave non si poteva leggere" },
  "locked-out": { en: "it was locked out at the machine", it: "è stata bloccata alla macchina" },
  island: { en: "remote control was cut at the site", it: "il comando remoto è stato isolato sul posto" },
  "device-lock-lost": { en: "the device's own lock was lost", it: "il blocco del dispositivo è andato perso" },
  "chain-unseen": {
    en: "the emergency-stop chain could not be read",
    it: "la catena di emergenza non si poteva leggere",
  },
  unanswered: { en: "nobody answered", it: "nessuno ha risposto" },
};
