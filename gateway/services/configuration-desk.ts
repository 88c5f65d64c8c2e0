import { parseSheet } from "../core/acceptance/sheet.ts";
import { type ControlChange, widening } from "../core/acceptance/widening.ts";
import { allows, allowsOn, type Caller } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { configurationDifference, type PartDifference } from "../core/configuration/difference.ts";
import type { ConfigurationStore, ConfigurationVersion } from "../core/configuration-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Plant } from "../core/plant.ts";
import type { ControlChanges } from "./acceptance/acceptance.ts";
import { acceptedSheet } from "./acceptance/machine-control.ts";
import { auditEntry } from "./audit.ts";
import type { KeptConfiguration } from "./configuration-versions.ts";
import type { FactorGate } from "./factor-gate.ts";

export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly text: string;
}

/** A configuration file that was read and checked. */
export type CheckedFile =
  | {
      readonly ok: true;
      readonly kept: KeptConfiguration;
      /** Machine → its control sheet as text. */
      readonly sheets: ReadonlyMap<string, string>;
    }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** The configuration file of this gateway. */
export interface ConfigurationFile {
  /** As it lies there now. Takes no time from whatever else the gateway does. */
  look(): Promise<CheckedFile>;
  /**
   * A text in its place, whole or not at all; what lay there is kept.
   * @param record called once the text is known to be valid and can be written; gives its number.
   * @param lay what must lie there until then; whatever lies there where not given.
   * @throws PlanciaError start/read-only, request/conflict, or what `record` throws.
   */
  put(text: string, record: (kept: KeptConfiguration) => Promise<number>, lay?: string): Promise<PlacedFile>;
}

export type PlacedFile =
  | {
      readonly ok: true;
      /** undefined: it says that already. */
      readonly n: number | undefined;
      /** Where the file that lay there is kept. */
      readonly before: string | undefined;
    }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** What a restart would make of the file as it lies there now. */
export type PendingConfiguration =
  | { readonly state: "same" }
  | { readonly state: "invalid"; readonly problems: readonly FileProblem[] }
  | {
      readonly state: "different";
      readonly parts: readonly PartDifference[];
      /** Of these, what would widen control, and wait to be accepted (R9). */
      readonly waits: readonly ControlChange[];
    };

/** The configuration as a whole: only for who may accept changes of every machine. */
export interface Configurations {
  /** @throws PlanciaError auth/forbidden. */
  pending(caller: Caller): Promise<PendingConfiguration>;
  /** Newest first. @throws PlanciaError auth/forbidden, store/unavailable. */
  versions(caller: Caller): Promise<readonly ConfigurationVersion[]>;
  /** What it changed of the one before. @throws PlanciaError auth/forbidden, request/not-found, store/unavailable. */
  changesOf(caller: Caller, n: number): Promise<readonly PartDifference[]>;
  /**
   * An earlier version in the place of the file, for the next start. One in which the settings of gateway, server,
   * security or historian are others than what runs is gone back to on the box alone: what lets people in, and where
   * the record goes, is not one person's to change from afar.
   * @throws PlanciaError auth/forbidden, auth/step-up-required, request/not-found, request/conflict where secrets are
   * left out of it, it is not valid any more or it changes those, start/read-only, store/unavailable.
   */
  back(caller: Caller, n: number, why: string | undefined): Promise<readonly ConfigurationVersion[]>;
}

export interface ConfigurationDeskSettings {
  readonly plant: Pick<Plant, "equipment">;
  /** Canonical JSON of what runs. */
  readonly running: string;
  readonly file: ConfigurationFile;
  readonly store: ConfigurationStore;
  readonly changes: Pick<ControlChanges, "control">;
  readonly gate: FactorGate;
  readonly audit: Pick<AuditWriter, "append">;
  readonly clock: Clock;
}

export class ConfigurationDesk implements Configurations {
  readonly #with: ConfigurationDeskSettings;
  /** One look at a time: whoever asks meanwhile gets the same answer. */
  #looking: Promise<PendingConfiguration> | undefined;
  #placing = false;

  constructor(settings: ConfigurationDeskSettings) {
    this.#with = settings;
  }

  async pending(caller: Caller): Promise<PendingConfiguration> {
    this.assertAll(caller);
    return this.look();
  }

