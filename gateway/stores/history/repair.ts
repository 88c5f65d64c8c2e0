import { join } from "node:path";
import { checkpoint } from "./checkpoint.ts";
import { fileName, type HistoryFile } from "./history-file.ts";
import { Mark, markName, readMark } from "./mark.ts";
import { openSound } from "./open-sound.ts";
import { guessedGone, type ReportDamage, recover } from "./recovery.ts";
import { repairChunks } from "./repair-chunks.ts";
import { headSamples } from "./rows.ts";

/**
 * Makes a history whole again: what cannot be read goes, the rest stays as it is, and Bad_DataLost
 * stands where samples were. Only while nobody else has the file open.
 * @returns what was damaged and what was done about it, in words; empty: nothing, and nothing was changed.
 * @throws PlanciaError start/read-only, start/damaged; an SQLite error of the disk.
 */
export function repairHistory(folder: string, nowMs: number): string[] {
  const path = join(folder, fileName);
  const said = new Set<string>();
  const report: ReportDamage = (text) => said.add(text);
  const file = openSound(path, nowMs, { damage: report, warn: report }, "everything");
  try {
    const marked = readMark(join(folder, markName));
    repairFile(file, marked, report);
    // The number is given again to what comes next, so that the loss is told once.
    const committed = file.readState()?.committed ?? 0;
    if (marked > committed) writeMark(join(folder, markName), committed);
  } finally {
    file.close();
  }
  return [...said];
}

function repairFile(file: HistoryFile, marked: number, report: ReportDamage): void {
  const unsound = new Set(file.readSeries().flatMap(({ id, sound }) => (sound ? [] : [id])));
  const { state, series, newOutages } = recover(file, 0, report);
  if (marked > state.committed)
    report(`commits ${state.committed + 1} to ${marked} were confirmed and are not in the file`);
  file.transaction(() => {
    for (const { series: id, sound } of file.readGone()) if (!sound) file.writeGone(guessedGone(file, id));
    for (const row of file.readHeads()) if (!isReadable(() => headSamples(row))) file.deleteHead(row.id);
    repairChunks(file, series, unsound, report);
    const outages = file.dropUnsoundOutages();
    const feeds = file.dropUnsoundPlaces();
    if (outages > 0) report(`${outages} rows of outages are dropped`);
    for (const name of feeds) report(`the place of the forwarder ${name} is dropped: it begins anew`);
    for (const outage of newOutages) file.writeOutage(outage);
  });
  checkpoint(file, series.values(), state);
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return false;
  }
}

function writeMark(path: string, committed: number): void {
  const mark = new Mark(path);
  mark.write(committed);
  mark.close();
}
