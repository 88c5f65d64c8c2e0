import type { SheetLook } from "../../services/tag-sheets.ts";
import type { SheetLook as WireLook } from "../wire/tag-sheets.ts";
import { partsView } from "./configuration.ts";

const most = { faults: 1300, waits: 500 };

export function sheetView({ outcome, base, waits }: SheetLook): WireLook {
  const { added, changed, left, aside, bad, faults, text, parts } = outcome;
  return {
    ...{ base, added: added.length, changed: changed.length, left, aside, bad },
    ...{ faults: faults.slice(0, most.faults), takeable: text !== undefined },
    ...partsView(parts),
    waits: waits.slice(0, most.waits),
  };
}
