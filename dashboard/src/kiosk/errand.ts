import type { KioskView } from "../api/wire.ts";

/** What somebody at the machine is about to do with a PIN. */
export type Errand =
  | { readonly kind: "confirm" }
  | { readonly kind: "lock-out" }
  | { readonly kind: "lift"; readonly lockOut: KioskView["lockOuts"][number] }
  | { readonly kind: "island"; readonly on: boolean };

/** Where it goes, and what goes along beside name and PIN. */
export function requestOf(errand: Errand, reason: string): { readonly path: string; readonly more: object } {
  switch (errand.kind) {
    case "confirm":
      return { path: "/confirm", more: {} };
    case "lock-out":
      return { path: "/lock-out", more: reason.trim() === "" ? {} : { reason: reason.trim() } };
    case "lift":
      return { path: "/lock-out/lift", more: { id: errand.lockOut.id } };
    case "island":
      return { path: "/island", more: { on: errand.on } };
  }
}
