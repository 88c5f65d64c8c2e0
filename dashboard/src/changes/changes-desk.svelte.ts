import { NoAnswer, Refusal } from "../api/client.ts";
import type { ChangesPage, WaitingChanges } from "../api/wire.ts";
import type { WordKey } from "../i18n/language.svelte.ts";
import { Fetched } from "../live/fetched.svelte.ts";

export interface ChangesDeps {
  /** @throws Refusal, NoAnswer. */
  get(path: string): Promise<ChangesPage>;
  /** Sends once. @throws Refusal, NoAnswer. */
  post(path: string, body: unknown): Promise<ChangesPage>;
  live(): boolean;
}

export type Decision = "confirm" | "accept";

const words: ReadonlyMap<string, WordKey> = new Map([
  ["site/not-now", "changes.problem-not-now"],
  ["request/conflict", "changes.problem-conflict"],
  ["request/not-found", "changes.problem-conflict"],
  ["config/second-person", "changes.problem-second"],
  ["auth/forbidden", "changes.problem-forbidden"],
]);

/** Changes that wait, and what this administrator does about them (R9). A decision is sent once. */
export class ChangesDesk {
  readonly list: Fetched<readonly WaitingChanges[]>;
  acting = $state(false);
  /** Why the last decision was not taken; `word` undefined: in the gateway's own words. */
  problem = $state.raw<
    { readonly equipment: string; readonly word: WordKey | undefined; readonly detail: string } | undefined
  >(undefined);
  readonly #deps: ChangesDeps;

  constructor(deps: ChangesDeps) {
    this.#deps = deps;
    this.list = new Fetched(async () => (await deps.get("/config/changes")).items);
  }

  /** Of exactly what was shown: its digest goes along. */
  async decide({ equipment, digest }: WaitingChanges, decision: Decision): Promise<void> {
    if (this.acting || !this.#deps.live()) return;
    this.acting = true;
    this.problem = undefined;
    try {
      await this.#deps.post(`/config/changes/${encodeURIComponent(equipment)}/${decision}`, { digest });
    } catch (error) {
      this.problem = { equipment, ...reasonOf(error) };
    } finally {
      this.acting = false;
      await this.list.load();
    }
  }
}

function reasonOf(error: unknown): { readonly word: WordKey | undefined; readonly detail: string } {
  if (error instanceof NoAnswer) return { word: "changes.problem-no-answer", detail: "" };
  if (!(error instanceof Refusal)) throw error;
  const { code, detail, title } = error.problem;
  return { word: words.get(code), detail: `${detail ?? title} (${code})` };
}
