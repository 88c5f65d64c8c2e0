import { type FaultTarget, openFaultPort } from "../faults/fault-port.ts";
import { type Pace, startPacemaker } from "./pacemaker.ts";
import type { ProcessModel } from "./process-model.ts";

/** One protocol through which the world sees a plant. */
export interface WireFace {
  /** The face's part of `GET /`. */
  readonly state: unknown;
  /** While this is true the process stands still; answers go on. */
  readonly frozen: boolean;
  readonly writes: { readonly count: number; since(seq: number): readonly object[] };
  /** Opens ports and connections. Rejects with the system's error where a port is taken; then nothing is left open. */
  listen(): Promise<void>;
  close(): Promise<void>;
  /** Throws ZodError on a fault that does not exist. */
  setFault(body: unknown): Promise<void>;
  clearFaults(): Promise<void>;
  /** Called every tick, also while the process stands still; `dtS` is real time. */
  beat?(dtS: number): void;
}

/** What a plant brings to the wire. */
export interface PlantOnWire {
  /** By the name that `POST /fault {face}` and `GET /writes?face=` take; with one face it need not be said. */
  readonly faces: ReadonlyMap<string, WireFace>;
  readonly faultPort: number;
  /** Stepped in this order. */
  readonly models: readonly ProcessModel[];
  readonly pace: Omit<Pace, "frozen">;
  /** The plant's part of `GET /`; the faces' parts are added by their names. */
  state(): Readonly<Record<string, unknown>>;
  /** As `FaultTarget.machine`. */
  machine(action: string): unknown;
}

export interface OpenedPlant extends AsyncDisposable {
  readonly faultPort: number;
  /** Ends timers, sockets and listeners; a second call does nothing more. */
  close(): Promise<void>;
}

/**
 * Opens the faces in their order, then the fault port, and sets the process going. Rejects with the
 * system's error where a port is taken; then nothing is left open.
 */
export async function openPlant(plant: PlantOnWire): Promise<OpenedPlant> {
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map((part) => part.close()));
  };
  try {
    for (const face of plant.faces.values()) {
      await face.listen();
      opened.push(face);
    }
    const faultPort = await openFaultPort(plant.faultPort, faultTarget(plant));
    opened.push(faultPort, pacedBy(plant));
    return { faultPort: faultPort.port, close: closeAll, [Symbol.asyncDispose]: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function pacedBy(plant: PlantOnWire): { close(): Promise<void> } {
  const faces = [...plant.faces.values()];
  const process = startPacemaker(plant.models, { ...plant.pace, frozen: () => faces.some((face) => face.frozen) });
  const beats = faces
    .filter((face) => face.beat !== undefined)
    .map((face) => ({ step: (dtS: number) => face.beat?.(dtS) }));
  const wire = startPacemaker(beats, { ...plant.pace, speed: 1, frozen: () => false });
  return {
    close: async () => {
      process.stop();
      wire.stop();
    },
  };
}

function faultTarget(plant: PlantOnWire): FaultTarget {
  return {
    state: () => ({
      ...plant.state(),
      ...Object.fromEntries([...plant.faces].map(([name, face]) => [name, face.state])),
    }),
    setFault: async (body) => {
      const { face: name, ...fault } = body as { face?: unknown };
      await faceNamed(plant, name).setFault(fault);
    },
    clearFaults: async () => {
      for (const face of plant.faces.values()) await face.clearFaults();
    },
    machine: (action) => plant.machine(action),
    writesSince: (seq, name) => {
      const { writes } = faceNamed(plant, name);
      return { count: writes.count, writes: writes.since(seq) };
    },
  };
}

function faceNamed(plant: PlantOnWire, name: unknown): WireFace {
  const names = [...plant.faces.keys()];
  const wanted = name === undefined && names.length === 1 ? names[0] : name;
  const face = typeof wanted === "string" ? plant.faces.get(wanted) : undefined;
  if (face === undefined) throw new RangeError(`say which face: ${names.join(", ")}`);
  return face;
}
