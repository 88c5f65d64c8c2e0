import type { Told } from "../../core/control/event-words.ts";
import type { Occupied } from "../../core/control/facts.ts";
import type { Order } from "../../core/control/order.ts";
import { SharedWork, type StopRound } from "./shared-work.ts";
import { WaitingLooks } from "./waiting-looks.ts";

/** Who holds a tag, or the methods of a device, of one machine. */
export interface Occupant {
  readonly commandId: string;
  readonly userId: string;
  readonly userName: string;
  /** SELECTED and not operated yet (R6). */
  selected: boolean;
}

/** Why what is pending is taken back. */
export type Withdrawal = Told;

/** What is on its way right now, per tag and per machine. */
export class Activity {
  readonly #taken = new Map<string, Occupant>();
  readonly #stops = new Map<string, number>();
  readonly #lastWrite = new Map<number, number>();
  readonly #pending = new Map<string, Set<AbortController>>();
  readonly #inFlight = new Map<string, Set<Promise<unknown>>>();
  readonly #flightsEnded = new Map<string, number>();
  readonly #ended = (equipment: string): number => this.#flightsEnded.get(equipment) ?? 0;
  /** Rounds of writes, and looks at the feedback, of stop requests for the same machine. */
  readonly stopRounds = new SharedWork<StopRound>(this.#ended);
  readonly stopLooks = new SharedWork<boolean>(this.#ended);
  /** Writes that wait for their turn. */
  readonly looks = new WaitingLooks();

  /** Takes everything that the command moves, or nothing; false when another has a part of it. */
  take(order: Order, occupant: Occupant): boolean {
    const keys = keysOf(order);
    if (keys.some((key) => this.#taken.has(key) && this.#taken.get(key)?.commandId !== occupant.commandId))
      return false;
    for (const key of keys) this.#taken.set(key, occupant);
    return true;
  }

  release(commandId: string): void {
    for (const [key, occupant] of this.#taken) if (occupant.commandId === commandId) this.#taken.delete(key);
  }

  /** The same command goes on from selected to operated. */
  operate(commandId: string): void {
    for (const occupant of this.#taken.values()) if (occupant.commandId === commandId) occupant.selected = false;
  }

  /** @param ownId a command is not in its own way. */
  occupied(order: Order, ownId: string | undefined): Occupied | undefined {
    if (this.isStopping(order.equipment.id)) return { kind: "stop" };
    const other = this.occupants(order).find((each) => each.commandId !== ownId);
    if (!other) return undefined;
    return other.selected ? { kind: "selected", by: other.userName } : { kind: "command" };
  }

  occupants(order: Order): readonly Occupant[] {
    return keysOf(order).flatMap((key) => this.#taken.get(key) ?? []);
  }

  isStopping(equipment: string): boolean {
    return (this.#stops.get(equipment) ?? 0) > 0;
  }

  stopping(equipment: string, by: 1 | -1): void {
    this.#stops.set(equipment, (this.#stops.get(equipment) ?? 0) + by);
  }

  wrote(handle: number, atMs: number): void {
    this.#lastWrite.set(handle, atMs);
  }

  lastWriteAgeMs(handle: number, nowMs: number): number {
    const at = this.#lastWrite.get(handle);
    return at === undefined ? Number.POSITIVE_INFINITY : nowMs - at;
  }

  /** A command that has not been written yet; a stop request, or the key at the machine, aborts it with a `Withdrawal`. */
  pending(equipment: string): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    const all = this.#pending.get(equipment) ?? new Set();
    this.#pending.set(equipment, all.add(controller));
    return { signal: controller.signal, end: () => void all.delete(controller) };
  }

  cancelPending(equipment: string, why: Withdrawal): void {
    for (const controller of this.#pending.get(equipment) ?? []) controller.abort(why);
  }

  /** A write that is on the wire: a stop request is sent again after it (R10). */
  async during<T>(equipment: string, write: Promise<T>): Promise<T> {
    const all = this.#inFlight.get(equipment) ?? new Set();
    this.#inFlight.set(equipment, all.add(write));
    try {
      return await write;
    } finally {
      all.delete(write);
      this.#flightsEnded.set(equipment, this.#ended(equipment) + 1);
    }
  }

  async settled(equipment: string): Promise<boolean> {
    const all = [...(this.#inFlight.get(equipment) ?? [])];
    await Promise.allSettled(all);
    return all.length > 0;
  }
}

function keysOf(order: Order): readonly string[] {
  return order.steps.map((step) =>
    step.kind === "write" ? `tag ${step.tag.handle}` : `methods of ${step.device} for ${order.equipment.id}`,
  );
}
