import type { Clock, Timers } from "../../core/clock.ts";
import type { Expression, TagLookup } from "../../core/expression-port.ts";
import type { Log } from "../../core/log.ts";
import type { Equipment, Plant, Tag } from "../../core/plant.ts";
import type { SampleBatch } from "../../core/sample.ts";
import {
  type ChainMemory,
  type ChainNow,
  type ChainReading,
  chainNow,
  remembered,
  says,
} from "../../core/site/chain.ts";
import type { SiteStore } from "../../core/site-port.ts";
import type { Value } from "../../core/value.ts";
import type { LiveValues } from "../use-cases.ts";
import { ChainRecord } from "./chain-record.ts";

/** What was seen at one machine. */
export interface Seen {
  readonly equipment: string;
  /** undefined: no chain is declared. */
  readonly chain: ChainNow | undefined;
  /** false also where the key was on LOCAL only between two looks. */
  readonly remote: boolean | null | undefined;
}

export interface MachineWatchSettings {
  readonly plant: Plant;
  readonly values: LiveValues;
  readonly expression: (equipment: string, text: string) => Expression;
  readonly store: Pick<SiteStore, "chains" | "putChain">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** What one batch held, though its last row says otherwise. */
interface Events {
  opened: boolean;
  local: boolean;
  /** The chain was not Good. */
  unseen: boolean;
}

const nothing: Readonly<Events> = { opened: false, local: false, unseen: false };

interface Watched {
  readonly equipment: Equipment;
  readonly key: { readonly handle: number; readonly remote: Value } | undefined;
  readonly chain: { readonly handle: number; readonly closed: Value } | undefined;
  readonly reset: { readonly expression: Expression; readonly handles: readonly number[] } | undefined;
  memory: ChainMemory | undefined;
  /** Monotonic ms of the opening and of the closing after it, as this process saw them. */
  openedMs: number;
  closedMs: number | undefined;
  now: ChainNow | undefined;
  /** Monotonic ms since when the chain is seen without a gap; undefined: it is not, or there never was a gap. */
  seenMs: number | undefined;
  /** It was seen before, and is not now. */
  outOfSight: boolean;
}

/**
 * R20: the keys and the emergency-stop chains, heard in the batches of the image and never asked for.
 * What is waited for is on the disk as soon as it is known: a gateway that was killed waits on.
 */
export class MachineWatch {
  readonly #with: MachineWatchSettings;
  readonly #machines: ReadonlyMap<string, Watched>;
  readonly #byHandle = new Map<number, Watched[]>();
  readonly #tags: ReadonlyMap<string, Tag>;
  readonly #record: ChainRecord;
  readonly #onSeen: (seen: Seen) => void;
  #end: () => void = () => undefined;

  /** `onSeen` hears of every batch that touches a key or a chain. */
  constructor(settings: MachineWatchSettings, onSeen: (seen: Seen) => void) {
    this.#with = settings;
    this.#onSeen = onSeen;
    this.#tags = new Map(settings.plant.tags.map((tag) => [tag.name, tag]));
    this.#record = new ChainRecord(settings);
    this.#machines = new Map(settings.plant.equipment.map((each) => [each.id, this.#watched(each)]));
    for (const machine of this.#machines.values()) {
      for (const handle of handlesOf(machine)) {
        this.#byHandle.set(handle, [...(this.#byHandle.get(handle) ?? []), machine]);
      }
    }
  }

  /** @throws PlanciaError store/unavailable: what was waited for must be known before anything starts. */
  async start(): Promise<void> {
    const remembered = await this.#with.store.chains();
    for (const machine of this.#machines.values()) {
      if (machine.chain) machine.memory = remembered.get(machine.equipment.id);
      this.#look(machine, nothing);
    }
    this.#end = this.#with.values.onBatch((batch) => this.#take(batch));
  }

  /** Waits until what is known is written, or was tried. */
  async stop(): Promise<void> {
    this.#end();
    await this.#record.close();
  }

  seen(equipment: string): Seen | undefined {
    const machine = this.#machines.get(equipment);
    if (!machine) return undefined;
    // A reset that held all the time counts once it was read after the closing, and no batch tells of that.
    const waiting = machine.memory !== undefined;
    if (waiting) this.#look(machine, nothing);
    const seen = { equipment, chain: machine.now, remote: this.#remote(machine) };
    if (waiting && !machine.memory) this.#onSeen(seen);
    return seen;
  }

  /** Monotonic ms at which the chain came into sight again; undefined: it never was out of it in this run. */
  seenAgainMs(equipment: string): number | undefined {
    return this.#machines.get(equipment)?.seenMs;
  }

  #take({ handles, values, statuses }: SampleBatch): void {
    const touched = new Map<Watched, Events>();
    for (let row = 0; row < handles.length; row++) {
      const handle = handles[row] as number;
      for (const machine of this.#byHandle.get(handle) ?? []) {
        const events = touched.get(machine) ?? { ...nothing };
        touched.set(machine, events);
        const sample = { value: values[row] ?? null, status: statuses[row] as number };
        const closed = machine.chain?.handle === handle ? says(sample, machine.chain.closed) : undefined;
        if (closed === false) events.opened = true;
        if (closed === null) events.unseen = true;
        if (machine.key?.handle === handle && says(sample, machine.key.remote) === false) events.local = true;
      }
    }
    for (const [machine, events] of touched) {
      this.#look(machine, events);
      const remote = events.local ? false : this.#remote(machine);
      this.#onSeen({ equipment: machine.equipment.id, chain: machine.now, remote });
    }
  }

