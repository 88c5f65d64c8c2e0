import { push } from "svelte-spa-router";
import { destinations } from "./destinations.ts";

const remembered = "plancia.single-keys";
const togetherMs = 1_500;

/** What a page does with a letter; false: nothing. */
export type LetterKeys = (letter: string) => boolean;

/** G then a letter, ?, and the letters of the page. No key commands a machine. Can be switched off (WCAG 2.1.4). */
class Keys {
  enabled = $state(localStorage.getItem(remembered) !== "off");
  /** The list of shortcuts is open. */
  listing = $state(false);
  #goAt = Number.NEGATIVE_INFINITY;
  #page: LetterKeys | undefined;

  /** The letters of the page that is open. Returns what ends it. */
  onLetter(page: LetterKeys): () => void {
    this.#page = page;
    return () => {
      if (this.#page === page) this.#page = undefined;
    };
  }

  enable(on: "on" | "off"): void {
    this.enabled = on === "on";
    localStorage.setItem(remembered, on);
  }

  pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "Escape") this.listing = false;
    if (!this.enabled) return;
    const letter = event.key.toLowerCase();
    if (letter === "?") this.listing = !this.listing;
    else if (event.timeStamp - this.#goAt < togetherMs) {
      const to = destinations().find((one) => one.key === letter);
      if (to) void push(to.href.slice(1));
      this.#goAt = Number.NEGATIVE_INFINITY;
    } else if (letter === "g") this.#goAt = event.timeStamp;
    else if (!event.repeat) this.#page?.(letter);
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

export const keys = new Keys();
