import type { UnmappedMessages } from "../../core/driver-port.ts";
import { filterOf } from "./expansion.ts";
import { matches, type TopicFilter } from "./topic-filter.ts";
import type { Topics } from "./topics.ts";

const mostNamed = 20;
const longestName = 200;

/** Messages that a filter of the device is for and that are no tag: what somebody has still to declare. */
export class Unmapped {
  readonly #filters: readonly TopicFilter[];
  /** The last ones, newest last. */
  readonly #named = new Set<string>();
  #count = 0;

  constructor(topics: readonly Topics[]) {
    this.#filters = topics.filter(({ unmapped }) => unmapped === "count").map(filterOf);
  }

  /** A message on a topic that nothing of the configuration names. */
  message(topic: string): void {
    if (!this.#filters.some((filter) => matches(filter, topic))) return;
    this.#count++;
    const name = topic.slice(0, longestName);
    this.#named.delete(name);
    this.#named.add(name);
    for (const oldest of this.#named) {
      if (this.#named.size <= mostNamed) break;
      this.#named.delete(oldest);
    }
  }

  /** undefined: there is no filter that could tell. */
  get statistics(): UnmappedMessages | undefined {
    if (this.#filters.length === 0) return undefined;
    return { count: this.#count, last: [...this.#named].reverse() };
  }
}
