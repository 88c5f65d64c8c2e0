import type { Secrets } from "../../core/access/credentials-port.ts";
import type { Caller } from "../../core/access/policy.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { AuditEntry } from "../../core/records-port.ts";
import { mayLift } from "../../core/site/lock-out.ts";
import type { AttendantRecord, SiteStore } from "../../core/site-port.ts";
import { auditEntry } from "../audit.ts";
import type { StopInput } from "../control/stop-requests.ts";
import type { Commands, Origin } from "../use-cases.ts";
import { KioskPicture, kioskCaller, type PictureSettings } from "./kiosk-picture.ts";
import { isLinkOpen, type Kiosk, type KioskCounts, type KioskNow, type Kiosks, type PinEntry } from "./kiosks.ts";
import { checkedPerson, type PinSettings } from "./pin-check.ts";
import { shortId } from "./short-id.ts";

export interface KioskSettings extends PictureSettings, PinSettings {
  readonly store: Pick<SiteStore, "enrolKiosk">;
  readonly secrets: Pick<Secrets, "random" | "hash">;
  readonly commands: Pick<Commands, "list" | "get" | "stop" | "cancel">;
  readonly audit: AuditWriter;
}

/**
 * The devices at the machines. What makes a machine quieter (lock-out, island, decline, stop) is done
 * first and recorded beside; what makes it livelier (confirm, lift, reconnect) is on the record before.
 */
export class KioskDesk implements Kiosks {
  readonly #with: KioskSettings;
  readonly #picture: KioskPicture;
  #enrolments = 0;
  #refused = 0;

  constructor(settings: KioskSettings) {
    this.#with = settings;
    this.#picture = new KioskPicture(settings);
  }

  authenticate(key: string): Kiosk {
    const { site, secrets, plant } = this.#with;
    const keyHash = secrets.hash(key);
    const found = site.kiosks.find((each) => each.keyHash === keyHash);
    if (!found || !plant.equipment.some(({ id }) => id === found.equipment))
      throw new PlanciaError("auth/required", "This device is not enrolled, or was removed.");
    return { id: found.id, name: found.name, equipment: found.equipment };
  }

  async enrol(secret: string, origin: Origin): Promise<{ readonly key: string; readonly kiosk: Kiosk }> {
    const { store, secrets, site, audit, clock } = this.#with;
    const key = secrets.random();
    const enrolled = await store.enrolKiosk(secrets.hash(secret), secrets.hash(key), clock.wallMs());
    if (!enrolled) {
      this.#refused++;
      const detail = "The link is used up or too old; make a new one on the box with: plancia kiosk add";
      throw new PlanciaError("auth/link-used", detail);
    }
    this.#enrolments++;
    const { id, name, equipment } = enrolled;
    const kiosk = { id, name, equipment };
    audit.note(this.#entry(kiosk, `kiosk:${name}`, "kiosk.enrolled", origin, { class: "administration" }));
    await site.refresh();
    return { key, kiosk };
  }

  counts(): KioskCounts {
    const { kiosks } = this.#with.site;
    const now = this.#with.clock.wallMs();
    return {
      enrolled: kiosks.filter(({ enrolledAt }) => enrolledAt !== undefined).length,
      openLinks: kiosks.filter((each) => isLinkOpen(each, now)).length,
      enrolments: this.#enrolments,
      refused: this.#refused,
    };
  }

  now(kiosk: Kiosk, origin: Origin): Promise<KioskNow> {
    return this.#picture.now(kiosk, origin.address);
  }

  async confirm(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<void> {
    const { name } = await this.#person(kiosk, entry, origin);
    this.#with.site.assertConfirmable(kiosk.equipment);
    await this.#onRecord(this.#entry(kiosk, name, "site.confirmed", origin), async () => {
      // Asks once more: what was set while it was recorded stands in its way.
      this.#with.site.confirm(kiosk.equipment, name);
    });
  }

