import { z } from "zod";

export interface Broker {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** What every started plant gives back. */
export interface RunningPlant extends AsyncDisposable {
  readonly name: string;
  /** The ports in use, by the name of their option. */
  readonly ports: Readonly<Record<string, number>>;
  /** Where its broker is and how to log in, for sensors of other plants. */
  readonly broker?: Broker;
  /** What else its starter has to know, for the ready line: certificate, a password that was made up. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Ends timers, sockets and listeners; a second call does nothing more. */
  close(): Promise<void>;
}

/** One kind of plant, as it stands in the table of plants. `start` throws ZodError on options that are wrong. */
export interface PlantKind {
  readonly summary: string;
  /** Options that one value can be given for several plants: a folder for certificates, user and password. */
  readonly takes: readonly ("pki" | "account")[];
  start(options: unknown): Promise<RunningPlant>;
}

/** 0 takes any free port. */
export const port = z.int().min(0).max(65_535).default(0);

/** Where the wire faces listen; fault ports are on loopback always. */
export const listenAddress = z.string().default("127.0.0.1");

/** Real-time pacing: how often the process is stepped, and simulated seconds per second. */
export const pacing = {
  tickMs: z.int().min(5).max(10_000).default(100),
  speed: z.number().min(0).max(1000).default(1),
};

/** `machine` of a plant without a panel. */
export function nobodyHere(action: string): never {
  throw new RangeError(`no action "${action}": nobody stands at this plant`);
}

/** The ports of a plant with a Modbus wire face, for the ready line. */
export function portsOf(opened: {
  readonly modbusPort: number;
  readonly faultPort: number;
}): Readonly<Record<string, number>> {
  return { modbusPort: opened.modbusPort, faultPort: opened.faultPort };
}
