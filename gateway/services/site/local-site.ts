import type { Passwords, Secrets } from "../../core/access/credentials-port.ts";
import { localAccount } from "../../core/access/local-account.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { AuditEntry, PeopleStore } from "../../core/records-port.ts";
import { checkPin, mayHavePin } from "../../core/site/attendant.ts";
import { everywhere, type IslandSwitch, islandsOf } from "../../core/site/island.ts";
import { checkLockOut, checkRoom, type LockOutRecord, samePerson } from "../../core/site/lock-out.ts";
import type { KioskRecord, SiteStore } from "../../core/site-port.ts";
import { type AuditDesk, auditEntry } from "../audit.ts";
import { isLinkOpen, kioskLinkHoldsMs, mostKioskLinks } from "./kiosks.ts";
import { shortId } from "./short-id.ts";

/**
 * What the command line sets at the site, on the data folder, whether the gateway runs or not: a running
 * one notices within 1 s. Whoever may write there needs no sign-in and no PIN.
 */
export interface LocalSiteSettings {
  readonly site: SiteStore;
  readonly people: Pick<PeopleStore, "findUserByName">;
  readonly audit: Pick<AuditDesk, "append">;
  readonly passwords: Pick<Passwords, "hash">;
  readonly secrets: Pick<Secrets, "random" | "hash">;
  readonly clock: Clock;
}

const mostKiosks = 500;
const longestName = 100;

/** `plancia island on`: cut off first, then recorded. @param equipment undefined: the whole site. */
export async function cutOffLocally(settings: LocalSiteSettings, equipment: string | undefined): Promise<void> {
  const { site, clock } = settings;
  const island = { equipment: equipment ?? everywhere, who: localAccount.name, since: clock.wallMs() };
  await site.putIsland(island);
  await record(settings, { action: "site.island-on", equipment });
}

/**
 * `plancia island off`: takes back this switch alone, and gives what still cuts machines off.
 * @throws PlanciaError request/not-found where it was not cut off.
 */
export async function reconnectLocally(
  settings: LocalSiteSettings,
  equipment: string | undefined,
): Promise<readonly IslandSwitch[]> {
  const { site } = settings;
  const wanted = equipment ?? everywhere;
  const { islands } = await site.snapshot();
  if (!islands.some((each) => each.equipment === wanted)) throw notCutOff(equipment, islands);
  await record(settings, { action: "site.island-off", equipment });
  await site.removeIsland(wanted);
  const left = (await site.snapshot()).islands;
  return equipment === undefined ? left : islandsOf(left, equipment);
}

export async function islandsLocally({ site }: LocalSiteSettings): Promise<readonly IslandSwitch[]> {
  return (await site.snapshot()).islands;
}

/**
 * `plancia lock-out add`. Somebody without an account may have one too; it is lifted here alone.
 * @throws PlanciaError request/invalid, request/conflict.
 */
export async function lockOutLocally(
  settings: LocalSiteSettings,
  input: { readonly equipment: string; readonly person: string; readonly reason: string | undefined },
): Promise<LockOutRecord> {
  const { site, people, clock } = settings;
  checkLockOut(input);
  const user = await people.findUserByName(input.person);
  const lockOut: LockOutRecord = {
    id: shortId(),
    equipment: input.equipment,
    userId: user?.id,
    person: user?.name ?? input.person.trim(),
    reason: input.reason,
    since: clock.wallMs(),
  };
  checkRoom(await lockOutsOn(settings, input.equipment), lockOut);
  await site.putLockOut(lockOut);
  const { id, equipment, person, reason } = lockOut;
  await record(settings, { action: "site.locked-out", equipment, detail: { person, lockOut: id, reason } });
  return lockOut;
}

export async function lockOutsLocally({ site }: LocalSiteSettings): Promise<readonly LockOutRecord[]> {
  return (await site.snapshot()).lockOuts;
}

/**
 * `plancia lock-out remove`: whose lock it is has to be said, so that nobody lifts another one by a slip.
 * @throws PlanciaError request/not-found, auth/forbidden.
 */
export async function liftLocally(settings: LocalSiteSettings, id: string, person: string): Promise<LockOutRecord> {
  const { site } = settings;
  const found = (await site.snapshot()).lockOuts.find((each) => each.id === id);
  if (!found) throw new PlanciaError("request/not-found", `there is no lock-out ${id}; see: plancia lock-out list`);
  if (!samePerson(found.person, person))
    throw new PlanciaError("auth/forbidden", `lock-out ${id} is ${found.person}'s, not ${person}'s; it stays`);
  const { equipment } = found;
  const detail = { person: found.person, lockOut: id };
  await record(settings, { action: "site.lock-out-lifted", equipment, detail });
  await site.removeLockOut(id);
  return found;
}