  async decline(kiosk: Kiosk, command: string, origin: Origin): Promise<void> {
    const { sources, commands, audit } = this.#with;
    if (!sources.pending(kiosk.equipment).some(({ id }) => id === command))
      throw new PlanciaError("request/not-found", "No such command waits here.");
    // To decline what somebody else selected takes the right to approve it.
    await commands.cancel({ ...kioskCaller(kiosk, origin.address), role: "supervisor" }, command);
    audit.note(this.#entry(kiosk, `kiosk:${kiosk.name}`, "site.declined", origin, { detail: { command } }));
  }

  async lockOut(kiosk: Kiosk, entry: PinEntry, reason: string | undefined, origin: Origin): Promise<void> {
    const { site, clock, audit } = this.#with;
    const { name: person, userId } = await this.#person(kiosk, entry, origin);
    const id = shortId();
    const since = clock.wallMs();
    const done = site.lockOut({ id, equipment: kiosk.equipment, userId, person, reason, since });
    audit.note(this.#entry(kiosk, person, "site.locked-out", origin, { detail: { lockOut: id, reason } }));
    await done;
  }

  async lift(kiosk: Kiosk, entry: PinEntry, lockOut: string, origin: Origin): Promise<void> {
    const { site } = this.#with;
    const person = await this.#person(kiosk, entry, origin);
    const found = site.lockOuts(kiosk.equipment).find(({ id }) => id === lockOut);
    if (!found) throw new PlanciaError("request/not-found", "There is no such lock-out.");
    if (!mayLift(found, person))
      throw new PlanciaError("auth/forbidden", `Only ${found.person} lifts this lock-out, or whoever is at the box.`);
    const lifted = this.#entry(kiosk, person.name, "site.lock-out-lifted", origin, { detail: { lockOut } });
    await this.#onRecord(lifted, () => site.lift(lockOut));
  }

  async cutOff(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<void> {
    const { site, clock, audit } = this.#with;
    const { name } = await this.#person(kiosk, entry, origin);
    const done = site.cutOff({ equipment: kiosk.equipment, who: name, since: clock.wallMs() });
    audit.note(this.#entry(kiosk, name, "site.island-on", origin));
    await done;
  }

  async reconnect(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<void> {
    const { site } = this.#with;
    const { name } = await this.#person(kiosk, entry, origin);
    if (site.islands(kiosk.equipment).some(({ equipment }) => equipment !== kiosk.equipment)) {
      const detail = "The whole site was cut off on the box; there it is switched on again: plancia island off";
      throw new PlanciaError("site/not-now", detail);
    }
    const entryOff = this.#entry(kiosk, name, "site.island-off", origin);
    await this.#onRecord(entryOff, () => site.reconnect(kiosk.equipment));
  }

  stop(kiosk: Kiosk, input: StopInput, origin: Origin): Promise<CommandRecord> {
    return this.#with.commands.stop(stopCaller(kiosk, origin), kiosk.equipment, input);
  }

  stopRequest(kiosk: Kiosk, id: string, origin: Origin): Promise<CommandRecord> {
    return this.#with.commands.get(stopCaller(kiosk, origin), id);
  }

  /** On the record before it is done, and once more where it then could not be. */
  async #onRecord(entry: AuditEntry, work: () => Promise<unknown>): Promise<void> {
    const { audit, clock } = this.#with;
    await audit.append(entry);
    try {
      await work();
    } catch (error) {
      const result = error instanceof PlanciaError ? error.code : "internal";
      audit.note({ ...entry, at: clock.wallMs(), action: `${entry.action}-failed`, result });
      throw error;
    }
  }

  #person(kiosk: Kiosk, entry: PinEntry, origin: Origin): Promise<AttendantRecord> {
    return checkedPerson(this.#with, kiosk, entry, this.#with.site.attendants, origin);
  }

  #entry(
    kiosk: Kiosk,
    who: string,
    action: string,
    origin: Origin,
    more: Partial<Pick<AuditEntry, "class" | "detail">> = {},
  ): AuditEntry {
    return auditEntry({
      at: this.#with.clock.wallMs(),
      class: "intervention",
      action,
      who,
      address: origin.address,
      equipment: kiosk.equipment,
      target: `kiosk:${kiosk.name}`,
      result: "done",
      ...more,
    });
  }
}

/** Good for stop requests and their records, and for nothing else. */
function stopCaller(kiosk: Kiosk, origin: Origin): Caller {
  return { ...kioskCaller(kiosk, origin.address), scope: "stop" };
}