  /**
   * @param events what one batch held though its last row says otherwise. In which order they came is
   * not known, so LOCAL is taken for the earlier one: it counts for nothing that opened after it.
   */
  #look(machine: Watched, events: Events): void {
    if (!machine.chain) return;
    const closed = this.#closed(machine);
    if (events.local) this.#remember(machine, { closed: null, reset: "unknown", remote: false });
    if (events.opened || (closed === false && machine.closedMs !== undefined)) {
      machine.openedMs = this.#confirmedMs(machine.chain.handle);
      machine.closedMs = undefined;
    }
    if (events.opened) this.#remember(machine, { closed: false, reset: "unknown", remote: null });
    if (closed === true) machine.closedMs ??= this.#confirmedMs(machine.chain.handle);
    this.#watchSight(machine, closed, events);
    const reading = this.#reading(machine, closed);
    this.#remember(machine, reading);
    machine.now = chainNow(machine.memory, reading);
  }

  /** What a chain did while nobody could see it is not known: from its return on things are as new. */
  #watchSight(machine: Watched, closed: boolean | null, { unseen }: Events): void {
    if (unseen || closed === null) machine.outOfSight ||= machine.now !== undefined && machine.now.closed !== null;
    if (closed === null || !machine.outOfSight) return;
    machine.outOfSight = false;
    machine.seenMs = this.#with.clock.monotonicMs();
  }

  #remember(machine: Watched, reading: ChainReading): void {
    const before = machine.memory;
    machine.memory = remembered(before, reading, this.#with.clock.wallMs());
    if (machine.memory !== before) this.#record.put(machine.equipment.id, machine.memory);
  }

  /** What was read before the chain opened says nothing of the key, and nothing of the reset before it closed. */
  #reading(machine: Watched, closed: boolean | null): ChainReading {
    const { key, reset, closedMs } = machine;
    const keyIsNew = key !== undefined && this.#confirmedMs(key.handle) >= machine.openedMs;
    const resetIsNew =
      closedMs !== undefined && (reset?.handles.every((handle) => this.#confirmedMs(handle) >= closedMs) ?? false);
    return {
      closed,
      reset: reset && (resetIsNew ? reset.expression.evaluate(this.#lookup) : "unknown"),
      remote: key && (keyIsNew ? this.#remote(machine) : null),
    };
  }

  #closed({ chain }: Watched): boolean | null {
    return chain ? says(this.#with.values.sample(chain.handle), chain.closed) : null;
  }

  #remote({ key }: Watched): boolean | null | undefined {
    return key && says(this.#with.values.sample(key.handle), key.remote);
  }

  /** Monotonic ms at which the tag's channel was last proven alive (R16). */
  #confirmedMs(handle: number): number {
    return this.#with.clock.monotonicMs() - this.#with.values.confirmedAgeMs(handle);
  }

  readonly #lookup: TagLookup = (name) => {
    const tag = this.#tags.get(name);
    return tag && this.#with.values.sample(tag.handle);
  };

  #watched(equipment: Equipment): Watched {
    const { emergencyStop, local } = equipment;
    const handleOf = (id: string): number | undefined => equipment.tags.find((tag) => tag.id === id)?.handle;
    const key = typeof local === "object" ? handleOf(local.tag) : undefined;
    const chain = emergencyStop && handleOf(emergencyStop.tag);
    const expression =
      emergencyStop?.reset === undefined ? undefined : this.#with.expression(equipment.id, emergencyStop.reset);
    return {
      equipment,
      key: typeof local === "object" && key !== undefined ? { handle: key, remote: local.remote } : undefined,
      chain: emergencyStop && chain !== undefined ? { handle: chain, closed: emergencyStop.closed } : undefined,
      reset: expression && {
        expression,
        handles: expression.tags.flatMap((name) => this.#tags.get(name)?.handle ?? []),
      },
      memory: undefined,
      openedMs: Number.NEGATIVE_INFINITY,
      closedMs: undefined,
      now: undefined,
      seenMs: undefined,
      outOfSight: false,
    };
  }
}

function handlesOf({ key, chain, reset }: Watched): ReadonlySet<number> {
  return new Set([...(key ? [key.handle] : []), ...(chain ? [chain.handle, ...(reset?.handles ?? [])] : [])]);
}
