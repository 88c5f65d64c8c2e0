import { hash } from "node:crypto";
import type { Caller } from "../core/access/policy.ts";
import { canonicalJson } from "../core/audit/canonical.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { InstallationStore } from "../core/installation-port.ts";
import type { Plant } from "../core/plant.ts";
import type { Text } from "../core/text.ts";
import { auditEntry } from "./audit.ts";

/** What people are told before they sign in. */
export interface Notice {
  /** Another text is another version. */
  readonly version: string;
  readonly text: Text;
  /** False: as delivered; somebody at the firm has to check it. */
  readonly checked: boolean;
}

export interface Notices {
  /** For everybody, also who is not signed in. */
  readonly notice: Notice;
  /** Whether the caller has read this version. */
  isRead(caller: Caller): Promise<boolean>;
  /** Puts on the record that the caller has read it; again: nothing new. @throws PlanciaError request/conflict for another version. */
  read(caller: Caller, version: string): Promise<void>;
}

const dayMs = 86_400_000;

/** With its places filled in. */
export function noticeOf({ site, security }: Pick<Plant, "site" | "security">): Notice {
  const { keep } = security.audit;
  const contact = site.notice.contact ?? site.phone ?? site.name;
  const filled = (text: string) =>
    text.replace(/\{(contact|intervention|administration|sign-in)\}/g, (_place, name: keyof typeof keep | "contact") =>
      name === "contact" ? contact : String(Math.round(keep[name] / dayMs)),
    );
  const text = { en: filled(site.notice.text.en), it: filled(site.notice.text.it) };
  return { version: hash("sha256", canonicalJson(text), "hex").slice(0, 12), text, checked: site.notice.checked };
}

export interface NoticeSettings {
  readonly plant: Pick<Plant, "site" | "security">;
  readonly store: Pick<InstallationStore, "hasReadNotice" | "putNoticeRead">;
  readonly audit: Pick<AuditWriter, "append">;
  readonly clock: Clock;
}

export class NoticeDesk implements Notices {
  readonly notice: Notice;
  readonly #with: NoticeSettings;

  constructor(settings: NoticeSettings) {
    this.#with = settings;
    this.notice = noticeOf(settings.plant);
  }

  isRead({ userId }: Caller): Promise<boolean> {
    return this.#with.store.hasReadNotice(userId, this.notice.version);
  }

  async read(caller: Caller, version: string): Promise<void> {
    const { store, audit, clock } = this.#with;
    if (version !== this.notice.version)
      throw new PlanciaError("request/conflict", "The notice was changed meanwhile: read it anew");
    if (await this.isRead(caller)) return;
    const { userId, name: who, address } = caller;
    const at = clock.wallMs();
    const entry = { at, class: "sign-in", action: "notice.read", who, address, result: "done" } as const;
    await audit.append(auditEntry({ ...entry, detail: { version } }));
    await store.putNoticeRead(userId, version, at);
  }
}
