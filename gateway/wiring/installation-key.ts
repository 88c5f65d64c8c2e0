import { join } from "node:path";
import { type GivenKey, givenKey, type InstallationKey, loadInstallationKey } from "../auth/installation-key.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { dataPaths } from "../stores/folder/data-folder.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface KeyPlace {
  /** Data folder. */
  readonly data: string;
  /** Of the command line; before what the environment says. */
  readonly keyFile?: string;
}

/**
 * The installation's key: of `--key-file`, else of `PLANCIA_KEY_FILE` or `PLANCIA_KEY`, else the key file
 * of the data folder, which is made where it is missing. @throws PlanciaError start/unsafe, start/read-only.
 */
export function installationKeyOf(place: KeyPlace, log: Log, environment: Environment = process.env): InstallationKey {
  const given = givenBy(place.keyFile, environment);
  if (given !== undefined) return givenKey(given);
  return loadInstallationKey(join(dataPaths(place.data).keys, "installation.key"), log);
}

/** Whether the key is kept outside of the data folder; it is not looked at. */
export function isKeyGiven(place: KeyPlace, environment: Environment = process.env): boolean {
  return givenBy(place.keyFile, environment) !== undefined;
}

export function givenBy(
  keyFile: string | undefined,
  { PLANCIA_KEY: text, PLANCIA_KEY_FILE: file }: Environment,
): GivenKey | undefined {
  if (keyFile !== undefined) return { file: keyFile };
  if (text !== undefined && file !== undefined)
    throw new PlanciaError("start/unsafe", "PLANCIA_KEY and PLANCIA_KEY_FILE are both set: say one of them");
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}
