import type { Clock, Timers } from "../../core/clock.ts";
import type { Accumulator, Kept } from "../../core/derived/accumulator.ts";
import { definitionOf, keptOf, keptText } from "../../core/derived/kept-text.ts";
import type { DerivedState, DerivedStore } from "../../core/derived-port.ts";
import type { Log } from "../../core/log.ts";
import type { Tag } from "../../core/plant.ts";

/** What is lost at most when the power goes, ms: it is a gap then, and said. */
const saveMs = 10_000;
/** Of one call to the store. */
const atOnce = 250;
/** A tag that left the configuration may come back; after this it begins anew, ms. */
const forgetMs = 400 * 86_400_000;

export interface MemoryParts {
  readonly store: DerivedStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface Remembered {
  readonly tag: Tag;
  readonly definition: string;
  readonly accumulator: Accumulator;
  saved: string;
}

/** Keeps what tags computed over time have counted, so that it outlives the gateway. */
export class DerivedMemory {
  readonly #parts: MemoryParts;
  readonly #remembered: Remembered[] = [];
  #known: ReadonlyMap<string, DerivedState> = new Map();
  #saving: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
  }

  /** @throws PlanciaError store/unavailable. */
  async load(): Promise<void> {
    this.#known = new Map((await this.#parts.store.list()).map((state) => [state.tag, state]));
  }

  /** What a tag had counted, under this name or a former one; undefined: nothing, or of another definition. */
  kept(tag: Tag): Kept | undefined {
    const over = tag.derived?.over;
    if (!over) return undefined;
    const state = [tag.name, ...tag.formerly].map((name) => this.#known.get(name)).find((each) => each !== undefined);
    if (!state) return undefined;
    const kept = state.definition === definitionOf(tag.derived.expression, over) ? keptOf(state.body) : undefined;
    if (!kept) this.#parts.log.warn({ tag: tag.name }, "what was counted was of another definition; it begins anew");
    return kept;
  }

  remember(tag: Tag, accumulator: Accumulator): void {
    const over = tag.derived?.over;
    if (!over) return;
    this.#remembered.push({ tag, accumulator, definition: definitionOf(tag.derived.expression, over), saved: "" });
  }

  start(): void {
    if (this.#remembered.length > 0) this.#cancel = this.#parts.timers.every(saveMs, () => this.save());
    const names = new Set(this.#remembered.map(({ tag }) => tag.name));
    const gone = [...this.#known.keys()].filter((name) => !names.has(name));
    if (gone.length > 0)
      void this.#attempt(() => this.#parts.store.forget(gone, this.#parts.clock.wallMs() - forgetMs));
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.save();
    await this.save();
  }

  /** One at a time; what cannot be written is tried again with the next. Never rejects. */
  save(): Promise<void> {
    this.#saving ??= this.#attempt(() => this.#saveAll()).finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    const savedAt = this.#parts.clock.wallMs();
    const changed = this.#remembered
      .map((each) => ({ each, body: keptText(each.accumulator.kept) }))
      .filter(({ each, body }) => each.saved !== body);
    for (let from = 0; from < changed.length; from += atOnce) {
      const some = changed.slice(from, from + atOnce);
      await this.#parts.store.put(
        some.map(({ each, body }) => ({ tag: each.tag.name, definition: each.definition, body, savedAt })),
      );
      for (const { each, body } of some) each.saved = body;
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.log.error({ err: error }, "what is computed over time cannot be saved");
    }
  }
}
