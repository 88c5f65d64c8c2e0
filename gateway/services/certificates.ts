import { allows, type Caller } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import type {
  CertificateDesk,
  CertificateEntry,
  OwnCertificateEntry,
  RevocationListEntry,
} from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { FactorGate } from "./factor-gate.ts";
import { type Actor, actorOf, onRecord } from "./people.ts";

/** The trust list of one protocol. */
export interface TrustList {
  readonly driver: string;
  readonly desk: CertificateDesk;
  readonly folder: string;
}

export interface DeviceCertificate extends CertificateEntry {
  readonly driver: string;
}

export interface DeviceRevocations extends RevocationListEntry {
  readonly driver: string;
}

/** The gateway's own, which the devices must trust. */
export interface OwnCertificate extends OwnCertificateEntry {
  readonly driver: string;
  /** From then on it is renewed by itself, ms UTC. */
  readonly renewsAt: number;
}

/** Whom the gateway believes that it is the machine: read by whoever sets devices up, decided by administrators. */
export interface Certificates {
  /** Those that wait for a decision first. @throws PlanciaError auth/forbidden. */
  list(caller: Caller): Promise<readonly DeviceCertificate[]>;
  /** Makes what there is not yet. @throws PlanciaError auth/forbidden. */
  own(caller: Caller): Promise<readonly OwnCertificate[]>;
  /**
   * Renewed at once, or back to the one of before. Connections that stand go on; the next ones show it.
   * @throws PlanciaError auth/forbidden, auth/step-up-required, request/invalid, request/conflict, store/unavailable.
   */
  changeOwn(caller: Caller, driver: string, to: "new" | "before"): Promise<OwnCertificate>;
  /**
   * The devices that presented it are connected anew at once.
   * @param fingerprint all 64 digits: what was compared is what is trusted.
   * @throws PlanciaError auth/forbidden, auth/step-up-required, request/not-found, store/unavailable.
   */
  trust(caller: Caller, fingerprint: string): Promise<DeviceCertificate>;
  /** From now on it is refused; connections that stand on it are closed. @throws PlanciaError as `trust`. */
  reject(caller: Caller, fingerprint: string): Promise<DeviceCertificate>;
  /**
   * Takes one that was brought as PEM as what the caller says that it is: a device's, before it has presented it; an
   * authority's, whose word counts from now on; one that only completes chains.
   * @throws PlanciaError request/invalid.
   */
  add(caller: Caller, driver: string, pem: string, role?: CertificateEntry["role"]): Promise<DeviceCertificate>;
  /** What authorities have revoked. @throws PlanciaError auth/forbidden. */
  revocations(caller: Caller): Promise<readonly DeviceRevocations[]>;
  /**
   * A newer list of an authority that is known (PEM, or DER as base64). Connections that stand on what it revokes are closed.
   * @throws PlanciaError request/invalid: too old, of an unknown authority, wrongly signed.
   */
  addRevocations(caller: Caller, driver: string, list: string): Promise<DeviceRevocations>;
  /** When the gateway's own ones end, for the metrics; those that are not made yet are left out. */
  ends(): Promise<readonly OwnEnd[]>;
}

export interface OwnEnd {
  readonly driver: string;
  /** UTC ms. */
  readonly notAfter: number;
}

export interface CertificateSettings {
  /** So long before its end the own certificate is renewed, ms. */
  readonly renewBeforeMs: number;
  /** What somebody should look after, in words. */
  warn(words: string): void;
  lists(): Promise<readonly TrustList[]>;
  readonly devices: { again(device: string, reason: string): void };
  readonly gate: FactorGate;
  readonly audit: Pick<AuditWriter, "append" | "note">;
  readonly clock: Clock;
}

/** What stands in the audit of one that was brought. */
export const takenAs = {
  device: "certificate.trusted",
  authority: "certificate.authority-trusted",
  issuer: "certificate.issuer-stored",
} as const;
type Decided = (typeof takenAs)[keyof typeof takenAs] | "certificate.rejected";

/** What connections stand on: whether it is trusted, and what was taken back since. */
function standing({ state, against }: CertificateEntry): string {
  return against === undefined ? state : `no longer good (${against})`;
}

const order = { quarantine: 0, trusted: 1, rejected: 2 } as const;

export class CertificateJudge implements Certificates {
  readonly #with: CertificateSettings;
  /** By fingerprint, when last looked. */
  readonly #seen = new Map<string, string>();
  /** Authorities, issuers and lists, when last looked. */
  #known: string | undefined;

  constructor(settings: CertificateSettings) {
    this.#with = settings;
  }

