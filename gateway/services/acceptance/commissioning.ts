import { type OwnWriting, ownWritings, type SaidRow, saidRows } from "../../core/acceptance/readable.ts";
import type { ControlSheet } from "../../core/acceptance/sheet.ts";
import type { ControlChange } from "../../core/acceptance/widening.ts";
import type { AcceptedControl } from "../../core/acceptance-port.ts";
import { allowsOn, type Caller } from "../../core/access/policy.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { DeclaredCommand, Equipment, Plant, Tag } from "../../core/plant.ts";
import type { ControlChanges } from "./acceptance.ts";

/** R19: what can be done to one machine from afar, and who stands for it. */
export interface CommissioningSheet {
  readonly equipment: Equipment;
  /** SHA-256 of the control as configured now. */
  readonly digest: string;
  readonly machine: readonly SaidRow[];
  readonly tags: readonly { readonly tag: Tag; readonly rows: readonly SaidRow[] }[];
  readonly commands: readonly { readonly command: DeclaredCommand; readonly rows: readonly SaidRow[] }[];
  readonly alone: readonly OwnWriting[];
  /** undefined: nothing of this machine was ever accepted. */
  readonly accepted: AcceptedControl | undefined;
  /** What of it widens control, waits, and so is not in force. */
  readonly waiting: readonly ControlChange[];
  readonly signature: "none" | "good" | "older";
}

export interface CommissioningReading {
  /** @throws PlanciaError request/not-found. */
  get(caller: Caller, equipment: string): CommissioningSheet;
}

export interface CommissioningSettings {
  readonly plant: Plant;
  readonly changes: Pick<ControlChanges, "control">;
  /** By which a guest's slot is open. */
  readonly clock: Clock;
}

export class CommissioningDesk implements CommissioningReading {
  readonly #settings: CommissioningSettings;

  constructor(settings: CommissioningSettings) {
    this.#settings = settings;
  }

  get(caller: Caller, id: string): CommissioningSheet {
    const { plant, changes, clock } = this.#settings;
    const equipment = plant.equipment.find((each) => each.id === id);
    const control = changes.control(id);
    if (!equipment || !control || !allowsOn(caller, "equipment:view", id, clock.wallMs()))
      throw new PlanciaError("request/not-found", `no equipment ${id}`);
    const { now, digest, accepted } = control;
    return {
      ...{ equipment, digest, accepted },
      machine: saidRows("machine", now.machine),
      ...within(equipment, now),
      alone: ownWritings(equipment),
      waiting: control.changes.filter((each) => each.widens),
      signature: signatureOf(equipment, accepted, plant.site.timezone),
    };
  }
}

function within(equipment: Equipment, { tags, commands }: ControlSheet) {
  return {
    tags: equipment.tags.flatMap((tag) => {
      const said = tags.get(tag.id);
      return said ? [{ tag, rows: saidRows("tags", said) }] : [];
    }),
    commands: equipment.commands.flatMap((command) => {
      const said = commands.get(command.id);
      return said ? [{ command, rows: saidRows("commands", said) }] : [];
    }),
  };
}

/**
 * Whether the signature still stands for what is configured: not where something was accepted, or
 * narrowed, on a later day. What a first start took as it stood counts for what was signed.
 */
function signatureOf(
  { commissioning }: Equipment,
  accepted: AcceptedControl | undefined,
  timezone: string,
): CommissioningSheet["signature"] {
  if (commissioning?.signedOn === undefined || commissioning.signedBy === undefined) return "none";
  const first = accepted?.acceptedBy === "system:first-start";
  const changed = [first ? undefined : accepted?.acceptedAt, accepted?.narrowedAt].filter((at) => at !== undefined);
  const day = (at: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: timezone }).format(at);
  const signedOn = commissioning.signedOn;
  return changed.some((at) => day(at) > signedOn) ? "older" : "good";
}
