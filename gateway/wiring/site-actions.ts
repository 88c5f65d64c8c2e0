import { hostname } from "node:os";
import { createPasswords } from "../auth/passwords.ts";
import { createSecrets } from "../auth/secrets.ts";
import type { Place } from "../cli/actions.ts";
import type { NewKiosk, SiteActions } from "../cli/site-actions.ts";
import { loadPlant } from "../config/load.ts";
import { didYouMean } from "../core/closest.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import { AuditDesk } from "../services/audit.ts";
import {
  addKioskLocally,
  cutOffLocally,
  islandsLocally,
  kiosksLocally,
  type LocalSiteSettings,
  liftLocally,
  lockOutLocally,
  lockOutsLocally,
  reconnectLocally,
  removeKioskLocally,
  setPinLocally,
} from "../services/site/local-site.ts";
import { dataPaths } from "../stores/folder/data-folder.ts";
import { createRecords } from "../stores/records/records.ts";
import { assertDataFolder } from "./folder-lock.ts";
import { installationKeyOf } from "./installation-key.ts";

/** On the records, beside a running gateway or without one. */
export function siteActions(log: Log): SiteActions {
  const on = <Result>(place: Place, use: (settings: LocalSiteSettings) => Promise<Result>): Promise<Result> =>
    onSite(place, log, use);
  return {
    async islandOn(place, equipment) {
      if (equipment !== undefined) await assertEquipment(place, equipment);
      await on(place, (site) => cutOffLocally(site, equipment));
    },
    islandOff: (place, equipment) => on(place, (site) => reconnectLocally(site, equipment)),
    islands: (place) => on(place, islandsLocally),
    async addLockOut(place, lockOut) {
      await assertEquipment(place, lockOut.equipment);
      return on(place, (site) => lockOutLocally(site, lockOut));
    },
    lockOuts: (place) => on(place, lockOutsLocally),
    removeLockOut: (place, id, person) => on(place, (site) => liftLocally(site, id, person)),
    async addKiosk(place, kiosk) {
      await assertEquipment(place, kiosk.equipment);
      const base = await addressFor(place, kiosk);
      const { kiosk: added, secret } = await on(place, (site) => addKioskLocally(site, kiosk));
      return { kiosk: added, link: `${base}/#/kiosk?secret=${secret}` };
    },
    kiosks: (place) => on(place, kiosksLocally),
    removeKiosk: (place, id) => on(place, (site) => removeKioskLocally(site, id)),
    setPin: (place, name, pin) => on(place, (site) => setPinLocally(site, name, pin)),
  };
}

async function onSite<Result>(
  place: Place,
  log: Log,
  use: (settings: LocalSiteSettings) => Promise<Result>,
): Promise<Result> {
  assertDataFolder(place.data);
  const { records: file } = dataPaths(place.data);
  const records = await createRecords({ file, log });
  const audit = new AuditDesk({ store: records.audit, clock, timers, log });
  try {
    return await use({
      site: records.site,
      people: records.people,
      audit,
      passwords: createPasswords({ siteNames: [] }),
      secrets: createSecrets(installationKeyOf(place, log)),
      clock,
    });
  } finally {
    await audit.close();
    await records.close();
  }
}

/** A configuration that is being mended must not keep anybody from locking a machine out. @throws PlanciaError request/not-found. */
async function assertEquipment(place: Place, equipment: string): Promise<void> {
  const plant = await plantIf(place);
  if (!plant || plant.equipment.some(({ id }) => id === equipment)) return;
  const ids = plant.equipment.map(({ id }) => id);
  throw new PlanciaError("request/not-found", `there is no equipment ${equipment}${didYouMean(equipment, ids)}`);
}

/** Past any proxy: a kiosk is refused through one. @throws PlanciaError request/invalid. */
async function addressFor(place: Place, { url }: NewKiosk): Promise<string> {
  if (url !== undefined) return url.replace(/\/+(#.*)?$/, "");
  const plant = await plantIf(place);
  if (!plant || plant.server.port === 0) {
    const detail = "the configuration does not say how a device reaches the gateway; give --url http://ADDRESS:PORT";
    throw new PlanciaError("request/invalid", detail);
  }
  const { host, port, tls, publicUrl } = plant.server;
  const secure = tls.mode === "files" || tls.mode === "own";
  if (secure && publicUrl !== undefined) return publicUrl.replace(/\/+$/, "");
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? hostname() : host.includes(":") ? `[${host}]` : host;
  return `${secure ? "https" : "http"}://${name}:${port}`;
}

async function plantIf(place: Place): Promise<Plant | undefined> {
  const loaded = await loadPlant(place.config, { environment: process.env, compile, missingSecrets: "warning" });
  return loaded.ok ? loaded.plant : undefined;
}
