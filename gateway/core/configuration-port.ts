/** A configuration that was started, or saved to be started. */
export interface ConfigurationVersion {
  /** 1, 2, 3 …; a number is never given twice. */
  readonly n: number;
  /** UTC ms: when it was saved, or first started. */
  readonly at: number;
  /** An account of this computer, or `system:gateway`: it lay there at a start, and who wrote it is not known. */
  readonly who: string;
  readonly why: string | undefined;
  /** Secrets that stood in the file and are left out of `text`. */
  readonly leftOut: number;
  /** UTC ms of the last start with it; undefined: none yet. */
  readonly startedAt: number | undefined;
}

export interface WholeConfigurationVersion extends ConfigurationVersion {
  /** The file as it was written, with its comments. */
  readonly text: string;
  /** As it is compared: canonical JSON, without secrets. */
  readonly plain: string;
}

/** Every method may reject with PlanciaError store/unavailable. */
export interface ConfigurationStore {
  /** Gives its number. The newest 1000 are kept. */
  add(version: Omit<WholeConfigurationVersion, "n">): Promise<number>;
  /** Newest first. */
  list(): Promise<readonly ConfigurationVersion[]>;
  find(n: number): Promise<WholeConfigurationVersion | undefined>;
  newest(): Promise<WholeConfigurationVersion | undefined>;
  /** A gateway started with it. @param plain as that gateway has it, with what its environment adds. */
  started(n: number, plain: string, atMs: number): Promise<void>;
}
