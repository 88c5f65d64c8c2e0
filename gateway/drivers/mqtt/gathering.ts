import type { Reading, ReadingSink } from "../../core/driver-port.ts";

/** Readings of one device that go on together. */
export interface Gathered {
  readonly device: string;
  readonly sink: ReadingSink;
  handles: number[];
  readings: Reading[];
}

/** More would keep the event loop from others. */
const mostTogether = 1_000;

/**
 * Hands on what came from the socket in one go as one batch per device, in the order in which it came:
 * what follows a batch costs more for each than for each of its rows.
 */
export class Gathering {
  readonly #failed: (error: unknown) => void;
  readonly #waiting = new Set<Gathered>();
  #rows = 0;
  #immediate: NodeJS.Immediate | undefined;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  add(gathered: Gathered, handle: number, reading: Reading): void {
    gathered.handles.push(handle);
    gathered.readings.push(reading);
    this.#waiting.add(gathered);
    this.#rows++;
    if (this.#rows >= mostTogether) this.handOn();
    else this.#immediate ??= setImmediate(() => this.handOn());
  }

  /** Now instead of in this turn of the event loop. */
  handOn(): void {
    const all = [...this.#waiting];
    this.#forget();
    for (const gathered of all) {
      const { device, sink, handles, readings } = gathered;
      gathered.handles = [];
      gathered.readings = [];
      try {
        sink.readings(device, handles, readings);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** Lets go what has not been handed on. */
  end(): void {
    for (const gathered of this.#waiting) {
      gathered.handles = [];
      gathered.readings = [];
    }
    this.#forget();
  }

  #forget(): void {
    if (this.#immediate) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#waiting.clear();
    this.#rows = 0;
  }
}
