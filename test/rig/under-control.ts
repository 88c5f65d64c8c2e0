import type { LoggedWrite } from "../../simulators/modbus/write-log.ts";
import type { LoggedWrite as CallOrWrite } from "../../simulators/opcua/machine-desk.ts";
import type { Configuration } from "./configuration.ts";
import { type LinePlant, type LineSettings, startLinePlant } from "./line.ts";
import type { Operator } from "./operator.ts";
import { until } from "./until.ts";

export type LossPolicy = "continue" | "finish-cycle" | "hold" | "stop";

/** Short enough to be waited for, longer than control lives without an answer. */
export const graceMs = 16_000;

/**
 * Furnace (Modbus) and filling line (OPC UA) under control of one person at a time. The furnace has a
 * command of two writes, `soak`, and one that a second person approves, `overheat`; the line one for while
 * it runs, `fill`.
 */
export function underControl(furnace: LossPolicy, line: LossPolicy = "finish-cycle"): (to: Configuration) => void {
  return ({ equipment }) => {
    Object.assign(equipment["furnace"] ?? {}, {
      lease: "required",
      onLossOfControl: { policy: furnace, grace: `${graceMs}ms` },
      commands: { soak, overheat },
    });
    Object.assign(equipment["furnace"]?.tags ?? {}, inForce);
    for (const id of ["setpoint", "fan"]) {
      const tag = equipment["furnace"]?.tags[id];
      // One write a second would make the tests wait.
      if (tag) tag["writable"] = { ...(tag["writable"] as object), every: "10ms" };
    }
    const command = { "finish-cycle": "complete", hold: "hold" }[line as string];
    const own = equipment["line1"]?.["commands"] as object;
    Object.assign(equipment["line1"] ?? {}, {
      onLossOfControl: { policy: line, grace: `${graceMs}ms`, ...(command ? { command } : {}) },
      commands: { ...own, fill },
    });
  };
}

/** What the controller itself says of what was written: that a register holds a number shows nothing (R7). */
const inForce = {
  setpoint_in_force: {
    device: "furnace-plc",
    address: { table: "input", register: 9, type: "float32", wordOrder: "big" },
  },
  fan_in_force: { device: "furnace-plc", address: { table: "input", register: 11, type: "uint16" } },
};
const target = { name: { en: "Temperature", it: "Temperatura" }, type: "float", limits: [20, 1100] };
const soak = {
  name: { en: "Soak", it: "Mantieni" },
  class: "C2",
  arguments: { target, fan: { name: { en: "Fan", it: "Ventola" }, type: "uint16", limits: [0, 100] } },
  do: [
    { write: "setpoint", argument: "target" },
    { write: "fan", argument: "fan" },
  ],
  states: ["Execute"],
  feedback: { when: "setpoint_in_force == args.target && fan_in_force == args.fan", within: "5s" },
};
const overheat = {
  name: { en: "Overheat", it: "Sovratemperatura" },
  class: "C3",
  arguments: { target },
  do: [{ write: "setpoint", argument: "target" }],
  feedback: { when: "setpoint_in_force == args.target", within: "5s" },
  consequence: { en: "The load may be damaged", it: "La carica può rovinarsi" },
};

const fill = {
  name: { en: "Fill volume", it: "Volume di riempimento" },
  class: "C2",
  arguments: { ml: { name: { en: "Volume", it: "Volume" }, type: "float", limits: [250, 750] } },
  do: [{ write: "volume_setpoint", argument: "ml" }],
  states: ["Execute"],
  feedback: { when: "volume > args.ml - 6.0 && volume < args.ml + 6.0", within: "5s" },
};

/** Both machines and a gateway on them, with what came over their wires since a test began. */
export class ControlledPlant {
  readonly #rig: LinePlant;
  #furnaceFrom = 0;
  #lineFrom = 0;

  private constructor(rig: LinePlant) {
    this.#rig = rig;
  }

  static async start(settings: LineSettings): Promise<ControlledPlant> {
    return new ControlledPlant(await startLinePlant(settings));
  }

  get plant() {
    return this.#rig.plant;
  }

  get furnace() {
    return this.#rig.plant.furnace;
  }

  get line() {
    return this.#rig.line;
  }

  /** What came from here on counts. */
  mark(): void {
    this.#furnaceFrom = this.furnace.writes.count;
    this.#lineFrom = this.line.opcua.writes.count;
  }

  furnaceWrites(): readonly LoggedWrite[] {
    return this.furnace.writes.since(this.#furnaceFrom);
  }

  /** Heartbeats and the lock's own methods aside: those the gateway writes by itself (R14, R40). */
  lineWrites(): readonly CallOrWrite[] {
    return this.line.opcua.writes.since(this.#lineFrom).filter(({ node }) => !/Alive|Present|Lock/.test(node));
  }

  /** Both machines as they were, nobody in control, and the gateway has seen it. */
  async restore(watcher: Operator, lineState: Standing = "Execute"): Promise<void> {
    const { station } = this.line.model;
    await this.line.opcua.clearFaults();
    station.turnKey("remote");
    station.moveGuard("closed");
    station.moveChain("closed");
    station.occupyZone("clear");
    station.localReset();
    this.line.model.set("speedPerMin", 120);
    this.line.model.set("recipe", 3);
    this.line.model.set("volumeMl", 500);
    await this.plant.restore(watcher.person);
    await until(async () => {
      const press = station.state === lineState ? undefined : nextTowards(station.state, lineState);
      if (press) station.localCommand(press);
      const { state, control } = await watcher.machine("line1");
      const parameters = await Promise.all(
        ["line1/recipe", "line1/recipe_loaded", "line1/volume_setpoint", "furnace/setpoint_in_force"].map((tag) =>
          watcher.person.value(tag),
        ),
      );
      const isFree = control.holder === null && (await watcher.machine("furnace")).control.holder === null;
      return state?.name === lineState && parameters.map(({ value }) => value).join() === "3,3,500,850" && isFree;
    }, "both machines in order, nobody in control");
    // The controller keeps it for a session that is gone until that runs out.
    this.line.lock.breakAtPanel();
    this.mark();
  }

  close(): Promise<void> {
    return this.#rig.close();
  }
}

type Panel = Parameters<ControlledPlant["line"]["model"]["station"]["localCommand"]>[0];
type Standing = "Stopped" | "Idle" | "Execute";

/** What somebody at the panel presses to get there; undefined: it is on its way by itself. */
function nextTowards(state: string, wanted: Standing): Panel | undefined {
  switch (state) {
    case "Aborted":
      return "Clear";
    case "Stopped":
    case "Complete":
      return "Reset";
    case "Idle":
      return wanted === "Execute" ? "Start" : "Stop";
    case "Held":
      return wanted === "Execute" ? "Unhold" : "Stop";
    case "Suspended":
      return wanted === "Execute" ? "Unsuspend" : "Stop";
    case "Execute":
      return "Stop";
    default:
      return undefined;
  }
}
