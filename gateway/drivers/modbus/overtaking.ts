/** An answer is overdue when it takes twice as long as the slowest of late, and at least this, ms. */
const leastPatienceMs = 50;
/** How much of the slowest round trip is forgotten with each quicker one. */
const fading = 0.99;
/** So often overtaking must have gone wrong, with no success in between, before it is left off. */
const enough = 2;
/** Left off for so long, ms: like all that was learnt of a device. */
const memoryMs = 3_600_000;

/**
 * Whether on one TCP connection the others go on while the answer of one unit is overdue. Some gateways take one
 * request at a time and drop a second one, or the connection: what is lost that way is found out, and then each
 * waits its turn again. Outlives the connection, since losing it is one of the signs.
 */
export class Overtaking {
  #slowestMs: number | undefined;
  #strikes = 0;
  #inTurnUntilMs = Number.NEGATIVE_INFINITY;
  /** A device that was silent to a request which had overtaken another; asked in turn it shows why. */
  #suspect: string | undefined;

  /** A new connection to the same place. */
  begin(): void {
    this.#suspect = undefined;
    this.#slowestMs = undefined;
  }

  isAllowed(nowMs: number): boolean {
    return this.#suspect === undefined && nowMs >= this.#inTurnUntilMs;
  }

  /** How long an answer is awaited before others may overtake it, ms. */
  patienceMs(timeoutMs: number): number {
    if (this.#slowestMs === undefined) return timeoutMs / 2;
    return Math.min(timeoutMs, Math.max(leastPatienceMs, 2 * this.#slowestMs));
  }

  answered(device: string, roundTripMs: number, nowMs: number): void {
    this.#slowestMs = Math.max(roundTripMs, (this.#slowestMs ?? 0) * fading);
    if (device !== this.#suspect) return;
    this.#suspect = undefined;
    this.failed(nowMs);
  }

  /** Or a gateway said that the unit does not answer. @param overtook whether it was sent while another was overdue. */
  timedOut(device: string, overtook: boolean): void {
    if (device === this.#suspect) this.#suspect = undefined;
    else if (overtook) this.#suspect ??= device;
  }

  /** One that had overtaken was answered, the overtaken one still not. */
  succeeded(): void {
    this.#strikes = 0;
  }

  /** One that had overtaken was refused as busy, or took the connection with it. */
  failed(nowMs: number): void {
    this.#strikes++;
    if (this.#strikes < enough) return;
    this.#strikes = 0;
    this.#inTurnUntilMs = nowMs + memoryMs;
  }
}

const remembered = new Map<string, Overtaking>();
const rememberedLimit = 1_000;

/** What was learnt of this place over the connections to it, in this process. */
export function overtakingAt(place: string): Overtaking {
  const known = remembered.get(place) ?? new Overtaking();
  remembered.delete(place);
  remembered.set(place, known);
  const [oldest] = remembered.keys();
  if (remembered.size > rememberedLimit && oldest !== undefined) remembered.delete(oldest);
  known.begin();
  return known;
}
