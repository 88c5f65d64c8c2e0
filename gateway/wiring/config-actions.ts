import { askGatewayJson } from "../api/local/client.ts";
import { waitingView } from "../api/views/changes.ts";
import type { ChangesPage } from "../api/wire/changes.ts";
import type { Place } from "../cli/actions.ts";
import type { ConfigActions, WaitingControls } from "../cli/config-actions.ts";
import { loadPlant } from "../config/load.ts";
import { localAccount } from "../core/access/local-account.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import type { AcceptanceDesk } from "../services/acceptance/acceptance.ts";
import { AuditDesk } from "../services/audit.ts";
import { createRecords } from "../stores/records/records.ts";
import { openAcceptance } from "./acceptance.ts";
import { differenceOf } from "./config-difference.ts";
import { versionActions } from "./config-versions.ts";
import { assertDataFolder, underLock } from "./folder-lock.ts";
import { secretsOpener } from "./sealed-secrets.ts";
import { sheetActions } from "./sheet-actions.ts";

export function configActions(log: Log): ConfigActions {
  return {
    async waitingControl(place) {
      const path = "/config/changes";
      const answer = await askGatewayJson<ChangesPage>(place.data, { method: "GET", path, query: [] });
      if (answer) return { items: answer.items, first: false };
      return onFolder(place, log, waitingOn);
    },
    async acceptControl(place, equipment, digest) {
      const query = [["equipment", equipment] as const, ["digest", digest] as const];
      const path = "/config/accept";
      if (await askGatewayJson<unknown>(place.data, { method: "POST", path, query })) return;
      await onFolder(place, log, async (desk) => {
        await desk.look();
        await desk.acceptOnBox(equipment, digest);
      });
    },
    ...versionActions(log),
    ...sheetActions(log),
    configDifference: (place, file, against) => differenceOf(place, file, against, log),
  };
}

async function waitingOn(desk: AcceptanceDesk): Promise<WaitingControls> {
  if (!(await desk.look())) return { items: [], first: true };
  return { items: desk.list(localAccount).map((each) => waitingView(each, localAccount)), first: false };
}

/**
 * Under the folder's lock, so that no gateway starts meanwhile. A secret that is not at hand is no
 * part of what is accepted. @throws PlanciaError start/config, start/in-use, request/not-found.
 */
async function onFolder<T>(place: Place, log: Log, use: (desk: AcceptanceDesk) => Promise<T>): Promise<T> {
  assertDataFolder(place.data);
  const loaded = await loadPlant(place.config, {
    ...{ environment: process.env, compile, missingSecrets: "warning" },
    openSecret: secretsOpener(place),
  });
  if (!loaded.ok)
    throw new PlanciaError("start/config", loaded.problems[0]?.message ?? "the configuration is not valid");
  return underLock(place.data, async (folder) => {
    const records = await createRecords({ file: folder.records, log });
    const audit = new AuditDesk({ store: records.audit, clock, timers, log });
    try {
      const moment = () => ({ kind: "no-gateway" }) as const;
      return await use(openAcceptance({ plant: loaded.plant, records, audit, log, moment }));
    } finally {
      await audit.close();
      await records.close();
    }
  });
}
