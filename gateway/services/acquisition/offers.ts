import type { Channel, Point, PointFacts } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import type { Tag } from "../../core/plant.ts";

/**
 * What devices say of tags whose configuration says nothing: unit, range, texts. For people to read and to take over
 * into the configuration; neither limits nor writes know of it.
 */
export class Offers {
  readonly #tags: readonly Tag[];
  readonly #log: Log;
  readonly #offered = new Map<number, PointFacts>();

  constructor(tags: readonly Tag[], log: Log) {
    this.#tags = tags;
    this.#log = log;
  }

  of(handle: number): PointFacts | undefined {
    return this.#offered.get(handle);
  }

  /** Asks a device that has just been connected. Never throws: nothing depends on it. */
  async ask(channel: Channel, device: string, points: readonly Point[], signal: AbortSignal): Promise<void> {
    if (!channel.describe) return;
    const wanted = points.filter(({ handle }) => {
      const tag = this.#tags[handle];
      return tag !== undefined && lacksSomething(tag);
    });
    if (wanted.length === 0) return;
    try {
      const told = await channel.describe(device, wanted, signal);
      if (signal.aborted) return;
      for (const [i, { handle }] of wanted.entries()) this.#take(handle, told[i]);
    } catch (error) {
      if (!signal.aborted) this.#log.debug({ device, err: error }, "a device does not say what its values mean");
    }
  }

  #take(handle: number, told: PointFacts | undefined): void {
    const tag = this.#tags[handle];
    const offered: PointFacts = {
      ...(told?.unit === undefined || tag?.unit !== undefined ? {} : { unit: told.unit }),
      ...(told?.range === undefined || tag?.range !== undefined ? {} : { range: told.range }),
      ...(told?.texts === undefined || tag?.texts !== undefined ? {} : { texts: told.texts }),
    };
    if (Object.keys(offered).length === 0) this.#offered.delete(handle);
    else this.#offered.set(handle, offered);
  }
}

/** What a device says is said of its own numbers: once they are converted it holds no more. */
function lacksSomething({ scale, offset, unit, range, texts }: Tag): boolean {
  return scale === 1 && offset === 0 && (unit === undefined || range === undefined || texts === undefined);
}
