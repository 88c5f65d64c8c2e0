import type { Text } from "../text.ts";

/** R34: PackML states by number (ISA-TR88.00.02). */
export const packmlStates: ReadonlyMap<number, string> = new Map([
  [1, "Clearing"],
  [2, "Stopped"],
  [3, "Starting"],
  [4, "Idle"],
  [5, "Suspended"],
  [6, "Execute"],
  [7, "Stopping"],
  [8, "Aborting"],
  [9, "Aborted"],
  [10, "Holding"],
  [11, "Held"],
  [12, "Unholding"],
  [13, "Suspending"],
  [14, "Unsuspending"],
  [15, "Resetting"],
  [16, "Completing"],
  [17, "Complete"],
]);

export const packmlWords: readonly string[] = [...packmlStates.values()];

/** The Italian words, as the screens have them. */
const italian: Readonly<Record<string, string>> = {
  Clearing: "Sblocco",
  Stopped: "Fermo",
  Starting: "Avvio",
  Idle: "Pronto",
  Suspended: "Sospeso",
  Execute: "In marcia",
  Stopping: "Arresto in corso",
  Aborting: "Interruzione in corso",
  Aborted: "Interrotto",
  Holding: "Attesa in corso",
  Held: "In attesa",
  Unholding: "Ripresa dall'attesa",
  Suspending: "Sospensione in corso",
  Unsuspending: "Ripresa dalla sospensione",
  Resetting: "Ripristino",
  Completing: "Completamento",
  Complete: "Completato",
};

/** A state as a sentence names it; undefined: nobody knows it. */
export function stateText(state: string | undefined): Text {
  if (state === undefined) return { en: "unknown", it: "ignoto" };
  return { en: state, it: italian[state] ?? state };
}
