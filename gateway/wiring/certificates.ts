import { readFile } from "node:fs/promises";
import type { Place } from "../cli/actions.ts";
import type { DeviceActions } from "../cli/device-actions.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Timers } from "../core/clock.ts";
import type { CertificateEntry } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { drivers } from "../drivers/registry.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { auditEntry } from "../services/audit.ts";
import { CertificateJudge, type CertificateSettings, type TrustList, takenAs } from "../services/certificates.ts";
import { dataPaths, makeFolder } from "../stores/folder/data-folder.ts";
import { createRecords } from "../stores/records/records.ts";

type CertificateActions = Pick<
  DeviceActions,
  "certificates" | "ownCertificates" | "trust" | "reject" | "trustFile" | "revocations" | "addRevocations" | "changeOwn"
>;

/** The trust lists of all drivers that have one, on the data folder, whether a gateway runs on it or not. */
export function certificateActions(log: Log): CertificateActions {
  return {
    async certificates(place) {
      const lists = await trustLists(place.data);
      return (await Promise.all(lists.map(({ desk, folder }) => desk.list(folder)))).flat();
    },
    async ownCertificates(place) {
      makeFolder(place.data);
      return Promise.all(
        (await trustLists(place.data)).map(async ({ driver, desk, folder }) => {
          return { driver, ...(await desk.own(folder)) };
        }),
      );
    },
    async changeOwn(place, to) {
      return onRecord(place, log, async (audit) => {
        const [list] = await trustLists(place.data);
        if (!list) throw noLists();
        const { driver, desk, folder } = list;
        await audit.append(
          administration(to === "new" ? "certificate.own-renewed" : "certificate.own-kept", driver, {}),
        );
        const now = clock.wallMs();
        return { driver, ...(await (to === "new" ? desk.renewOwn(folder, now) : desk.goBackToOwn(folder, now))) };
      });
    },
    trust: (place, which) =>
      audited(place, "certificate.trusted", log, {
        find: ({ desk, folder }) => desk.find(folder, which, "trusted"),
        decide: ({ desk, folder }, fingerprint) => desk.trust(folder, fingerprint),
      }),
    reject: (place, which) =>
      audited(place, "certificate.rejected", log, {
        find: ({ desk, folder }) => desk.find(folder, which, "rejected"),
        decide: ({ desk, folder }, fingerprint) => desk.reject(folder, fingerprint),
      }),
    async trustFile(place, file, role) {
      const pem = asPem(await contentOf(file));
      return audited(place, takenAs[role], log, {
        find: async ({ desk }) => ({ ...desk.read(pem), devices: [] }),
        decide: ({ desk, folder }) => desk.add(folder, pem, role),
      });
    },
    async revocations(place) {
      const lists = await trustLists(place.data);
      return (await Promise.all(lists.map(({ desk, folder }) => desk.revocations(folder)))).flat();
    },
    async addRevocations(place, file) {
      const content = await contentOf(file);
      return onRecord(place, log, async (audit) => {
        const [list] = await trustLists(place.data);
        if (!list) throw noLists();
        const { fingerprint, issuer, entries } = list.desk.readRevocations(content);
        await audit.append(administration("certificate.revocation-list", fingerprint, { issuer, entries }));
        return list.desk.addRevocations(list.folder, content, clock.wallMs());
      });
    },
  };
}

async function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new PlanciaError("request/not-found", `${file} cannot be read`, { cause });
  });
}

/** As it is, or wrapped where it is DER. */
function asPem(content: Buffer): string {
  const text = content.toString("latin1");
  if (text.includes("-----BEGIN") || content[0] !== 0x30) return text;
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

interface JudgeParts extends Pick<CertificateSettings, "devices" | "gate" | "audit"> {
  readonly renewBeforeMs: number | undefined;
  readonly folder: { readonly path: string };
  readonly timers: Timers;
  readonly log: Log;
  readonly opened: { add(close: () => void): void };
}

/** How often it is looked whether the command line decided something, ms. */
const followEveryMs = 5_000;
/** How often the own certificate's end is looked at, ms. */
const renewEveryMs = 3_600_000;
const usualRenewalMs = 30 * 86_400_000;

/** The trust lists as the API has them. */
export function certificatesOf({ folder, timers, log, opened, ...rest }: JudgeParts): CertificateJudge {
  const judge = new CertificateJudge({
    ...{ ...rest, renewBeforeMs: rest.renewBeforeMs ?? usualRenewalMs, lists: () => trustLists(folder.path), clock },
    warn: (words) => log.warn({}, words),
  });
  const renew = () =>
    judge.renewDue().catch((error) => log.error({ err: error }, "the own certificate is not renewed"));
  void renew();
  opened.add(timers.every(renewEveryMs, () => void renew()));
  const look = () => judge.follow().catch((error) => log.error({ err: error }, "the trust lists cannot be read"));
  void look();
  opened.add(timers.every(followEveryMs, () => void look()));
  return judge;
}

async function trustLists(dataFolder: string): Promise<readonly TrustList[]> {
  const found: TrustList[] = [];
  for (const { name, certificates } of drivers) {
    const desk = await certificates?.();
    if (desk) found.push({ driver: name, desk, folder: dataPaths(dataFolder).driver(name) });
  }
  return found;
}

/** What is decided on, and the decision. */
interface Decision {
  find(list: TrustList): Promise<Pick<CertificateEntry, "fingerprint" | "subject" | "devices">>;
  decide(list: TrustList, fingerprint: string): Promise<CertificateEntry>;
}

/** By the first list that knows of it. On the record before it is decided: where that cannot be written, nobody is trusted. */
async function audited(place: Place, action: string, log: Log, { find, decide }: Decision): Promise<CertificateEntry> {
  return onRecord(place, log, async (audit) => {
    let unknown: unknown = noLists();
    for (const list of await trustLists(place.data)) {
      const found = await find(list).catch((error: unknown) => {
        if (!(error instanceof PlanciaError) || error.code !== "request/not-found") throw error;
        unknown = error;
      });
      if (!found) continue;
      const { fingerprint, subject, devices } = found;
      await audit.append(administration(action, fingerprint, { subject, devices }));
      return await decide(list, fingerprint);
    }
    throw unknown;
  });
}

async function onRecord<T>(
  place: Place,
  log: Log,
  work: (audit: Pick<AuditWriter, "append">) => Promise<T>,
): Promise<T> {
  makeFolder(place.data);
  const records = await createRecords({ file: dataPaths(place.data).records, log });
  try {
    return await work(records.audit);
  } finally {
    await records.close();
  }
}

function noLists(): PlanciaError {
  return new PlanciaError("request/not-found", "no driver here has certificates");
}

function administration(action: string, target: string, detail: Readonly<Record<string, unknown>>) {
  const who = { who: "system:command-line", address: "local" };
  return auditEntry({ at: clock.wallMs(), class: "administration", action, ...who, target, detail });
}
