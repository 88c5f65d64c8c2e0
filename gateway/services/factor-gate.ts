import type { Caller } from "../core/access/policy.ts";
import { factorGap } from "../core/access/second-factor.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { SecuritySettings } from "../core/plant.ts";
import { RecentTable } from "../kit/recent-table.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";

/** Asked before what needs a fresh second factor. */
export interface FactorGate {
  /**
   * @param what is wanted, for the record.
   * @throws PlanciaError auth/step-up-required, auth/factor-required where this person has none yet.
   */
  assertFresh(caller: Caller, what: string): void;
}

export interface FactorGateSettings {
  readonly security: Pick<SecuritySettings, "secondFactor">;
  readonly clock: Clock;
  readonly audit: Pick<AuditDesk, "note">;
  /** Whether the person of this caller has a second factor. */
  readonly hasFactor: (caller: Caller) => boolean;
}

/** The same refusal of the same person is noted once in this time, ms. */
const refusalEveryMs = 60_000;

/** Step-up: administration asks for the code again, where a second factor is required at all. */
export function factorGate({ security, clock, audit, hasFactor }: FactorGateSettings): FactorGate {
  const noted = new RecentTable<true>(1_000, refusalEveryMs);
  return {
    assertFresh(caller, what) {
      const now = clock.monotonicMs();
      const gap = factorGap(security.secondFactor, caller, now);
      if (gap === undefined) return;
      const key = `${caller.userId} ${what}`;
      if (!noted.get(key, now)) {
        noted.set(key, true, now);
        const { name: who, address } = caller;
        const entry = { at: clock.wallMs(), class: "sign-in", action: "step-up.refused", who, address } as const;
        audit.note(auditEntry({ ...entry, target: what, result: "refused", detail: { gap } }));
      }
      throw gap === "missing" && !hasFactor(caller)
        ? new PlanciaError("auth/factor-required", "This needs a second factor; set one up first")
        : new PlanciaError("auth/step-up-required", "Give the second factor again, then repeat");
    },
  };
}
