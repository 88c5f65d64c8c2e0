import { NoAnswer, Refusal } from "../api/client.ts";
import type { Command } from "../api/wire.ts";
import { commands } from "../live/commands.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { mergeCommands, requestedMs } from "./events.ts";

const pageSize = 200;
const mostPages = 5;

/** Commands and stop requests of the machines that a page shows, as far back as its window and as pages go. */
export class TrendEvents {
  /** Older ones exist and were not fetched: the list is whole from here on. UTC ms. */
  cutMs = $state<number | undefined>(undefined);
  failed = $state(false);
  #fetched = $state.raw<readonly Command[]>([]);
  #turn = 0;
  #asked = "";

  of(machines: readonly string[]): readonly Command[] {
    const wanted = new Set(machines);
    const now = machines.flatMap((id) => [...commands.of(id)]);
    return mergeCommands(
      this.#fetched.filter((command) => wanted.has(command.equipment)),
      now,
    );
  }

  /** Once for the same machines and the same hour of the window's beginning; live ones come by themselves. */
  async load(machines: readonly string[], fromMs: number): Promise<void> {
    const hourMs = 3_600_000;
    const asked = `${machines.join()} ${Math.floor(fromMs / hourMs)}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const answers = await Promise.all(machines.map((id) => fetchSince(id, fromMs)));
      if (turn !== this.#turn) return;
      this.#fetched = answers.flatMap((answer) => answer.commands);
      const cuts = answers.map((answer) => answer.cutMs).filter((cut) => cut !== undefined);
      this.cutMs = cuts.length > 0 ? Math.max(...cuts) : undefined;
      this.failed = false;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      if (turn !== this.#turn) return;
      this.failed = true;
      this.#asked = "";
    }
  }
}

interface Answer {
  readonly commands: readonly Command[];
  readonly cutMs: number | undefined;
}

async function fetchSince(equipment: string, fromMs: number): Promise<Answer> {
  const found: Command[] = [];
  let next: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const query = new URLSearchParams({ equipment, limit: String(pageSize), ...(next ? { next } : {}) });
    const answer = await session.call<{ items: readonly Command[]; next?: string }>(`/commands?${query}`);
    found.push(...answer.items);
    next = answer.next;
    const oldest = found.at(-1);
    if (next === undefined || !oldest || requestedMs(oldest) < fromMs) return { commands: found, cutMs: undefined };
  }
  const oldest = found.at(-1);
  return { commands: found, cutMs: oldest && requestedMs(oldest) };
}
