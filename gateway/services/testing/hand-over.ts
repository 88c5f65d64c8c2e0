import type { HandOverNote, HandOverStore, OnCallEntry } from "../../core/hand-over-port.ts";

/** Notes and calls in memory, with the rules of the records and a disk that can fail. */
export class MemoryHandOver implements HandOverStore {
  readonly written: HandOverNote[] = [];
  readonly calls = new Map<string, OnCallEntry>();
  broken = false;

  async addNote(note: HandOverNote): Promise<void> {
    this.#check();
    this.written.push(note);
  }

  async notes({ equipment, beforeId, limit }: Parameters<HandOverStore["notes"]>[0]): Promise<readonly HandOverNote[]> {
    this.#check();
    const newest = this.written.filter((note) => note.equipment === equipment).reverse();
    const from = beforeId === undefined ? 0 : newest.findIndex(({ id }) => id === beforeId) + 1;
    return newest.slice(from, from + limit);
  }

  async putCall(entry: OnCallEntry): Promise<void> {
    this.#check();
    this.calls.set(entry.id, entry);
  }

  async openCalls(): Promise<readonly OnCallEntry[]> {
    this.#check();
    return [...this.calls.values()].filter((entry) => entry.acknowledgedAt === undefined);
  }

  #check(): void {
    if (this.broken) throw new Error("disk full");
  }
}
