import type { Caller } from "../../core/access/policy.ts";
import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock, Timers } from "../../core/clock.ts";
import type { Withdrawn, WriteLane, WriteResult } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import type { Plant, Tag } from "../../core/plant.ts";
import type { CommandStore } from "../../core/records-port.ts";
import type { Sample } from "../../core/sample.ts";
import type { DataType, Value } from "../../core/value.ts";
import type { RightsClock } from "../../kit/rights-clock.ts";
import type { Devices, LiveValues } from "../use-cases.ts";
import type { Activity } from "./activity.ts";
import type { Circumstances } from "./circumstances.ts";
import type { CommandBook } from "./command-book.ts";
import type { Conditions } from "./conditions.ts";
import type { MachineStates } from "./machine-state.ts";
import type { TicketOffice } from "./tickets.ts";

/** One argument of a method, of the type that the configuration names. */
export interface CallArgument {
  readonly type: DataType;
  readonly value: Value;
}

/** What control needs of acquisition. */
export interface FieldAccess {
  /** @param lane `stop`: the feedback of a stop request, not behind the requests themselves. */
  readNow(tags: readonly Tag[], sinceMs: number, lane?: WriteLane): Promise<readonly Sample[]>;
  write(tag: Tag, raw: Value, lane: WriteLane, notAfterMs: number, withdrawn?: Withdrawn): Promise<WriteResult>;
  /** @param method validated by the driver's method schema. */
  call(
    device: string,
    method: unknown,
    given: readonly CallArgument[],
    lane: WriteLane,
    notAfterMs: number,
    withdrawn?: Withdrawn,
  ): Promise<WriteResult>;
}

/** Everything that the pipeline and the stop path work with. */
export interface Desk {
  readonly plant: Plant;
  readonly values: LiveValues;
  readonly devices: Devices;
  readonly field: FieldAccess;
  readonly conditions: Conditions;
  readonly machines: MachineStates;
  readonly circumstances: Circumstances;
  readonly tickets: TicketOffice;
  readonly store: CommandStore;
  readonly audit: AuditWriter;
  readonly book: CommandBook;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly rights: RightsClock;
  /** The same person with today's rights; undefined: the sign-in or its user has ended. */
  readonly today: (caller: Caller) => Caller | undefined;
  readonly timers: Timers;
  readonly log: Log;
}