  async list(caller: Caller): Promise<readonly DeviceCertificate[]> {
    assertMay(caller, "devices:browse");
    const all = await this.#all();
    return all.map(({ entry }) => entry).sort((a, b) => order[a.state] - order[b.state]);
  }

  async own(caller: Caller): Promise<readonly OwnCertificate[]> {
    assertMay(caller, "devices:browse");
    return Promise.all(
      (await this.#with.lists()).map(async ({ driver, desk, folder }) => this.#ownOf(driver, await desk.own(folder))),
    );
  }

  async changeOwn(caller: Caller, driver: string, to: "new" | "before"): Promise<OwnCertificate> {
    this.#mayDecide(caller, "certificate.own");
    const list = await this.#listOf(driver);
    return this.#ownOf(driver, await this.#changeOwn(list, to, actorOf(caller)));
  }

  /** Renews what ends soon. One that a person went back to stays until its end. */
  async renewDue(): Promise<void> {
    const { clock, renewBeforeMs, warn } = this.#with;
    for (const list of await this.#with.lists()) {
      const notAfter = await list.desk.ownEnds(list.folder);
      const left = (notAfter ?? Number.POSITIVE_INFINITY) - clock.wallMs();
      if (notAfter === undefined || left > renewBeforeMs) continue;
      const { kept } = await list.desk.own(list.folder);
      const day = new Date(notAfter).toISOString().slice(0, 10);
      if (kept && left > 0) {
        warn(`the gateway's own certificate (${list.driver}) ends on ${day} and is kept by hand: renew it`);
        continue;
      }
      await this.#changeOwn(list, "new", { who: "system", address: "local", signInId: "" });
      warn(
        `the gateway's own certificate (${list.driver}) was renewed before its end on ${day}: let the devices trust the new one`,
      );
    }
  }

  async ends(): Promise<readonly OwnEnd[]> {
    const all = await Promise.all(
      (await this.#with.lists()).map(async ({ driver, desk, folder }) => {
        return { driver, notAfter: await desk.ownEnds(folder) };
      }),
    );
    return all.flatMap(({ driver, notAfter }) => (notAfter === undefined ? [] : [{ driver, notAfter }]));
  }

