import { keepVigil, quiet, type Vigil, type VigilFacts } from "../../core/control/are-you-there.ts";
import type { Equipment } from "../../core/plant.ts";
import { eachGuarded } from "../../kit/guarded-timers.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Leases } from "./leases.ts";
import type { OnCall } from "./on-call.ts";

/** R43: asks whoever has control of an unattended machine in Execute whether he is there, then tells on-call. */
export class Vigils {
  readonly #parts: LeaseParts;
  readonly #leases: Leases;
  readonly #onCall: OnCall;
  readonly #vigils = new Map<string, Vigil>();
  readonly #listeners = new Set<(equipment: string) => void>();
  readonly #stop: () => void;

  constructor(parts: LeaseParts, leases: Leases, onCall: OnCall) {
    this.#parts = parts;
    this.#leases = leases;
    this.#onCall = onCall;
    const watched = parts.plant.equipment.filter((each) => each.unattended);
    this.#stop = leases.onLook((nowMs) => {
      eachGuarded(watched, parts.log, "nobody could be asked whether he is there", (each) => this.#look(each, nowMs));
    });
  }

  /** Monotonic ms until which an answer is waited for; undefined: nobody is asked. */
  askedUntilMs(equipment: string): number | undefined {
    const vigil = this.#vigils.get(equipment);
    return vigil?.state === "asked" ? vigil.untilMs : undefined;
  }

  /** Called when somebody is asked, and when that is over. */
  onChange(listener: (equipment: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  #look(equipment: Equipment, nowMs: number): void {
    const before = this.#vigils.get(equipment.id) ?? quiet;
    const after = keepVigil(before, this.#facts(equipment), nowMs, equipment.areYouThere);
    this.#vigils.set(equipment.id, after);
    if (after.state === before.state) return;
    if (after.state === "told") this.#onCall.tell(equipment.id, "R43", silent(equipment));
    for (const listener of [...this.#listeners]) listener(equipment.id);
  }

  /** A state that cannot be read may be Execute. */
  #facts(equipment: Equipment): VigilFacts | undefined {
    const holding = this.#leases.holder(equipment.id);
    const state = this.#parts.machines.state(equipment)?.name ?? "unknown";
    return holding && (state === "Execute" || state === "unknown") ? { activeMs: holding.activeMs } : undefined;
  }
}

function silent({ name }: Equipment) {
  return {
    en: `${name.en} runs unattended and whoever has control does not answer`,
    it: `${name.it} lavora senza presidio e chi ha il comando non risponde`,
  };
}
