import { SvelteMap } from "svelte/reactivity";
import type { ControlView, LeaseChange, LiveEvent } from "../api/wire.ts";

export type LeaseEvent = Extract<LiveEvent, { kind: "lease" }>;

/** What became of control, for whoever it concerns; it stays until it is put away or something newer happens. */
export interface ControlNews {
  readonly change: LeaseChange;
  readonly holder: string | null;
  readonly by: string | undefined;
  readonly reason: string | undefined;
  /** UTC ms by the gateway's clock. */
  readonly atMs: number;
}

type Before = Pick<ControlView, "mine" | "request">;

/** What the gateway says of a request that nobody answered. */
export const unanswered = "unanswered";

/** Whether a change is worth a line for somebody who saw control like this before it. */
export function concerns({ change, reason }: Pick<LeaseEvent, "change" | "reason">, before: Before): boolean {
  switch (change) {
    case "forced":
      return true;
    case "declined":
      return before.request?.mine ?? false;
    case "handed-over":
      return before.mine || (before.request?.mine ?? false);
    case "expired":
    case "ended":
      return before.mine;
    case "taken":
    case "released":
    case "requested":
      return false;
    case "withdrawn":
      return reason === unanswered && (before.request?.mine ?? false);
  }
}

/** The newest of each machine, in this browser. */
export class ControlNewsDesk {
  readonly #byEquipment = new SvelteMap<string, ControlNews>();

  readonly #known = new Map<string, Before>();

  of(equipment: string): ControlNews | undefined {
    return this.#byEquipment.get(equipment);
  }

  /** As the gateway tells it now: who had control here, or asked for it, is known until an event says what became of it. */
  saw(machines: readonly { readonly id: string; readonly control: Before }[]): void {
    for (const { id, control } of machines) {
      const { mine, request } = control;
      if (mine || request?.mine) this.#known.set(id, { mine, request });
    }
  }

  /** Events were missed: what became of it is not known. */
  missed(): void {
    this.#known.clear();
  }

  /** @param now as the machine is known: it may have been asked for after the event, and before that was heard. */
  take(event: LeaseEvent, now: Before, atMs: number): void {
    const { change, holder, by, reason } = event;
    const known = this.#known.get(event.equipment);
    const before = {
      mine: now.mine || (known?.mine ?? false),
      request: now.request?.mine ? now.request : (known?.request ?? now.request),
    };
    if (change === "declined" || change === "withdrawn") {
      if (known) this.#known.set(event.equipment, { mine: known.mine, request: undefined });
    } else if (change !== "requested") this.#known.delete(event.equipment);
    if (concerns(event, before)) this.#byEquipment.set(event.equipment, { change, holder, by, reason, atMs });
    // Who has taken control since is news enough: what was before it is over.
    else if (change === "taken") this.putAway(event.equipment);
  }

  putAway(equipment: string): void {
    this.#byEquipment.delete(equipment);
  }

  clear(): void {
    this.#known.clear();
    this.#byEquipment.clear();
  }
}

export const controlNews = new ControlNewsDesk();
