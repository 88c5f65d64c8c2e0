/** What was accepted of one machine's control (R9). */
export interface AcceptedControl {
  readonly equipment: string;
  /** The control sheet as text; what narrowed it since then is in it. */
  readonly sheet: string;
  /** SHA-256 of that text, hex. */
  readonly digest: string;
  /** UTC ms. */
  readonly acceptedAt: number;
  /** `system:first-start`, `system:command-line`, or the two who did it from afar. */
  readonly acceptedBy: string;
  /** Address of whoever accepted; `local` on the box. */
  readonly address: string;
  /** UTC ms of the last change that took effect by itself, since it narrowed control; undefined: none since. */
  readonly narrowedAt: number | undefined;
}

/**
 * Port of what was accepted, machine by machine. Every method may reject with PlanciaError
 * store/unavailable. Written by the gateway, and by the command line while no gateway runs.
 */
export interface AcceptanceStore {
  listAccepted(): Promise<readonly AcceptedControl[]>;
  /** Replaces what was accepted of these machines; all of them or none. */
  putAccepted(accepted: readonly AcceptedControl[]): Promise<void>;
  /** A machine that is gone: should it come back, it is a new one. */
  removeAccepted(equipment: string): Promise<void>;
}
