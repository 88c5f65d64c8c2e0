import { join } from "node:path";
import { configurationSecrets, sealForConfiguration } from "../auth/configuration-seals.ts";
import { givenKey, type InstallationKey, storedInstallationKey } from "../auth/installation-key.ts";
import type { OpenSecret } from "../core/access/credentials-port.ts";
import { PlanciaError } from "../core/errors.ts";
import { dataPaths } from "../stores/folder/data-folder.ts";
import { givenBy, type KeyPlace } from "./installation-key.ts";

/** What opens the sealed secrets of a configuration here. No key is made for it. */
export function secretsOpener(place: KeyPlace): OpenSecret {
  return configurationSecrets(() => keyThatIs(place));
}

/** `${sealed:…}` for the configuration. @throws PlanciaError request/invalid, start/unsafe. */
export function sealedReference(place: KeyPlace, secret: string): string {
  const key = keyThatIs(place);
  if (key !== undefined) return `\${sealed:${sealForConfiguration(key, secret)}}`;
  const file = storedKey(place);
  const detail = `there is no key ${file} to seal with; --data or --key-file names another, and a new gateway's is made with plancia key ${file}`;
  throw new PlanciaError("start/unsafe", detail);
}

function keyThatIs(place: KeyPlace): InstallationKey | undefined {
  const given = givenBy(place.keyFile, process.env);
  return given === undefined ? storedInstallationKey(storedKey(place)) : givenKey(given);
}

function storedKey({ data }: KeyPlace): string {
  return join(dataPaths(data).keys, "installation.key");
}