  #ownOf(driver: string, entry: OwnCertificateEntry): OwnCertificate {
    const renewsAt = entry.kept ? entry.notAfter : entry.notAfter - this.#with.renewBeforeMs;
    return { ...entry, driver, renewsAt };
  }

  #changeOwn({ driver, desk, folder }: TrustList, to: "new" | "before", who: Actor): Promise<OwnCertificateEntry> {
    const { audit, clock } = this.#with;
    const action = to === "new" ? "certificate.own-renewed" : "certificate.own-kept";
    const now = clock.wallMs();
    return onRecord(
      { audit, clock, changed: async () => undefined },
      who,
      { action, target: driver, detail: {} },
      () => (to === "new" ? desk.renewOwn(folder, now) : desk.goBackToOwn(folder, now)),
    );
  }

  async trust(caller: Caller, fingerprint: string): Promise<DeviceCertificate> {
    this.#mayDecide(caller, "certificate.trust");
    return this.#judge(caller, fingerprint, "certificate.trusted", ({ desk, folder }, which) =>
      desk.trust(folder, which),
    );
  }

  async reject(caller: Caller, fingerprint: string): Promise<DeviceCertificate> {
    this.#mayDecide(caller, "certificate.reject");
    return this.#judge(caller, fingerprint, "certificate.rejected", ({ desk, folder }, which) =>
      desk.reject(folder, which),
    );
  }

  async add(
    caller: Caller,
    driver: string,
    pem: string,
    role: CertificateEntry["role"] = "device",
  ): Promise<DeviceCertificate> {
    this.#mayDecide(caller, "certificate.trust");
    const { desk, folder } = await this.#listOf(driver);
    const decided = await this.#decide(caller, takenAs[role], { ...desk.read(pem), devices: [] }, () =>
      desk.add(folder, pem, role),
    );
    await this.follow();
    return { ...decided, driver };
  }

  async revocations(caller: Caller): Promise<readonly DeviceRevocations[]> {
    assertMay(caller, "devices:browse");
    const lists = await this.#with.lists();
    const found = lists.map(async ({ driver, desk, folder }) =>
      (await desk.revocations(folder)).map((each) => ({ ...each, driver })),
    );
    return (await Promise.all(found)).flat();
  }

  async addRevocations(caller: Caller, driver: string, list: string): Promise<DeviceRevocations> {
    this.#mayDecide(caller, "certificate.revocations");
    const { desk, folder } = await this.#listOf(driver);
    const { audit, clock } = this.#with;
    const { fingerprint, issuer, entries } = desk.readRevocations(list);
    const entry = { action: "certificate.revocation-list", target: fingerprint, detail: { issuer, entries } };
    const added = await onRecord({ audit, clock, changed: async () => undefined }, actorOf(caller), entry, () =>
      desk.addRevocations(folder, list, clock.wallMs()),
    );
    await this.follow();
    return { ...added, driver };
  }

  async #listOf(driver: string): Promise<TrustList> {
    const list = (await this.#with.lists()).find((each) => each.driver === driver);
    if (!list) throw invalid("/driver", "a driver whose devices have certificates");
    return list;
  }

  /** What was decided since it was last looked, here or on the command line, reaches the connections. */
  async follow(): Promise<void> {
    const { devices } = this.#with;
    const all = (await this.#all()).map(({ entry }) => entry);
    for (const entry of all) {
      const before = this.#seen.get(entry.fingerprint);
      const now = standing(entry);
      this.#seen.set(entry.fingerprint, now);
      if (before === undefined || before === now) continue;
      // Whoever came in through an authority has connected on it already.
      if (entry.authority !== undefined && now === "trusted") continue;
      for (const device of entry.devices) devices.again(device, `its certificate is ${now} now`);
    }
    await this.#followAuthorities(all);
  }

  /** A new authority, issuer or list may let in who waits. */
  async #followAuthorities(all: readonly DeviceCertificate[]): Promise<void> {
    const lists = await this.#with.lists();
    const revocations = await Promise.all(lists.map(({ desk, folder }) => desk.revocations(folder)));
    const authorities = all.filter(({ role, state }) => role !== "device" && state === "trusted");
    const known = [...authorities, ...revocations.flat()].map(({ fingerprint }) => fingerprint).join();
    const before = this.#known;
    this.#known = known;
    if (before === undefined || before === known) return;
    const standing = new Set(all.filter(({ state }) => state === "trusted").flatMap(({ devices }) => devices));
    const waiting = new Set(all.filter(({ state }) => state === "quarantine").flatMap(({ devices }) => devices));
    for (const device of waiting.difference(standing)) this.#with.devices.again(device, "an authority is judged anew");
  }

  async #judge(
    caller: Caller,
    fingerprint: string,
    action: "certificate.trusted" | "certificate.rejected",
    work: (list: TrustList, fingerprint: string) => Promise<CertificateEntry>,
  ): Promise<DeviceCertificate> {
    const { list, entry } = await this.#found(fingerprint);
    this.#seen.set(entry.fingerprint, standing(entry));
    const decided = await this.#decide(caller, action, entry, () => work(list, entry.fingerprint));
    await this.follow();
    return { ...decided, driver: list.driver };
  }

  #mayDecide(caller: Caller, what: string): void {
    assertMay(caller, "devices:trust");
    this.#with.gate.assertFresh(caller, what);
  }

  async #all(): Promise<readonly { list: TrustList; entry: DeviceCertificate }[]> {
    const lists = await this.#with.lists();
    const found = lists.map(async (list) =>
      (await list.desk.list(list.folder)).map((entry) => ({ list, entry: { ...entry, driver: list.driver } })),
    );
    return (await Promise.all(found)).flat();
  }

  async #found(fingerprint: string): Promise<{ list: TrustList; entry: DeviceCertificate }> {
    const wanted = fingerprint.toLowerCase();
    const found = (await this.#all()).find(({ entry }) => entry.fingerprint === wanted);
    if (!found) throw new PlanciaError("request/not-found", "No such certificate is known");
    return found;
  }

  #decide(
    caller: Caller,
    action: Decided,
    about: Pick<CertificateEntry, "fingerprint" | "subject" | "devices">,
    work: () => Promise<CertificateEntry>,
  ): Promise<CertificateEntry> {
    const { audit, clock } = this.#with;
    const { fingerprint, subject, devices } = about;
    const entry = { action, target: fingerprint, detail: { subject, devices } };
    return onRecord({ audit, clock, changed: async () => undefined }, actorOf(caller), entry, work);
  }
}

function assertMay(caller: Caller, permission: "devices:browse" | "devices:trust"): void {
  if (!allows(caller, permission)) throw new PlanciaError("auth/forbidden", "Devices are set up by others");
}

function invalid(pointer: string, detail: string): PlanciaError {
  return new PlanciaError("request/invalid", `This should be ${detail}`, { fields: [{ pointer, detail }] });
}
