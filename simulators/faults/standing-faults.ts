interface AnyFault {
  readonly kind: string;
  /** Hits until it is over; for ever where it is not given. */
  readonly times?: number | undefined;
}

interface Standing<Fault> {
  readonly fault: Fault;
  left: number;
}

const mostFaults = 32;

/** The faults in force on one wire face. Several can stand together; a new one replaces the one with the same key. */
export class StandingFaults<Fault extends AnyFault> {
  readonly #standing = new Map<string, Standing<Fault>>();
  readonly #keyOf: (fault: Fault) => string;
  readonly #onChange: () => Promise<void>;

  /** `onChange` pulls or mends the cable; `set` and `clear` return when that is done. */
  constructor(keyOf: (fault: Fault) => string, onChange: () => Promise<void>) {
    this.#keyOf = keyOf;
    this.#onChange = onChange;
  }

  /** Puts a fault in force. Throws RangeError beyond 32 at a time. */
  async set(fault: Fault): Promise<void> {
    const key = this.#keyOf(fault);
    if (this.#standing.size >= mostFaults && !this.#standing.has(key))
      throw new RangeError(`at most ${mostFaults} faults at a time`);
    this.#standing.set(key, { fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    await this.#onChange();
  }

  async clear(): Promise<void> {
    this.#standing.clear();
    await this.#onChange();
  }

  active(): readonly Fault[] {
    return [...this.#standing.values()].map((standing) => standing.fault);
  }

  /** The fault of this kind, where one is in force; it is not used up. */
  of<Kind extends Fault["kind"]>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined {
    return this.active().find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
  }

  /** The first fault of this kind that hits; it is thereby used once. */
  take<Kind extends Fault["kind"]>(
    kind: Kind,
    hits: (fault: Extract<Fault, { kind: Kind }>) => boolean = () => true,
  ): Extract<Fault, { kind: Kind }> | undefined {
    for (const [key, standing] of this.#standing) {
      const { fault } = standing;
      if (fault.kind !== kind || !hits(fault as Extract<Fault, { kind: Kind }>)) continue;
      standing.left -= 1;
      if (standing.left <= 0) this.#standing.delete(key);
      return fault as Extract<Fault, { kind: Kind }>;
    }
    return undefined;
  }
}
