import { readFileSync, statSync } from "node:fs";
import type { ConfigActions } from "../cli/config-actions.ts";
import { sheetLimits } from "../core/configuration/tag-sheet.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { sheetReason } from "../services/tag-sheets.ts";
import { put } from "./config-versions.ts";
import { plannedSheet, tagsCsv, unreadable } from "./tag-sheets.ts";

/** Tags of the configuration as a sheet, whether a gateway runs or not: what is taken counts from the next start. */
export function sheetActions(log: Log): Pick<ConfigActions, "importTags" | "exportTags"> {
  return {
    async importTags(place, file, { dryRun, why, ...options }) {
      const planned = await plannedSheet(lying(place.config), place, sheetBytes(file), options);
      const { text, ...outcome } = planned.outcome;
      if (dryRun || text === undefined) return { ...outcome, saved: undefined };
      const saving = await put(place, text, sheetReason(planned.outcome, why), log, planned.lay);
      if (saving.ok) return { ...outcome, saved: saving.saved };
      throw new PlanciaError("request/conflict", saving.problems[0]?.message ?? "the file would not be valid");
    },
    async exportTags(place, style) {
      return tagsCsv(lying(place.config), style) ?? unreadable(place.config);
    },
  };
}

/** @throws PlanciaError request/not-found */
function lying(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  throw new PlanciaError("request/not-found", `there is no file ${file}; --config FILE names another`);
}

/** No more than is taken anyway. @throws PlanciaError request/not-found, request/too-large. */
function sheetBytes(file: string): Uint8Array {
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there?.isFile()) throw new PlanciaError("request/not-found", `there is no file ${file}`);
  if (there.size > sheetLimits.bytes)
    throw new PlanciaError("request/too-large", `${file} has more than ${sheetLimits.bytes} bytes: split it`);
  return readFileSync(file);
}
