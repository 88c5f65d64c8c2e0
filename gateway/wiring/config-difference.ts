import type { Finding, Place } from "../cli/actions.ts";
import type { ConfigDifference } from "../cli/config-actions.ts";
import { loadPlant } from "../config/load.ts";
import { canonicalJson } from "../core/audit/canonical.ts";
import { configurationDifference } from "../core/configuration/difference.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { compile } from "../expressions/compile.ts";
import { dataPaths } from "../stores/folder/data-folder.ts";
import { createRecords } from "../stores/records/records.ts";
import { assertDataFolder } from "./folder-lock.ts";
import { plainPlant } from "./plain-plant.ts";
import { secretsOpener } from "./sealed-secrets.ts";

/** Loaded in the environment of the command line: what the gateway's own sets (`PLANCIA__…`) shows as a difference. */
export async function differenceOf(
  place: Place,
  file: string | undefined,
  against: string | undefined,
  log: Log,
): Promise<ConfigDifference> {
  const after = await plainOf(file ?? place.config, place);
  if (!after.ok) return after;
  if (against === undefined) {
    const before = await lastStarted(place, log);
    return { ok: true, against: "the gateway's last start", parts: configurationDifference(before, after.plain) };
  }
  const before = await plainOf(against, place);
  return before.ok ? { ok: true, against, parts: configurationDifference(before.plain, after.plain) } : before;
}

type Plainly =
  | { readonly ok: true; readonly plain: unknown }
  | { readonly ok: false; readonly problems: readonly Finding[] };

async function plainOf(file: string, place: Place): Promise<Plainly> {
  const context = { environment: process.env, compile, openSecret: secretsOpener(place) };
  const loaded = await loadPlant(file, { ...context, missingSecrets: "warning" });
  return loaded.ok ? { ok: true, plain: JSON.parse(canonicalJson(plainPlant(loaded.plant))) } : loaded;
}

/** @throws PlanciaError request/not-found where none was started. */
async function lastStarted(place: Place, log: Log): Promise<unknown> {
  assertDataFolder(place.data);
  const records = await createRecords({ file: dataPaths(place.data).records, log });
  try {
    const last = await records.installation.lastConfiguration();
    if (last !== undefined) return JSON.parse(last);
  } finally {
    await records.close();
  }
  throw new PlanciaError("request/not-found", "no gateway was started on this data folder yet; --against names a file");
}
