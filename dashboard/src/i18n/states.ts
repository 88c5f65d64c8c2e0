import type { Text } from "../api/wire.ts";

/** PackML state words (ISA-TR88.00.02), translated once. */
export const packmlWords: ReadonlyMap<string, Text> = new Map([
  ["Clearing", { en: "Clearing", it: "Sblocco" }],
  ["Stopped", { en: "Stopped", it: "Fermo" }],
  ["Starting", { en: "Starting", it: "Avvio" }],
  ["Idle", { en: "Idle", it: "Pronto" }],
  ["Suspended", { en: "Suspended", it: "Sospeso" }],
  ["Execute", { en: "Execute", it: "In marcia" }],
  ["Stopping", { en: "Stopping", it: "Arresto in corso" }],
  ["Aborting", { en: "Aborting", it: "Interruzione in corso" }],
  ["Aborted", { en: "Aborted", it: "Interrotto" }],
  ["Holding", { en: "Holding", it: "Attesa in corso" }],
  ["Held", { en: "Held", it: "In attesa" }],
  ["Unholding", { en: "Unholding", it: "Ripresa dall'attesa" }],
  ["Suspending", { en: "Suspending", it: "Sospensione in corso" }],
  ["Unsuspending", { en: "Unsuspending", it: "Ripresa dalla sospensione" }],
  ["Resetting", { en: "Resetting", it: "Ripristino" }],
  ["Completing", { en: "Completing", it: "Completamento" }],
  ["Complete", { en: "Complete", it: "Completato" }],
]);
