import type { Timers } from "../../gateway/core/clock.ts";
import { systemTimers } from "../../gateway/kit/clock.ts";

/** The system's timers, with a count of those that still wait. */
export class CountedTimers implements Timers {
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  after(ms: number, run: () => void): () => void {
    const cancel = systemTimers.after(ms, () => {
      end();
      run();
    });
    const end = this.#count();
    return () => {
      end();
      cancel();
    };
  }

  every(ms: number, run: () => void): () => void {
    const cancel = systemTimers.every(ms, run);
    const end = this.#count();
    return () => {
      end();
      cancel();
    };
  }

  #count(): () => void {
    let waits = true;
    this.#pending++;
    return () => {
      if (waits) this.#pending--;
      waits = false;
    };
  }
}
