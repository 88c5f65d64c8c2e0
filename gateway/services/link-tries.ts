import type { LoginBackOff } from "../core/access/credentials-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";
import { slowDown } from "./factor-check.ts";
import type { Origin } from "./use-cases.ts";

/** Under which links that do not hold are counted: whoever tries them knows no name. No person can have it. */
const account = "system:one-time-link";

export interface LinkTriesSettings {
  readonly backOff: Pick<LoginBackOff, "attempt" | "takeBack">;
  readonly audit: Pick<AuditDesk, "note">;
  readonly clock: Clock;
}

/** One-time links, of the first administrator and of invitations, beside wrong passwords in the same back-off (S9). */
export class LinkTries {
  readonly #with: LinkTriesSettings;

  constructor(settings: LinkTriesSettings) {
    this.#with = settings;
  }

  /**
   * A link that holds is no failure, whatever comes after it, and clears no other.
   * @throws PlanciaError auth/slow-down before anything is looked at; what `work` throws.
   */
  async counted<T>({ address }: Origin, work: () => Promise<T>): Promise<T> {
    const { backOff, audit, clock } = this.#with;
    const waitS = backOff.attempt(account, address);
    if (waitS !== undefined) throw slowDown(waitS);
    try {
      const held = await work();
      backOff.takeBack(account, address);
      return held;
    } catch (error) {
      const wrong = error instanceof PlanciaError && error.code === "auth/link-used";
      // A store that does not answer says nothing about the link.
      if (!wrong) backOff.takeBack(account, address);
      const entry = { at: clock.wallMs(), class: "sign-in", action: "sign-in.failed", address } as const;
      const detail = { why: "a one-time link that does not hold" };
      if (wrong) audit.note(auditEntry({ ...entry, who: account, result: "refused", detail }));
      throw error;
    }
  }
}
