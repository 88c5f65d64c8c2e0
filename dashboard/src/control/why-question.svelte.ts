import { NoAnswer, Refusal } from "../api/client.ts";
import type { WhyAnswer, WhyNode } from "../api/wire.ts";

export interface WhyDeps {
  /** @throws Refusal, NoAnswer. */
  ask(target: string): Promise<WhyAnswer>;
  after(ms: number, action: () => void): () => void;
}

/** At most so often, however fast the plant changes. */
const leastMs = 500;

/**
 * "Why can I not?" of one target, kept up to date: asked again when something that may matter has
 * changed, at most twice a second, one question at a time.
 */
export class WhyQuestion {
  answer = $state.raw<WhyAnswer | undefined>(undefined);
  error = $state.raw<Refusal | NoAnswer | undefined>(undefined);
  readonly target: string;
  readonly #deps: WhyDeps;
  #asking = false;
  #resting = false;
  #wanted = false;
  #ended = false;
  #cancel: (() => void) | undefined;

  constructor(target: string, deps: WhyDeps) {
    this.target = target;
    this.#deps = deps;
    this.changed();
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#ended) return;
    if (this.#asking || this.#resting) this.#wanted = true;
    else void this.#ask();
  }

  /** Full names of the tags that the answer stands on. */
  stands(): ReadonlySet<string> {
    return new Set((this.answer?.why ?? []).flatMap(tagsOf));
  }

  end(): void {
    this.#ended = true;
    this.#cancel?.();
  }

  async #ask(): Promise<void> {
    this.#wanted = false;
    this.#asking = true;
    this.#resting = true;
    this.#cancel = this.#deps.after(leastMs, () => {
      this.#resting = false;
      this.#next();
    });
    try {
      const answer = await this.#deps.ask(this.target);
      if (this.#ended) return;
      this.answer = answer;
      this.error = undefined;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.error = error;
    } finally {
      this.#asking = false;
      this.#next();
    }
  }

  #next(): void {
    if (this.#wanted && !this.#asking && !this.#resting && !this.#ended) void this.#ask();
  }
}

function tagsOf(node: WhyNode): readonly string[] {
  return [...(node.tags ?? []).map((each) => each.tag), ...(node.children ?? []).flatMap(tagsOf)];
}

/** How many lines there are, and how many of them are not met. */
export function counted(why: readonly WhyNode[]): { readonly all: number; readonly missing: number } {
  return { all: why.length, missing: why.filter((node) => node.truth !== true).length };
}
