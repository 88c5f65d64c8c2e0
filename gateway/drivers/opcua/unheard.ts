import type { Clock } from "../../core/clock.ts";
import type { Point, ReadingSink } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { type Readable, readPoints } from "./reading.ts";

export interface UnheardSettings extends Readable {
  readonly device: string;
  readonly sink: ReadingSink;
  readonly timeoutMs: number;
  readonly clock: Clock;
  onLost(why: string): void;
}

/**
 * Points of a subscription that was taken up again, of which nothing has come since: it tells changes only, so
 * they are read once, after what the server had queued.
 */
export class Unheard {
  readonly #settings: UnheardSettings;
  readonly #points: Map<number, Point>;
  #isReading = false;

  constructor(settings: UnheardSettings, points: readonly Point[]) {
    this.#settings = settings;
    this.#points = new Map(points.map((point) => [point.handle, point]));
  }

  heard(handles: readonly number[]): void {
    for (const handle of handles) this.#points.delete(handle);
  }

  /** Called whenever the server has nothing queued; does nothing where all is heard, or the last asking waits. */
  ask(): void {
    if (this.#points.size === 0 || this.#isReading) return;
    this.#isReading = true;
    this.#read().then(
      () => {
        this.#isReading = false;
      },
      (error) => this.#settings.onLost(String(error)),
    );
  }

  async #read(): Promise<void> {
    const { timeoutMs, clock, sink, device } = this.#settings;
    const asked = [...this.#points.values()];
    const signal = new AbortController().signal;
    const readings = await readPoints(this.#settings, asked, { timeoutMs, signal, clock });
    const told = asked.flatMap(({ handle }, i) => {
      const reading = readings[i];
      // What was heard while the answer was under way is newer; what was not answered is asked again.
      return reading && reading.status !== Status.Bad_Timeout && this.#points.has(handle) ? [{ handle, reading }] : [];
    });
    this.heard(told.map(({ handle }) => handle));
    if (told.length === 0) return;
    sink.readings(
      device,
      told.map(({ handle }) => handle),
      told.map(({ reading }) => reading),
    );
  }
}
