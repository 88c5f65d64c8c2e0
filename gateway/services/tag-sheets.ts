import { createHash } from "node:crypto";
import type { ControlChange } from "../core/acceptance/widening.ts";
import type { Caller } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import type { SheetOptions, SheetOutcome } from "../core/configuration/tag-sheet.ts";
import type { ConfigurationStore } from "../core/configuration-port.ts";
import { PlanciaError } from "../core/errors.ts";
import { auditEntry } from "./audit.ts";
import type { ConfigurationDesk } from "./configuration-desk.ts";
import type { KeptConfiguration } from "./configuration-versions.ts";
import type { FactorGate } from "./factor-gate.ts";

export type SheetStyle = "commas" | "semicolons";

/** What a sheet would make of the file as it lies there. */
export interface PlannedSheet {
  /** The file's text that it was tried on. */
  readonly lay: string;
  readonly outcome: SheetOutcome;
  /** Machine → its control sheet as text, as it would be. */
  readonly sheets: ReadonlyMap<string, string>;
}

/** The tags of the configuration file as a table. Neither takes time from whatever else the gateway does. */
export interface TagSheetFile {
  /** CSV. @throws PlanciaError request/conflict where the file cannot be read. */
  tags(style: SheetStyle): Promise<string>;
  plan(csv: Uint8Array, options: SheetOptions): Promise<PlannedSheet>;
}

export interface SheetLook {
  readonly outcome: SheetOutcome;
  /** Names the file that it was tried on. */
  readonly base: string;
  /** Of what would change, what would widen control, and wait to be accepted (R9). */
  readonly waits: readonly ControlChange[];
}

export interface SheetTaking extends SheetOptions {
  /** From the look before: what was seen is what is taken. */
  readonly base: string;
  readonly why: string | undefined;
}

/** Tags of the configuration file as CSV, out and in: for who may accept changes of every machine. */
export interface TagSheets {
  /** @throws PlanciaError auth/forbidden, request/conflict. */
  tags(caller: Caller, style: SheetStyle): Promise<string>;
  /** Changes nothing. @throws PlanciaError auth/forbidden, request/conflict where another sheet is looked at. */
  look(caller: Caller, csv: Uint8Array, options: SheetOptions): Promise<SheetLook>;
  /**
   * Into the file, for the next start; what widens control waits then as ever. Gives the number of the version;
   * undefined: the sheet says what the file says.
   * @throws PlanciaError auth/forbidden, auth/step-up-required, request/conflict where the file is another than the one
   * looked at, or rows are wrong; start/read-only, store/unavailable.
   */
  take(caller: Caller, csv: Uint8Array, taking: SheetTaking): Promise<number | undefined>;
}

export interface TagSheetSettings {
  readonly file: TagSheetFile;
  readonly desk: Pick<ConfigurationDesk, "assertAll" | "place" | "waits">;
  readonly store: Pick<ConfigurationStore, "add">;
  readonly gate: FactorGate;
  readonly audit: Pick<AuditWriter, "append">;
  readonly clock: Clock;
}

export class TagSheetDesk implements TagSheets {
  readonly #with: TagSheetSettings;
  /** One at a time: each takes a processor for a second or more. */
  #working = false;

  constructor(settings: TagSheetSettings) {
    this.#with = settings;
  }

  async tags(caller: Caller, style: SheetStyle): Promise<string> {
    this.#with.desk.assertAll(caller);
    return this.#alone(() => this.#with.file.tags(style));
  }

  async look(caller: Caller, csv: Uint8Array, options: SheetOptions): Promise<SheetLook> {
    const { desk, file } = this.#with;
    desk.assertAll(caller);
    const { lay, outcome, sheets } = await this.#alone(() => file.plan(csv, options));
    return { outcome, base: digest(lay), waits: desk.waits(sheets) };
  }

  async take(caller: Caller, csv: Uint8Array, { base, why, ...options }: SheetTaking): Promise<number | undefined> {
    const { desk, file, gate } = this.#with;
    desk.assertAll(caller);
    gate.assertFresh(caller, "configuration");
    return this.#alone(async () => {
      const { lay, outcome } = await file.plan(csv, options);
      if (digest(lay) !== base)
        throw new PlanciaError(
          "request/conflict",
          "The configuration file is another than the one looked at: look again",
        );
      if (outcome.text === undefined)
        throw new PlanciaError(
          "request/conflict",
          `Nothing was taken: ${outcome.bad} rows are wrong${firstFault(outcome)}`,
        );
      const placed = await desk.place(outcome.text, (kept) => this.#record(caller, outcome, why, kept), lay);
      if (placed.ok) return placed.n;
      const [first] = placed.problems;
      throw new PlanciaError(
        "request/conflict",
        `The file would not be valid: ${first?.path ?? ""} ${first?.text ?? ""}`,
      );
    });
  }

  async #record(
    caller: Caller,
    outcome: SheetOutcome,
    why: string | undefined,
    kept: KeptConfiguration,
  ): Promise<number> {
    const { audit, store, clock } = this.#with;
    const { name: who, address } = caller;
    const at = clock.wallMs();
    const reason = sheetReason(outcome, why);
    const entry = { at, class: "administration", action: "config.saved", who, address, result: "done" } as const;
    await audit.append(auditEntry({ ...entry, detail: { reason } }));
    return store.add({ at, who, why: reason, ...kept, startedAt: undefined });
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working)
      throw new PlanciaError("request/conflict", "A sheet is looked at already: try again when that is done");
    this.#working = true;
    try {
      return await work();
    } finally {
      this.#working = false;
    }
  }
}

/** What is kept with the version: how many, and why. */
export function sheetReason({ added, changed, bad }: SheetOutcome, why: string | undefined): string {
  const left = bad === 0 ? "" : `, ${bad} bad rows left out`;
  const what = `tags from a sheet: ${added.length} added, ${changed.length} changed${left}`;
  return why === undefined ? what : `${what}: ${why}`;
}

function firstFault({ faults }: SheetOutcome): string {
  const [first] = faults;
  return first ? `; row ${first.row}, ${first.column}: ${first.text}` : "";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
