import type { TrendPage } from "./trend-page.svelte.ts";
import { momentAt, type TrendWindow } from "./trend-window.ts";

const dragPx = 5;

/** Where a selection lies, as shares of the width, in either order. */
export interface Selection {
  readonly one: number;
  readonly other: number;
}

interface Place {
  readonly window: () => TrendWindow;
  readonly nowMs: () => number;
  readonly selecting: (selection: Selection | undefined) => void;
}

interface Finger {
  readonly startX: number;
  x: number;
}

/**
 * Mouse: moving shows the cursor, a click puts it, a drag selects what to look at closer, Shift and a
 * drag moves, the wheel zooms. Fingers: one moves the cursor (up and down scrolls the page), two zoom.
 */
export class TrendPointer {
  readonly #page: () => TrendPage;
  readonly #place: Place;
  readonly #fingers = new Map<number, Finger>();
  #mode: "none" | "select" | "pan" | "cursor" | "pinch" = "none";

  constructor(page: () => TrendPage, place: Place) {
    this.#page = page;
    this.#place = place;
  }

  /** Listens on the surface over the lanes. Returns what ends it. */
  attach(surface: HTMLElement): () => void {
    const listeners: [string, (event: never) => void][] = [
      ["pointerdown", (event: PointerEvent) => this.#down(event, surface)],
      ["pointermove", (event: PointerEvent) => this.#move(event, surface)],
      ["pointerup", (event: PointerEvent) => this.#up(event, surface)],
      ["pointercancel", (event: PointerEvent) => this.#end(event)],
      ["pointerleave", () => this.#leave()],
      ["wheel", (event: WheelEvent) => this.#wheel(event, surface)],
    ];
    // Not passive: a wheel over the lanes zooms them and does not scroll the page as well.
    for (const [type, listener] of listeners)
      surface.addEventListener(type, listener as EventListener, { passive: false });
    return () => {
      for (const [type, listener] of listeners) surface.removeEventListener(type, listener as EventListener);
    };
  }

  #down(event: PointerEvent, surface: HTMLElement): void {
    if (event.pointerType === "mouse" && event.button > 1) return;
    // Else a drag with Shift would select the words of the page; the focus must then be given by hand.
    event.preventDefault();
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, { startX: event.clientX, x: event.clientX });
    if (this.#fingers.size === 2) this.#mode = "pinch";
    else if (event.pointerType !== "mouse") this.#mode = "cursor";
    else this.#mode = event.shiftKey || event.button === 1 ? "pan" : "select";
    if (this.#mode === "cursor") this.#pin(event, surface);
  }

  #move(event: PointerEvent, surface: HTMLElement): void {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType === "mouse") this.#page().hoverMs = this.#momentOf(event.clientX, surface);
      return;
    }
    const before = finger.x;
    if (this.#mode === "pinch") {
      this.#pinch(finger, event.clientX, surface);
      return;
    }
    finger.x = event.clientX;
    const { width } = surface.getBoundingClientRect();
    if (this.#mode === "cursor") this.#pin(event, surface);
    else if (this.#mode === "pan") this.#page().panBy((before - finger.x) / width, this.#place.nowMs());
    else if (this.#isDrag(finger)) {
      this.#page().hoverMs = undefined;
      this.#place.selecting({ one: share(finger.startX, surface), other: share(finger.x, surface) });
    }
  }

  #up(event: PointerEvent, surface: HTMLElement): void {
    const finger = this.#fingers.get(event.pointerId);
    if (finger && this.#mode === "select") {
      if (this.#isDrag(finger)) {
        const [one, other] = [this.#momentOf(finger.startX, surface), this.#momentOf(finger.x, surface)];
        this.#page().select(one, other, this.#place.nowMs());
      } else this.#pin(event, surface);
    }
    this.#end(event);
  }

  #end(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    this.#mode = "none";
    this.#place.selecting(undefined);
  }

  #leave(): void {
    if (this.#fingers.size === 0) this.#page().hoverMs = undefined;
  }

  /** What lies between the two fingers stays between them. */
  #pinch(finger: Finger, toX: number, surface: HTMLElement): void {
    const [one, other] = [...this.#fingers.values()];
    if (!one || !other) return;
    const before = Math.max(20, Math.abs(one.x - other.x));
    const middleBefore = (one.x + other.x) / 2;
    finger.x = toX;
    const after = Math.max(20, Math.abs(one.x - other.x));
    const middle = (one.x + other.x) / 2;
    const nowMs = this.#place.nowMs();
    const { width } = surface.getBoundingClientRect();
    if (middle !== middleBefore) this.#page().panBy((middleBefore - middle) / width, nowMs);
    this.#page().scale(before / after, nowMs, this.#momentOf(middle, surface));
  }

  #wheel(event: WheelEvent, surface: HTMLElement): void {
    event.preventDefault();
    const nowMs = this.#place.nowMs();
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#page().panBy(Math.max(-0.5, Math.min(0.5, sideways / 800)), nowMs);
    } else {
      const factor = Math.exp(Math.max(-0.7, Math.min(0.7, event.deltaY / 400)));
      this.#page().scale(factor, nowMs, this.#momentOf(event.clientX, surface));
    }
  }

  #pin(event: PointerEvent, surface: HTMLElement): void {
    const atMs = Math.min(this.#momentOf(event.clientX, surface), this.#place.nowMs());
    this.#page().pinnedMs = Math.round(atMs);
    this.#page().hoverMs = undefined;
  }

  #isDrag(finger: Finger): boolean {
    return Math.abs(finger.x - finger.startX) > dragPx;
  }

  #momentOf(x: number, surface: HTMLElement): number {
    return momentAt(share(x, surface), this.#place.window());
  }
}

function share(x: number, surface: HTMLElement): number {
  const { left, width } = surface.getBoundingClientRect();
  return Math.min(1, Math.max(0, (x - left) / width));
}
