import type { Timers } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import { type IslandSwitch, islandsOf } from "../../core/site/island.ts";
import type { LockOutRecord } from "../../core/site/lock-out.ts";
import type { SiteSnapshot, SiteStore } from "../../core/site-port.ts";

export interface SiteRecordSettings {
  readonly plant: Plant;
  readonly store: SiteStore;
  readonly timers: Timers;
  readonly log: Log;
}

/** Between two tries to read or write what could not be, ms. */
export const tryAgainAfterMs = 1_000;

const nothing: SiteSnapshot = { islands: [], lockOuts: [], kiosks: [], attendants: [] };

/**
 * Islands, lock-outs, kiosks and attendants as the records have them, with what was set here and is not
 * written yet. Setting holds at once, whatever the disk does; lifting holds once it is written.
 */
export class SiteRecord {
  readonly #with: SiteRecordSettings;
  readonly #onChange: (equipment: string) => void;
  readonly #cutHere = new Map<string, IslandSwitch>();
  readonly #lockedHere = new Map<string, LockOutRecord>();
  #read: SiteSnapshot = nothing;
  #unreadable = false;
  #last: Promise<unknown> = Promise.resolve();
  #refreshing: Promise<void> | undefined;
  #cancelRetry: () => void = () => undefined;

  /** `onChange` hears of every machine whose island or locks changed. */
  constructor(settings: SiteRecordSettings, onChange: (equipment: string) => void) {
    this.#with = settings;
    this.#onChange = onChange;
  }

  /** @throws PlanciaError store/unavailable. */
  async start(): Promise<void> {
    this.#read = await this.#with.store.snapshot();
  }

  async stop(): Promise<void> {
    await this.#last;
    this.#cancelRetry();
  }

  /** What cannot be read counts as set. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  get islands(): readonly IslandSwitch[] {
    const cut = [...this.#cutHere.values()];
    return [...this.#read.islands, ...cut.filter(({ equipment }) => !this.#has(equipment))];
  }

  get lockOuts(): readonly LockOutRecord[] {
    const known = new Set(this.#read.lockOuts.map(({ id }) => id));
    return [...this.#read.lockOuts, ...[...this.#lockedHere.values()].filter(({ id }) => !known.has(id))];
  }

  get kiosks() {
    return this.#read.kiosks;
  }

  get attendants() {
    return this.#read.attendants;
  }

  /** Never rejects. Asked while one waits for its turn, that one serves. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#inTurn(() => {
      this.#refreshing = undefined;
      return this.#readAgain();
    });
    return this.#refreshing;
  }

  async cutOff(island: IslandSwitch): Promise<void> {
    if (this.#has(island.equipment) || this.#cutHere.has(island.equipment)) return;
    this.#change(() => this.#cutHere.set(island.equipment, island));
    await this.#writeOrSay("cut off");
  }

  async reconnect(equipment: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const written = await this.#with.store.removeIsland(equipment);
      const here = this.#cutHere.delete(equipment);
      await this.#readAgain();
      return written || here;
    });
  }

  async lockOut(lockOut: LockOutRecord): Promise<void> {
    this.#change(() => this.#lockedHere.set(lockOut.id, lockOut));
    await this.#writeOrSay("locked out");
  }

  async lift(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const written = await this.#with.store.removeLockOut(id);
      const here = this.#lockedHere.delete(id);
      await this.#readAgain();
      return written || here;
    });
  }

  #has(equipment: string): boolean {
    return this.#read.islands.some((each) => each.equipment === equipment);
  }

  /** One after the other, so that nothing older is ever taken in over something newer. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #writeOrSay(what: string): Promise<void> {
    await this.#inTurn(() => this.#writeHere());
    if (this.#cutHere.size + this.#lockedHere.size === 0) return;
    const detail = `it is ${what}, but that could not be recorded and would not outlive a restart; it is tried again`;
    throw new PlanciaError("store/unavailable", detail, { retryAfterS: 2 });
  }

  async #writeHere(): Promise<void> {
    try {
      for (const island of [...this.#cutHere.values()]) await this.#with.store.putIsland(island);
      for (const lockOut of [...this.#lockedHere.values()]) await this.#with.store.putLockOut(lockOut);
      await this.#readAgain();
    } catch (error) {
      this.#with.log.error({ err: error }, "what was set at the site could not be written");
      this.#later();
    }
  }

  /** Never rejects. */
  async #readAgain(): Promise<void> {
    try {
      const read = await this.#with.store.snapshot();
      this.#change(() => {
        this.#unreadable = false;
        this.#read = read;
        for (const { equipment } of read.islands) this.#cutHere.delete(equipment);
        for (const { id } of read.lockOuts) this.#lockedHere.delete(id);
      });
    } catch (error) {
      this.#with.log.error({ err: error }, "what is set at the site cannot be read: all machines count as cut off");
      this.#change(() => {
        this.#unreadable = true;
      });
      this.#later();
    }
  }

  #later(): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#with.timers.after(tryAgainAfterMs, () =>
      this.#inTurn(() => (this.#cutHere.size + this.#lockedHere.size > 0 ? this.#writeHere() : this.#readAgain())),
    );
  }

  /** Tells of the machines for which something is another than before. */
  #change(work: () => void): void {
    const before = this.#marks();
    work();
    const after = this.#marks();
    for (const [equipment, mark] of after) if (before.get(equipment) !== mark) this.#tell(equipment);
  }

  #tell(equipment: string): void {
    try {
      this.#onChange(equipment);
    } catch (error) {
      this.#with.log.error({ err: error, equipment }, "a change of what is set at the site could not be told");
    }
  }

  #marks(): ReadonlyMap<string, string> {
    const { islands, lockOuts } = this;
    return new Map(
      this.#with.plant.equipment.map(({ id }) => {
        const locks = lockOuts.filter((each) => each.equipment === id).map((each) => each.id);
        return [id, `${this.#unreadable} ${islandsOf(islands, id).length} ${locks.join()}`];
      }),
    );
  }
}
