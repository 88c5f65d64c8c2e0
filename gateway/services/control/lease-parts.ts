import type { Caller } from "../../core/access/policy.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock, Timers } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import type { RightsClock } from "../../kit/rights-clock.ts";
import type { LiveValues } from "../use-cases.ts";
import type { AcceptanceStanding, SiteStanding } from "./circumstances.ts";
import type { MachineStates } from "./machine-state.ts";

/** What everything about who has control works with. */
export interface LeaseParts {
  readonly plant: Plant;
  readonly values: LiveValues;
  readonly machines: MachineStates;
  readonly site: SiteStanding;
  readonly acceptance: Pick<AcceptanceStanding, "placeWaits" | "lossWaits">;
  readonly audit: AuditWriter;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly rights: RightsClock;
  /** The same person with today's rights; undefined: the sign-in or its user has ended. */
  readonly today: (caller: Caller) => Caller | undefined;
  /** Calls the listener when anybody's rights may have changed. */
  readonly onRights: (listener: () => void) => () => void;
  readonly log: Log;
}
