import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { Place } from "../cli/actions.ts";
import type { RestoredData } from "../cli/data-actions.ts";
import { writeWhole } from "../cli/whole-file.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { everywhere } from "../core/site/island.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { auditEntry } from "../services/audit.ts";
import type { Manifest } from "../stores/backup/manifest.ts";
import { contentsOf, type Restored, restoreBackup } from "../stores/backup/restore.ts";
import { dataPaths, openDataFolder } from "../stores/folder/data-folder.ts";
import { createRecords } from "../stores/records/records.ts";
import { isKeyGiven } from "./installation-key.ts";

const recordsName = "records.db";

/** @throws PlanciaError request/*, start/in-use, start/damaged, store/unavailable. */
export async function restore(place: Place, file: string, into: "empty" | "any", log: Log): Promise<RestoredData> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new PlanciaError("request/not-found", `there is no backup ${file}`);
  if (into === "empty" && (await contentsOf(place.data)).length > 0) {
    const detail = `the data folder ${place.data} is not empty; --force moves what is there aside`;
    throw new PlanciaError("request/conflict", detail);
  }
  const folder = openDataFolder(place.data);
  try {
    const restored = await restoreBackup({
      file,
      dataFolder: folder.path,
      nowMs: clock.wallMs(),
      needed: recordsName,
      prepare: (unpacked, manifest) => settleRecords(unpacked, manifest, log),
    });
    const { manifest, aside } = restored;
    const { createdAt, version, gateway, files } = manifest;
    const configuration = await placeConfiguration(place, restored.configuration);
    const beside = await placeBeside(place, configuration?.state, restored.beside);
    return { createdAt, version, gateway, files, aside, configuration, beside, key: keyIn(place) };
  } finally {
    folder.release();
  }
}

function keyIn(place: Place): RestoredData["key"] {
  if (isKeyGiven(place)) return "given";
  return existsSync(dataPaths(place.data).keys) ? "own" : "new";
}

/**
 * Whoever was signed in when the backup was made may have signed out since, or have been turned out:
 * nobody is signed in by a restore, and no kiosk enrolled. Nor does the backup know which machines were
 * locked out or cut off since (R18, R21), so that all are cut off until somebody on the box has looked.
 * That these records can be opened and written is tried by it.
 */
async function settleRecords(unpacked: string, { createdAt, version }: Manifest, log: Log): Promise<void> {
  const records = await createRecords({ file: join(unpacked, recordsName), log });
  try {
    for (const { id } of await records.people.listUsers()) await records.people.endSignInsOf(id);
    for (const { id } of (await records.site.snapshot()).kiosks) await records.site.removeKiosk(id);
    await records.site.putIsland({ equipment: everywhere, who: "system:restore", since: clock.wallMs() });
    await records.audit.append(
      auditEntry({
        at: clock.wallMs(),
        class: "administration",
        action: "backup.restored",
        who: "system:command-line",
        address: "local",
        detail: { createdAt, version },
      }),
    );
  } finally {
    await records.close();
  }
}

/** A configuration that is there is never overwritten: it may have been mended since. */
async function placeConfiguration(
  { config, data }: Place,
  found: Restored["configuration"],
): Promise<RestoredData["configuration"]> {
  if (found === undefined) return undefined;
  const { content } = found;
  if (existsSync(config) && readFileSync(config).equals(content)) return { file: config, state: "same" };
  try {
    await writeWhole(config, Readable.from([content]), "refuse");
    return { file: config, state: "written" };
  } catch {
    // There is another one, or no such folder: the data has its own place for it.
    const beside = join(data, "configuration-of-backup.yaml");
    await writeFile(beside, content, { mode: 0o600, flush: true });
    return { file: beside, state: "differs" };
  }
}

/** Templates and tables, too, are never overwritten; where the configuration is another one, they lie beside the data. */
async function placeBeside(
  { config, data }: Place,
  state: "written" | "same" | "differs" | undefined,
  found: Restored["beside"],
): Promise<RestoredData["beside"]> {
  const placed: { path: string; file: string; state: "written" | "differs" }[] = [];
  for (const { path, content } of found) {
    const file = join(dirname(config), path);
    if (state !== "differs" && (await written(file, content))) placed.push({ path, file, state: "written" });
    else {
      const aside = join(data, "beside-configuration-of-backup", path);
      await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
      await writeFile(aside, content, { mode: 0o600, flush: true });
      placed.push({ path, file: aside, state: "differs" });
    }
  }
  return placed;
}

/** False where another one lies there, or nothing can be written. */
async function written(file: string, content: Buffer): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true });
    // All of it or nothing: half a table would be a valid one.
    await writeWhole(file, Readable.from([content]), "refuse");
    return true;
  } catch {
    // The same one that lies there is as good as written.
    return statSync(file, { throwIfNoEntry: false })?.isFile() === true && readFileSync(file).equals(content);
  }
}
