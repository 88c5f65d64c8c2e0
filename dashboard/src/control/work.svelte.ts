import { tick } from "svelte";
import type { JsonValue, TagView } from "../api/wire.ts";
import { headBottom } from "../parts/head-bottom.ts";
import type { Errand } from "./errand.ts";

/** What a person has begun on a machine and a dialog is open about. */
export type Task =
  /** A routine set-point, written at once when it is confirmed. */
  | { readonly kind: "write"; readonly tag: TagView; readonly value: JsonValue }
  | { readonly kind: "command"; readonly errand: Errand }
  | { readonly kind: "force"; readonly holder: string }
  /** Control goes to whoever asks, with words. */
  | { readonly kind: "give"; readonly user: string }
  /** Somebody asks, and it is kept, with words. */
  | { readonly kind: "keep"; readonly user: string }
  | { readonly kind: "release" };

/** One at a time on a page, also with two machines on it: what lies below a dialog cannot be touched. */
class Bench {
  open = $state(0);
  /** Two machines stand on the page: each part says whose it is. */
  pair = $state(false);

  get busy(): boolean {
    return this.open > 0;
  }
}
export const bench = new Bench();

/** What names a part of a machine's page: its own heading, and the machine's where there are two. */
export function namedBy(heading: string, equipment: string): string {
  return bench.pair ? `${heading} machine-${equipment}-name` : heading;
}

/** One machine's open dialog, and what it was opened from. */
export class Work {
  task = $state.raw<Task | undefined>(undefined);
  /** Px from the top. */
  top = $state(0);
  /** The target that "Why can I not?" is about, where a person chose one. */
  whyTarget = $state<string | undefined>(undefined);
  #opener: Element | null = null;
  /** What is said in a head makes it taller: it stays above the veil. */
  readonly #heads = new ResizeObserver(() => this.measure());

  open(task: Task): void {
    if (bench.busy) return;
    this.top = headBottom();
    for (const head of document.querySelectorAll("[data-machine-head]")) this.#heads.observe(head);
    this.#opener = document.activeElement;
    this.task = task;
    bench.open += 1;
  }

  /** Where the veil starts, when what stands above the heads may have come or gone. */
  measure(): void {
    if (this.task) this.top = headBottom();
  }

  async close(): Promise<void> {
    if (!this.task) return;
    this.task = undefined;
    this.#heads.disconnect();
    bench.open -= 1;
    // Only when the page below is no longer inert can it take the focus back.
    await tick();
    if (this.#opener instanceof HTMLElement) this.#opener.focus();
  }
}
