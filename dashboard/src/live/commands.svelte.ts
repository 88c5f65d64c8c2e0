import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Command } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";

const kept = 50;

/** The commands of each machine, newest first: fetched once, carried on by events. */
class Commands {
  readonly #byEquipment = new SvelteMap<string, readonly Command[]>();
  /** Unknown ones after which the machine has been read, in this browser. */
  readonly settled = new SvelteSet<string>();
  readonly #watchers = new Set<(command: Command) => void>();

  of(equipment: string): readonly Command[] {
    return this.#byEquipment.get(equipment) ?? [];
  }

  latest(equipment: string, target: string): Command | undefined {
    return this.of(equipment).find((command) => command.target === target);
  }

  /** Every machine's newest commands that nobody knows the end of. */
  get unknown(): readonly Command[] {
    const open: Command[] = [];
    for (const list of this.#byEquipment.values()) {
      const targets = new Set<string>();
      for (const command of list) {
        if (!targets.has(command.target) && command.state === "UNKNOWN" && !this.settled.has(command.id)) {
          open.push(command);
        }
        targets.add(command.target);
      }
    }
    return open;
  }

  /** Every machine's commands that wait for a second person (R42), oldest first. */
  get pending(): readonly Command[] {
    return [...this.#byEquipment.values()]
      .flat()
      .filter((command) => command.state === "PENDING_APPROVAL")
      .sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
  }

  find(id: string): Command | undefined {
    return [...this.#byEquipment.values()].flat().find((command) => command.id === id);
  }

  take(command: Command): void {
    const list = this.of(command.equipment);
    const known = list.find((one) => one.id === command.id);
    // A final state never changes (R1): an older message that arrives late does not undo it.
    if (known?.finishedAt && !command.finishedAt) return;
    const rest = list.filter((one) => one.id !== command.id);
    const next = [...rest, command].sort((a, b) => b.requestedAt.localeCompare(a.requestedAt)).slice(0, kept);
    this.#byEquipment.set(command.equipment, next);
    for (const watcher of this.#watchers) watcher(command);
  }

  onCommand(watcher: (command: Command) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** @throws Refusal, NoAnswer. */
  async load(equipment: string): Promise<void> {
    const query = new URLSearchParams({ equipment, limit: String(kept) });
    const page = await session.call<{ items: readonly Command[] }>(`/commands?${query}`);
    for (const command of page.items) this.take(command);
  }

  /** What waits for a second person, of all machines. @throws Refusal, NoAnswer. */
  async loadPending(): Promise<void> {
    const query = new URLSearchParams({ state: "PENDING_APPROVAL", limit: String(kept) });
    const page = await session.call<{ items: readonly Command[] }>(`/commands?${query}`);
    for (const command of page.items) this.take(command);
  }

  clear(): void {
    this.#byEquipment.clear();
    this.settled.clear();
  }
}

export const commands = new Commands();
