import type { Finding, Place } from "./actions.ts";

interface Words {
  readonly en: string;
}

/** A machine whose control was widened by the configuration, and waits (R9). */
export interface WaitingControl {
  readonly equipment: string;
  readonly name: Words;
  /** Names exactly what is shown. */
  readonly digest: string;
  readonly whole: boolean;
  readonly changes: readonly {
    readonly target: string;
    readonly label: Words;
    readonly from: Words;
    readonly to: Words;
  }[];
  /** Whether it may be accepted as the machine stands now. */
  readonly now: { readonly allowed: boolean; readonly say?: Words | undefined };
}

export interface WaitingControls {
  readonly items: readonly WaitingControl[];
  /** Nothing was ever accepted on this data folder: the first start takes the configuration as it stands. */
  readonly first: boolean;
}

/** A thing of the configuration that is not as it was. */
export interface ConfigPart {
  readonly say: Words;
  readonly fate: string;
  readonly values: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;
  /** Of `values`, also where they are cut. */
  readonly total: number;
  readonly within?: { readonly tags: number; readonly commands: number } | undefined;
}

/** `against`: in words, what it was compared with. */
export type ConfigDifference =
  | { readonly ok: true; readonly against: string; readonly parts: readonly ConfigPart[] }
  | { readonly ok: false; readonly problems: readonly Finding[] };

/** A configuration that was started, or saved to be started. */
export interface ConfigVersion {
  readonly n: number;
  /** UTC ms. */
  readonly at: number;
  readonly who: string;
  readonly why: string | undefined;
  /** Secrets that are left out of its text. */
  readonly leftOut: number;
  /** UTC ms of the last start with it. */
  readonly startedAt: number | undefined;
}

export interface SavedConfig {
  /** undefined: nothing was different. */
  readonly n: number | undefined;
  /** Where the file that lay there before is kept. */
  readonly before: string | undefined;
}

export type Saving =
  | { readonly ok: true; readonly saved: SavedConfig }
  | { readonly ok: false; readonly problems: readonly Finding[] };

/** A sheet of tags against the configuration as it lies there. */
export interface SheetResult {
  /** Full names. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Rows that say what is there. */
  readonly left: number;
  /** Rows that name no point. */
  readonly aside: number;
  /** `row` 1 is the heading, 0 the sheet or the configuration as a whole. */
  readonly faults: readonly {
    readonly row: number;
    readonly column: string;
    readonly cell: string;
    readonly text: string;
  }[];
  /** Rows that are wrong. */
  readonly bad: number;
  readonly parts: readonly ConfigPart[];
  /** undefined: nothing was taken: wrong rows, or a dry run. */
  readonly saved: SavedConfig | undefined;
}

export interface SheetQuestion {
  readonly skipBadRows: boolean;
  readonly newMachines: boolean;
  /** Changes nothing. */
  readonly dryRun: boolean;
  readonly why: string | undefined;
}

/** Through the gateway that runs on the data folder, where one does; else on the folder itself. */
export interface ConfigActions {
  /** @throws PlanciaError start/config, request/not-found. */
  waitingControl(place: Place): Promise<WaitingControls>;
  /** @throws PlanciaError request/not-found, request/conflict, site/not-now, store/unavailable. */
  acceptControl(place: Place, equipment: string, digest: string): Promise<void>;
  configVersions(place: Place): Promise<readonly ConfigVersion[]>;
  /** What it changed of the one before; of the first: everything. @throws PlanciaError request/not-found. */
  configVersion(place: Place, n: number): Promise<{ readonly text: string; readonly parts: readonly ConfigPart[] }>;
  /**
   * A valid file in the place of the configuration, for the next start, kept as a version.
   * @throws PlanciaError start/read-only, store/unavailable.
   */
  saveConfig(place: Place, file: string, why: string | undefined): Promise<Saving>;
  /** The same with the text of a version. @throws PlanciaError as `saveConfig`, request/not-found, request/conflict. */
  backToConfig(place: Place, n: number, why: string | undefined): Promise<Saving>;
  /** Tags from a CSV file into the configuration. @throws PlanciaError start/read-only, store/unavailable, request/not-found. */
  importTags(place: Place, file: string, question: SheetQuestion): Promise<SheetResult>;
  /** The tags of the configuration as CSV. @throws PlanciaError request/conflict where it cannot be read. */
  exportTags(place: Place, style: "commas" | "semicolons"): Promise<string>;
  /**
   * @param file the place's configuration where not given.
   * @param against a file; what the gateway last started with where not given.
   * @throws PlanciaError start/config, request/not-found, store/unavailable.
   */
  configDifference(place: Place, file: string | undefined, against: string | undefined): Promise<ConfigDifference>;
}
