import type { ValueView, WireSample } from "../api/wire.ts";
import { link } from "./link.svelte.ts";
import { isGood, type Seen } from "./value-state.ts";

/** One tag's last sample, kept by the gateway's handle. */
export class LiveValue {
  seen = $state.raw<Seen | undefined>(undefined);
  lastGood = $state.raw<Seen | undefined>(undefined);
  /** The connection that it came over. */
  epoch = $state(-1);

  take(seen: Seen, epoch: number): void {
    this.seen = seen;
    this.epoch = epoch;
    if (isGood(seen.status) && seen.value !== null) this.lastGood = seen;
  }

  get current(): boolean {
    return this.epoch === link.epoch;
  }
}

type Watcher = (handle: number, seen: Seen) => void;

/** The image of the plant in this browser. */
class Values {
  readonly #values = new Map<number, LiveValue>();
  readonly #watchers = new Set<Watcher>();

  of(handle: number): LiveValue {
    let value = this.#values.get(handle);
    if (!value) {
      value = new LiveValue();
      this.#values.set(handle, value);
    }
    return value;
  }

  take(samples: readonly WireSample[]): void {
    for (const [handle, value, status, timeMs] of samples) {
      const seen = { value, status, timeMs };
      this.of(handle).take(seen, link.epoch);
      for (const watcher of this.#watchers) watcher(handle, seen);
    }
  }

  /** The last Good value that the gateway still knows of a tag that is not Good now. */
  takeLast(handle: number, view: ValueView): void {
    const value = this.of(handle);
    if (view.last && !value.lastGood) {
      value.lastGood = { value: view.last.value, status: 0, timeMs: Date.parse(view.last.sourceTime) };
    }
  }

  /** Rights were taken back: nothing of it stays on the screen. */
  forget(handles: readonly number[]): void {
    for (const handle of handles) {
      const value = this.#values.get(handle);
      if (!value) continue;
      value.seen = undefined;
      value.lastGood = undefined;
    }
  }

  clear(): void {
    this.forget([...this.#values.keys()]);
    this.#values.clear();
  }

  /** Every sample, synchronously. Returns what ends it. */
  onSample(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

export const values = new Values();