/**
 * `plancia kiosk add`: a device for one machine, and the secret of its one-time link.
 * @throws PlanciaError request/invalid, request/conflict.
 */
export async function addKioskLocally(
  settings: LocalSiteSettings,
  input: { readonly equipment: string; readonly name: string },
): Promise<{ readonly kiosk: KioskRecord; readonly secret: string }> {
  const { site, secrets, clock } = settings;
  const name = input.name.trim();
  if (name === "" || name.length > longestName || /\p{Cc}/u.test(name))
    throw new PlanciaError("request/invalid", `a kiosk needs a name of at most ${longestName} characters`);
  const { kiosks } = await site.snapshot();
  if (kiosks.some((each) => samePerson(each.name, name)))
    throw new PlanciaError("request/conflict", `there is a kiosk ${name} already; its name stands in the audit`);
  if (kiosks.length >= mostKiosks) throw new PlanciaError("request/conflict", `there are ${mostKiosks} kiosks already`);
  const now = clock.wallMs();
  if (kiosks.filter((each) => isLinkOpen(each, now)).length >= mostKioskLinks)
    throw new PlanciaError(
      "request/conflict",
      `${mostKioskLinks} links are open already; enrol those devices first, remove them, or wait until the links end`,
    );
  const secret = secrets.random();
  const kiosk: KioskRecord = {
    id: shortId(),
    name,
    equipment: input.equipment,
    createdAt: now,
    enrolledAt: undefined,
    keyHash: undefined,
  };
  await record(settings, administration("kiosk.added", kiosk));
  await site.addKiosk(kiosk, { hash: secrets.hash(secret), until: now + kioskLinkHoldsMs });
  return { kiosk, secret };
}

export async function kiosksLocally({ site }: LocalSiteSettings): Promise<readonly KioskRecord[]> {
  return (await site.snapshot()).kiosks;
}

/** `plancia kiosk remove`: the device is nothing any more within 1 s. @throws PlanciaError request/not-found. */
export async function removeKioskLocally(settings: LocalSiteSettings, id: string): Promise<KioskRecord> {
  const removed = await settings.site.removeKiosk(id);
  if (!removed) throw new PlanciaError("request/not-found", `there is no kiosk ${id}; see: plancia kiosk list`);
  await record(settings, administration("kiosk.removed", removed));
  return removed;
}

/**
 * `plancia user pin`: for the kiosks of the machines that the person may operate.
 * @throws PlanciaError request/not-found, request/invalid (a guest or a viewer), user/pin-weak.
 */
export async function setPinLocally(settings: LocalSiteSettings, name: string, pin: string): Promise<void> {
  const { site, people, passwords, clock } = settings;
  const user = await people.findUserByName(name);
  if (!user) throw new PlanciaError("request/not-found", `There is no user ${name}; see: plancia user list`);
  if (!mayHavePin(user.role))
    throw new PlanciaError("request/invalid", `${user.name} is ${user.role}; a PIN is for operators and above`);
  checkPin(pin);
  const hash = await passwords.hash(pin);
  const entry = { action: "people.changed", target: user.name, detail: { pin: "changed" } };
  await record(settings, { ...entry, class: "administration" });
  await site.putPin(user.id, hash, clock.wallMs());
}

async function lockOutsOn({ site }: LocalSiteSettings, equipment: string): Promise<readonly LockOutRecord[]> {
  return (await site.snapshot()).lockOuts.filter((each) => each.equipment === equipment);
}

function administration(action: string, { id, name, equipment }: KioskRecord) {
  return { class: "administration", action, equipment, target: `kiosk:${name}`, detail: { kiosk: id } } as const;
}

function notCutOff(equipment: string | undefined, islands: readonly IslandSwitch[]): PlanciaError {
  const what = equipment ?? "the site";
  const site = islands.some((each) => each.equipment === everywhere);
  const hint = site ? "; the whole site is, see: plancia island off" : "";
  return new PlanciaError("request/not-found", `${what} is not cut off by itself${hint}`);
}

async function record(
  { audit, clock }: LocalSiteSettings,
  entry: Pick<AuditEntry, "action"> & Partial<AuditEntry>,
): Promise<void> {
  const { name: who, address } = localAccount;
  await audit.append(auditEntry({ class: "intervention", result: "done", ...entry, at: clock.wallMs(), who, address }));
}
