/** What the machines of the command bench and the bench agree on. Each line is one JSON text. */

/** What is asked of a machine's process. */
export type Asked =
  | { readonly ask: "writes"; readonly since: number }
  /** Answers of writes come so much later (OPC UA: of everything); 0: at once. */
  | { readonly ask: "delay"; readonly ms: number };

export interface Came {
  readonly seq: number;
  /** ms UTC, with fractions: device and bench stand on one computer and share its clock. */
  readonly atMs: number;
  readonly stop: boolean;
}

export interface MachineReady {
  readonly port: number;
  /** OPC UA only. */
  readonly certificate?: string;
  readonly user?: string;
  readonly password?: string;
}

export interface Answered {
  readonly count: number;
  readonly writes: readonly Came[];
}
