import { type FaultOf, hits, type ModbusFault, type ModbusFaultInput, modbusFault } from "./fault.ts";
import type { Frame } from "./frame.ts";

interface Standing {
  readonly fault: ModbusFault;
  /** Requests it will still hit; Infinity where no number was given. */
  left: number;
}

const mostFaults = 32;

/** The faults in force. Several can stand together; a new one replaces the one of the same kind and unit. */
export class FaultBoard {
  readonly #standing = new Map<string, Standing>();
  readonly #onChange: () => Promise<void>;

  /** `onChange` pulls or mends the cable; `set` and `clear` return when that is done. */
  constructor(onChange: () => Promise<void>) {
    this.#onChange = onChange;
  }

  /** Puts a fault in force. Throws ZodError on a fault that does not exist, RangeError beyond 32 at a time. */
  async set(input: ModbusFaultInput): Promise<void> {
    const fault = modbusFault.parse(input);
    const key = keyOf(fault);
    if (this.#standing.size >= mostFaults && !this.#standing.has(key))
      throw new RangeError(`at most ${mostFaults} faults at a time`);
    const left = "times" in fault && fault.times !== undefined ? fault.times : Number.POSITIVE_INFINITY;
    this.#standing.set(key, { fault, left });
    await this.#onChange();
  }

  /** Everything works again; a cut line listens again on its port. */
  async clear(): Promise<void> {
    this.#standing.clear();
    await this.#onChange();
  }

  active(): readonly ModbusFault[] {
    return [...this.#standing.values()].map((standing) => standing.fault);
  }

  get frozen(): boolean {
    return this.active().some((fault) => fault.kind === "freeze");
  }

  get lineCut(): boolean {
    return this.active().some((fault) => fault.kind === "cut" || fault.kind === "refuse");
  }

  /** The faults that hit this request; each of them is thereby used once. */
  take(request: Frame): TakenFaults {
    const taken: ModbusFault[] = [];
    for (const [key, standing] of this.#standing) {
      if (!hits(standing.fault, request)) continue;
      taken.push(standing.fault);
      standing.left -= 1;
      if (standing.left <= 0) this.#standing.delete(key);
    }
    return new TakenFaults(taken);
  }
}

/** The faults of one request, by kind. */
export class TakenFaults {
  readonly #faults: readonly ModbusFault[];

  constructor(faults: readonly ModbusFault[]) {
    this.#faults = faults;
  }

  of<Kind extends ModbusFault["kind"]>(kind: Kind): FaultOf<Kind> | undefined {
    return this.#faults.find((fault): fault is FaultOf<Kind> => fault.kind === kind);
  }

  falsified(what: FaultOf<"falsify">["what"]): FaultOf<"falsify"> | undefined {
    return this.falsifications().find((fault) => fault.what === what);
  }

  falsifications(): readonly FaultOf<"falsify">[] {
    return this.#faults.filter((fault) => fault.kind === "falsify");
  }
}

function keyOf(fault: ModbusFault): string {
  const unitId = "unitId" in fault ? fault.unitId : undefined;
  return [fault.kind, fault.kind === "falsify" ? fault.what : "", unitId ?? "every"].join(" ");
}
