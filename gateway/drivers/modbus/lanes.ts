/** Waits for its turn: `stop` before `urgent` (writes and the reads that verify them) before `poll`. */
export type Lane = "stop" | "urgent" | "poll";

export interface Queued {
  readonly device: string;
  readonly lane: Lane;
}

/** Waiting jobs of a lane, or of one device's polls; beyond, a job is refused and counted. */
export const laneLimit = 256;

/**
 * What waits on one bus. Stops and urgent jobs go in the order they came; polls take turns by device,
 * so that one with many blocks holds up nobody.
 */
export class Lanes<Job extends Queued> {
  readonly #stop: Job[] = [];
  readonly #urgent: Job[] = [];
  /** In turn: the device served last stands at the end. */
  readonly #polls = new Map<string, Job[]>();
  #refused = 0;

  get refused(): number {
    return this.#refused;
  }

  get waiting(): number {
    let count = this.#stop.length + this.#urgent.length;
    for (const queue of this.#polls.values()) count += queue.length;
    return count;
  }

  some(predicate: (job: Job) => boolean): boolean {
    return (
      this.#stop.some(predicate) ||
      this.#urgent.some(predicate) ||
      this.#polls.values().some((queue) => queue.some(predicate))
    );
  }

  /** Whoever waits, some perhaps named twice. */
  *devices(): Iterable<string> {
    for (const job of [...this.#stop, ...this.#urgent]) yield job.device;
    for (const [device, queue] of this.#polls) if (queue.length > 0) yield device;
  }

  /** Whether there was room. */
  push(job: Job): boolean {
    const queue = this.#queueOf(job);
    if (queue.length >= laneLimit) {
      this.#refused++;
      return false;
    }
    queue.push(job);
    return true;
  }

  /** One that was taken and may not leave after all: it is the next of its queue again. */
  putBack(job: Job): void {
    this.#queueOf(job).unshift(job);
  }

  /** The next job among those that may leave now; one that may not is passed over. */
  take(mayLeave: (job: Job) => boolean): Job | undefined {
    return takeFirst(this.#stop, mayLeave) ?? takeFirst(this.#urgent, mayLeave) ?? this.#takePoll(mayLeave);
  }

  /** Takes a job out of its queue; false when it does not wait any more. */
  remove(job: Job): boolean {
    const queue = this.#queueOf(job);
    const index = queue.indexOf(job);
    if (index >= 0) queue.splice(index, 1);
    return index >= 0;
  }

  /** Empties all lanes. */
  drain(): Job[] {
    const all = [...this.#stop.splice(0), ...this.#urgent.splice(0), ...[...this.#polls.values()].flat()];
    this.#polls.clear();
    return all;
  }

  #queueOf(job: Job): Job[] {
    if (job.lane === "stop") return this.#stop;
    if (job.lane === "urgent") return this.#urgent;
    const queue = this.#polls.get(job.device) ?? [];
    this.#polls.set(job.device, queue);
    return queue;
  }

  #takePoll(mayLeave: (job: Job) => boolean): Job | undefined {
    for (const [device, queue] of this.#polls) {
      const [job] = queue;
      if (!job || !mayLeave(job)) continue;
      queue.shift();
      this.#polls.delete(device);
      this.#polls.set(device, queue);
      return job;
    }
    return undefined;
  }
}

function takeFirst<Job>(queue: Job[], mayLeave: (job: Job) => boolean): Job | undefined {
  const index = queue.findIndex(mayLeave);
  return index < 0 ? undefined : queue.splice(index, 1)[0];
}
