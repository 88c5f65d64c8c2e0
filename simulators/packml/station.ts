import type { WriteVerdict } from "../process/machine-point.ts";
import { type PackmlCommand, PackmlMachine, type PackmlState, packmlCommandOf } from "./states.ts";

export const unitModes = { production: 1, maintenance: 2, manual: 3 } as const;
export type UnitMode = keyof typeof unitModes;

/** Why it stands, by the number that `StopReason` shows. */
export const stopReasons = [
  "none",
  "command",
  "remote stop request",
  "e-stop chain",
  "guard open",
  "no material",
  "order complete",
  "enable lost",
  "gateway lost",
] as const;
export type StopReason = (typeof stopReasons)[number];

/** What of the machine itself the station has to know. */
export interface StationMachine {
  /** Whether the machine's own conditions for a command that sets it in motion hold. */
  mayMove(): boolean;
  /** Whether anything turns. */
  moves(): boolean;
}

const commandShownS = 0.5;
const standing: readonly PackmlState[] = ["Stopped", "Idle", "Aborted", "Complete"];
const stopping: readonly PackmlCommand[] = ["Stop", "Abort", "Hold"];

/**
 * Controller and panel of a PackML machine: states, key, mode, stop request, zone, guard and the
 * emergency-stop chain, with the controller's own guards over every command.
 */
export class PackmlStation {
  readonly #unit: PackmlMachine;
  readonly #machine: StationMachine;
  #mode: UnitMode = "production";
  #reason: StopReason = "none";
  #lastCommand = 0;
  #commandShownS = 0;
  #stopLatched = false;
  #keyRemote = true;
  #zoneClear = true;
  #chainClosed = true;
  #guardClosed = true;
  #resetRequired = false;

  constructor(state: PackmlState, machine: StationMachine) {
    this.#unit = new PackmlMachine(state);
    this.#machine = machine;
  }

  get state(): PackmlState {
    return this.#unit.state;
  }

  get reason(): StopReason {
    return this.#reason;
  }

  /** True where parameters may be changed from afar. */
  get keyRemote(): boolean {
    return this.#keyRemote;
  }

  get readings() {
    return {
      state: this.#unit.state,
      stateNumber: this.#unit.number,
      secondsInState: this.#unit.secondsInState,
      mode: this.#mode,
      reason: this.#reason,
      lastCommand: this.#lastCommand,
      stopRequested: this.#stopLatched,
      keyRemote: this.#keyRemote,
      zoneClear: this.#zoneClear,
      chainClosed: this.#chainClosed,
      guardClosed: this.#guardClosed,
      resetRequired: this.#resetRequired,
    };
  }

  step(dtS: number): void {
    this.#unit.step(dtS);
    this.#commandShownS -= dtS;
    if (this.#commandShownS <= 0) this.#lastCommand = 0;
  }

  /** A command from the wire: refused with the key on LOCAL, outside of production, where it is illegal or something is not in place. Stop always passes. */
  command(command: PackmlCommand): WriteVerdict {
    if (command !== "Stop" && (!this.#keyRemote || this.#mode !== "production")) return "wrong-state";
    return this.#carryOut(command);
  }

  /** A command by its number, as written to `CntrlCmd`; it stands there for half a second. 0 is none. */
  commandNumber(number: number): WriteVerdict {
    if (number === 0) return "done";
    const command = packmlCommandOf(number);
    if (command === undefined) return "out-of-range";
    const verdict = this.command(command);
    if (verdict !== "done") return verdict;
    this.#lastCommand = number;
    this.#commandShownS = commandShownS;
    return "done";
  }

  /** What the machine does by itself, with the reason that stands there from then on. False where it is not legal. */
  byItself(command: PackmlCommand, reason: StopReason): boolean {
    if (!this.#unit.command(command)) return false;
    this.#reason = reason;
    return true;
  }

  /** A level, latched until the local reset: asking again changes nothing, taking it back neither. Works with the key on LOCAL too. */
  requestStop(): void {
    if (this.#stopLatched) return;
    this.#stopLatched = true;
    this.byItself("Stop", "remote stop request");
  }

  /** The buttons at the panel: as a command, whatever key and mode say. */
  localCommand(command: PackmlCommand): "done" | "not in this state or not in place" {
    return this.#carryOut(command) === "done" ? "done" : "not in this state or not in place";
  }

  /** The reset button at the panel: lifts a latched stop request and, with the chain closed, what it left. Starts nothing. */
  localReset(): "done" | "e-stop chain open" {
    if (!this.#chainClosed) return "e-stop chain open";
    this.#stopLatched = false;
    this.#resetRequired = false;
    return "done";
  }

  turnKey(position: "local" | "remote"): void {
    this.#keyRemote = position === "remote";
  }

  switchMode(mode: UnitMode): "done" | "only when it stands still" {
    if (!standing.includes(this.state)) return "only when it stands still";
    this.#mode = mode;
    return "done";
  }

  /** The light curtain: no start while somebody is inside. */
  occupyZone(zone: "occupied" | "clear"): void {
    this.#zoneClear = zone === "clear";
  }

  /** The emergency-stop chain: opening aborts, and after closing a local reset is needed. */
  moveChain(chain: "open" | "closed"): void {
    this.#chainClosed = chain === "closed";
    if (this.#chainClosed) return;
    this.#resetRequired = true;
    this.byItself("Abort", "e-stop chain");
  }

  moveGuard(guard: "open" | "closed"): void {
    this.#guardClosed = guard === "closed";
    if (!this.#guardClosed && this.#machine.moves()) this.byItself("Abort", "guard open");
  }

  /** Whether a command that sets something in motion or prepares it finds everything in place. */
  inPlaceFor(command: PackmlCommand): boolean {
    switch (command) {
      case "Reset":
      case "Clear":
        return this.#armed;
      case "Start":
      case "Unhold":
      case "Unsuspend":
        return this.#armed && this.#zoneClear && this.#guardClosed && this.#machine.mayMove();
      default:
        return true;
    }
  }

  get #armed(): boolean {
    return !this.#stopLatched && !this.#resetRequired && this.#chainClosed;
  }

  #carryOut(command: PackmlCommand): WriteVerdict {
    if (!this.inPlaceFor(command)) return "wrong-state";
    return this.byItself(command, stopping.includes(command) ? "command" : "none") ? "done" : "wrong-state";
  }
}
