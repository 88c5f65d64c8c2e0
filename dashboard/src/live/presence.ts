/** What an answer to the gateway's prompt says of the person (R40, R43). */
export interface Sign {
  /** The page is in front. */
  readonly visible: boolean;
  /** Somebody touched it since the last answer. */
  readonly active: boolean;
}

/** Whether somebody is there, as far as a page can tell. A touch counts for one answer. */
export class Presence {
  #touched = false;
  readonly #visible: () => boolean;

  constructor(visible: () => boolean) {
    this.#visible = visible;
  }

  touch(): void {
    this.#touched = true;
  }

  tell(): Sign {
    const sign = { visible: this.#visible(), active: this.#touched };
    this.#touched = false;
    return sign;
  }

  /** Follows deliberate touches of the page; a pointer that only moves may be a desk that shakes. Returns what ends it. */
  follow(page: Window): () => void {
    const touched = () => this.touch();
    const options = { capture: true, passive: true };
    for (const kind of ["pointerdown", "keydown", "wheel"]) page.addEventListener(kind, touched, options);
    return () => {
      for (const kind of ["pointerdown", "keydown", "wheel"]) page.removeEventListener(kind, touched, options);
    };
  }
}
