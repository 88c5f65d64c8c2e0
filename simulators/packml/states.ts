/** The 17 states by number (ISA-TR88.00.02, as R34 lists them). */
export const packmlStates = {
  Clearing: 1,
  Stopped: 2,
  Starting: 3,
  Idle: 4,
  Suspended: 5,
  Execute: 6,
  Stopping: 7,
  Aborting: 8,
  Aborted: 9,
  Holding: 10,
  Held: 11,
  Unholding: 12,
  Suspending: 13,
  Unsuspending: 14,
  Resetting: 15,
  Completing: 16,
  Complete: 17,
} as const;

export type PackmlState = keyof typeof packmlStates;

/** The commands by the number that `CntrlCmd` takes. */
export const packmlCommands = {
  Reset: 1,
  Start: 2,
  Stop: 3,
  Hold: 4,
  Unhold: 5,
  Suspend: 6,
  Unsuspend: 7,
  Abort: 8,
  Clear: 9,
  Complete: 10,
} as const;

export type PackmlCommand = keyof typeof packmlCommands;

export const packmlCommandNames = Object.keys(packmlCommands) as readonly PackmlCommand[];

/** The command of a number, undefined where there is none. */
export function packmlCommandOf(number: number): PackmlCommand | undefined {
  return packmlCommandNames.find((name) => packmlCommands[name] === number);
}

interface Acting {
  readonly seconds: number;
  readonly leadsTo: PackmlState;
}

/** Acting states end by themselves ("SC", state complete); the others wait for a command. */
const acting: Partial<Record<PackmlState, Acting>> = {
  Clearing: { seconds: 2, leadsTo: "Stopped" },
  Starting: { seconds: 4, leadsTo: "Execute" },
  Stopping: { seconds: 1.5, leadsTo: "Stopped" },
  Aborting: { seconds: 0.6, leadsTo: "Aborted" },
  Holding: { seconds: 1.5, leadsTo: "Held" },
  Unholding: { seconds: 2, leadsTo: "Execute" },
  Suspending: { seconds: 1, leadsTo: "Suspended" },
  Unsuspending: { seconds: 1, leadsTo: "Execute" },
  Resetting: { seconds: 3, leadsTo: "Idle" },
  Completing: { seconds: 2, leadsTo: "Complete" },
};

const stoppedOrAborting: readonly PackmlState[] = ["Stopped", "Stopping", "Aborting", "Aborted", "Clearing"];

/** Where a command leads from a state; undefined where it is not legal there. */
export function packmlTarget(state: PackmlState, command: PackmlCommand): PackmlState | undefined {
  switch (command) {
    case "Reset":
      return state === "Stopped" || state === "Complete" ? "Resetting" : undefined;
    case "Start":
      return state === "Idle" ? "Starting" : undefined;
    case "Stop":
      return stoppedOrAborting.includes(state) ? undefined : "Stopping";
    case "Hold":
      return state === "Execute" ? "Holding" : undefined;
    case "Unhold":
      return state === "Held" ? "Unholding" : undefined;
    case "Suspend":
      return state === "Execute" ? "Suspending" : undefined;
    case "Unsuspend":
      return state === "Suspended" ? "Unsuspending" : undefined;
    case "Abort":
      return state === "Aborting" || state === "Aborted" ? undefined : "Aborting";
    case "Clear":
      return state === "Aborted" ? "Clearing" : undefined;
    case "Complete":
      return state === "Execute" ? "Completing" : undefined;
  }
}

/** A PackML state machine. It knows no reasons: what may be commanded when, beyond the states, is its owner's. */
export class PackmlMachine {
  #state: PackmlState;
  #secondsInState = 0;

  constructor(state: PackmlState) {
    this.#state = state;
  }

  get state(): PackmlState {
    return this.#state;
  }

  get number(): number {
    return packmlStates[this.#state];
  }

  get secondsInState(): number {
    return this.#secondsInState;
  }

  /** False where the command is not legal in this state; then nothing has changed. */
  command(command: PackmlCommand): boolean {
    const target = packmlTarget(this.#state, command);
    if (target === undefined) return false;
    this.#enter(target, 0);
    return true;
  }

  /** Advances by `dtS` seconds, 0 or more; several acting states may end in one step. */
  step(dtS: number): void {
    this.#secondsInState += dtS;
    for (let ending = acting[this.#state]; ending !== undefined; ending = acting[this.#state]) {
      const restS = this.#secondsInState - ending.seconds;
      if (restS < -1e-9) return;
      this.#enter(ending.leadsTo, Math.max(0, restS));
    }
  }

  #enter(state: PackmlState, secondsInState: number): void {
    this.#state = state;
    this.#secondsInState = secondsInState;
  }
}