  /** The same for whoever may signal the process. */
  look(): Promise<PendingConfiguration> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async versions(caller: Caller): Promise<readonly ConfigurationVersion[]> {
    this.assertAll(caller);
    return this.#with.store.list();
  }

  async changesOf(caller: Caller, n: number): Promise<readonly PartDifference[]> {
    this.assertAll(caller);
    const { plain } = await this.#version(n);
    const before = await this.#with.store.find(n - 1);
    return configurationDifference(before ? JSON.parse(before.plain) : {}, JSON.parse(plain));
  }

  async back(caller: Caller, n: number, why: string | undefined): Promise<readonly ConfigurationVersion[]> {
    this.assertAll(caller);
    const { gate, store } = this.#with;
    gate.assertFresh(caller, "configuration");
    const { text, leftOut } = await this.#version(n);
    if (leftOut > 0)
      throw new PlanciaError("request/conflict", `Secrets are left out of version ${n}: put them in on the box`);
    const placed = await this.place(text, (kept) => this.#record(caller, n, why, kept));
    if (!placed.ok) {
      const [first] = placed.problems;
      const where = first ? `line ${first.line}, column ${first.column}: ${first.text}` : "";
      throw new PlanciaError("request/conflict", `Version ${n} is not valid any more: ${where}`);
    }
    return store.list();
  }

  /** One text at a time; who may is asked before. @throws PlanciaError as `ConfigurationFile.put`. */
  async place(...[text, record, lay]: Parameters<ConfigurationFile["put"]>): Promise<PlacedFile> {
    if (this.#placing) throw new PlanciaError("request/conflict", "The configuration is being replaced already");
    this.#placing = true;
    try {
      return await this.#with.file.put(text, record, lay);
    } finally {
      this.#placing = false;
    }
  }

  async #look(): Promise<PendingConfiguration> {
    const { running, file } = this.#with;
    const now = await file.look();
    if (!now.ok) return { state: "invalid", problems: now.problems };
    const parts = configurationDifference(JSON.parse(running), JSON.parse(now.kept.plain));
    return parts.length === 0 ? { state: "same" } : { state: "different", parts, waits: this.waits(now.sheets) };
  }

  /** What of these control sheets would widen control, and wait to be accepted (R9). */
  waits(sheets: ReadonlyMap<string, string>): readonly ControlChange[] {
    return [...sheets].flatMap(([id, text]) => {
      const sheet = parseSheet(text);
      const record = this.#with.changes.control(id)?.accepted;
      return sheet ? widening(record && acceptedSheet(record), sheet) : [];
    });
  }

  async #version(n: number) {
    const found = await this.#with.store.find(n);
    if (found) return found;
    throw new PlanciaError("request/not-found", `There is no version ${n}`);
  }

  async #record(caller: Caller, n: number, why: string | undefined, kept: KeptConfiguration): Promise<number> {
    const { running, audit, store, clock } = this.#with;
    const parts = configurationDifference(JSON.parse(running), JSON.parse(kept.plain));
    const boxOnly = parts.filter(({ part, name }) => part === "setting" && name !== "site").map(({ name }) => name);
    if (boxOnly.length > 0) {
      const detail = `Version ${n} changes settings (${boxOnly.join(", ")}): go back to it on the box, plancia config back ${n}`;
      throw new PlanciaError("request/conflict", detail);
    }
    const { name: who, address } = caller;
    const at = clock.wallMs();
    const detail = { version: n, ...(why === undefined ? {} : { reason: why }) };
    const entry = { at, class: "administration", action: "config.saved", who, address, result: "done" } as const;
    await audit.append(auditEntry({ ...entry, detail }));
    const reason = why === undefined ? `back to version ${n}` : `back to version ${n}: ${why}`;
    return store.add({ at, who, why: reason, ...kept, startedAt: undefined });
  }

  /** @throws PlanciaError auth/forbidden for whoever may not accept changes of every machine. */
  assertAll(caller: Caller): void {
    const { plant, clock } = this.#with;
    const now = clock.wallMs();
    const every = plant.equipment.every(({ id }) => allowsOn(caller, "config:accept", id, now));
    if (!allows(caller, "config:accept") || !every)
      throw new PlanciaError("auth/forbidden", "The configuration is for who may accept changes of every machine");
  }
}
