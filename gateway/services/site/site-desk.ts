import type { AuditWriter } from "../../core/audit-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { type IslandSwitch, islandsOf } from "../../core/site/island.ts";
import { checkLockOut, checkRoom, type LockOutRecord } from "../../core/site/lock-out.ts";
import {
  confirmationHoldsMs,
  type PermitGiven,
  type PermitObstacle,
  permitObstacle,
  standsAt,
} from "../../core/site/permit.ts";
import type { AttendantRecord, KioskRecord, SiteStore } from "../../core/site-port.ts";
import { auditEntry } from "../audit.ts";
import type { ChainState, SiteStanding } from "../control/circumstances.ts";
import { MachineWatch, type MachineWatchSettings, type Seen } from "./machine-watch.ts";
import { SiteRecord } from "./site-record.ts";

export interface SiteSettings extends Omit<MachineWatchSettings, "store"> {
  readonly store: SiteStore;
  readonly audit: AuditWriter;
  /** Calls within 1 s of any change in the records, also by another process; returns what ends it. */
  readonly onRevision: (listener: () => void) => () => void;
  /** Whether what somebody's account gives is in force now; it always is where this is not given. */
  readonly inForce?: (userId: string) => boolean;
}

/** What the people at the machines have set, in memory: asking it costs nothing, and what cannot be read counts as set. */
export class SiteDesk implements SiteStanding {
  readonly #with: SiteSettings;
  readonly #record: SiteRecord;
  readonly #watch: MachineWatch;
  readonly #permits = new Map<string, PermitGiven>();
  readonly #chains = new Map<string, ChainState>();
  /** Whose chain was read in this run. */
  readonly #sighted = new Set<string>();
  readonly #seenAgain = new Map<string, number | undefined>();
  readonly #listeners = new Set<(equipment: string) => void>();
  #endRevision: () => void = () => undefined;

  constructor(settings: SiteSettings) {
    this.#with = settings;
    this.#record = new SiteRecord(settings, (equipment) => this.#changed(equipment));
    this.#watch = new MachineWatch(settings, (seen) => this.#seen(seen));
  }

  /** Before anything may be commanded. @throws PlanciaError store/unavailable. */
  async start(): Promise<void> {
    await this.#record.start();
    await this.#watch.start();
    this.#endRevision = this.#with.onRevision(() => void this.#record.refresh());
  }

  async stop(): Promise<void> {
    this.#endRevision();
    await this.#watch.stop();
    await this.#record.stop();
  }

  /** Reads what was set anew. Never rejects: what cannot be read counts as set, and is read again soon. */
  refresh(): Promise<void> {
    return this.#record.refresh();
  }

  lockOuts(equipment: string): readonly LockOutRecord[] {
    return this.#record.lockOuts.filter((each) => each.equipment === equipment);
  }

  island(equipment: string): boolean {
    return this.#record.unreadable || this.islands(equipment).length > 0;
  }

  /** Who cut it off: at the machine, or for the whole site. */
  islands(equipment: string): readonly IslandSwitch[] {
    return islandsOf(this.#record.islands, equipment);
  }

  chain(equipment: string): ChainState | undefined {
    return this.#watch.seen(equipment)?.chain;
  }

  chainSeenAgainMs(equipment: string): number | undefined {
    return this.#watch.seenAgainMs(equipment);
  }

  permit(equipment: string, withinMs?: number): PermitGiven | undefined {
    const permit = this.#permits.get(equipment);
    return standsAt(permit, this.#with.clock.monotonicMs(), withinMs) ? permit : undefined;
  }

  takePermit(equipment: string, withinMs: number): boolean {
    const permit = this.permit(equipment, withinMs);
    if (!permit) return false;
    this.#endPermit(equipment, "used");
    return true;
  }

  /** A confirmation is for whoever had control when it was given: it ends when control begins, ends or changes hands. */
  controlChanged(equipment: string): void {
    if (this.#permits.has(equipment)) this.#endPermit(equipment, "control-changed");
  }

  onChange(listener: (equipment: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get kiosks(): readonly KioskRecord[] {
    return this.#record.kiosks;
  }

  /** Outside the times of an account its PIN opens nothing either. */
  get attendants(): readonly AttendantRecord[] {
    const { inForce } = this.#with;
    return this.#record.attendants.filter(({ userId }) => inForce?.(userId) ?? true);
  }

  /** What keeps anybody from confirming at this machine now. */
  obstacle(equipment: string): PermitObstacle | undefined {
    const seen = this.#watch.seen(equipment);
    return permitObstacle(this.#around(equipment, seen));
  }

  /** @returns how long a confirmation would be good, ms. @throws PlanciaError site/not-now. */
  assertConfirmable(equipment: string): number {
    const machine = this.#with.plant.equipment.find((each) => each.id === equipment);
    const holdsMs = machine && confirmationHoldsMs(machine);
    if (holdsMs === undefined)
      throw new PlanciaError("site/not-now", `no command of ${equipment} waits for somebody at the machine`);
    const obstacle = this.obstacle(equipment);
    if (obstacle) throw new PlanciaError("site/not-now", notNow[obstacle]);
    return holdsMs;
  }

  /**
   * R20: somebody at the machine says that the zone is clear; the one before is replaced.
   * @returns until when, monotonic ms. @throws PlanciaError site/not-now.
   */
  confirm(equipment: string, by: string): number {
    const givenMs = this.#with.clock.monotonicMs();
    const untilMs = this.assertConfirmable(equipment) + givenMs;
    this.#permits.set(equipment, { by, givenMs, untilMs });
    this.#tell(equipment);
    return untilMs;
  }

  /**
   * R18: cuts remote control off, at once; what follows is only its record.
   * @throws PlanciaError store/unavailable: it is cut off, and would not be after a restart; it is tried again.
   */
  cutOff(island: IslandSwitch): Promise<void> {
    return this.#record.cutOff(island);
  }

  /** @throws PlanciaError store/unavailable: it stays cut off. */
  reconnect(equipment: string): Promise<boolean> {
    return this.#record.reconnect(equipment);
  }

  /** R21, at once. @throws PlanciaError request/invalid, request/conflict; store/unavailable as for `cutOff`. */
  lockOut(lockOut: LockOutRecord): Promise<void> {
    checkLockOut(lockOut);
    checkRoom(this.lockOuts(lockOut.equipment), lockOut);
    return this.#record.lockOut(lockOut);
  }

  /** By whom is for the caller to see to. @throws PlanciaError store/unavailable: it stays. */
  lift(id: string): Promise<boolean> {
    return this.#record.lift(id);
  }

  #around(equipment: string, seen: Seen | undefined) {
    return {
      lockedOut: this.lockOuts(equipment).length > 0,
      island: this.island(equipment),
      chain: seen?.chain,
      remote: seen?.remote,
    };
  }

  #seen(seen: Seen): void {
    const { equipment, chain } = seen;
    if (this.#permits.has(equipment)) {
      const obstacle = permitObstacle(this.#around(equipment, seen));
      if (obstacle) this.#endPermit(equipment, obstacle);
    }
    const before = this.#chains.get(equipment);
    this.#sawAgain(equipment);
    if (!chain || (before?.ready === chain.ready && before.why?.en === chain.why?.en)) return;
    this.#chains.set(equipment, chain);
    this.#noteChain(equipment, before, chain);
    this.#tell(equipment);
  }

  /** Also where it was out of sight only between two rows of one batch. */
  #sawAgain(equipment: string): void {
    const seenAgainMs = this.#watch.seenAgainMs(equipment);
    if (seenAgainMs === this.#seenAgain.get(equipment)) return;
    this.#seenAgain.set(equipment, seenAgainMs);
    this.#tell(equipment);
  }

  #noteChain(equipment: string, before: ChainState | undefined, now: ChainState): void {
    const first = now.closed !== null && !this.#sighted.has(equipment);
    if (first) this.#sighted.add(equipment);
    const action = chainNews(before, now, first);
    if (!action) return;
    const at = this.#with.clock.wallMs();
    this.#with.audit.note(auditEntry({ at, class: "intervention", action, who: "system:chain", equipment }));
  }

  #changed(equipment: string): void {
    if (this.#permits.has(equipment)) {
      const obstacle = this.obstacle(equipment);
      if (obstacle) this.#endPermit(equipment, obstacle);
    }
    this.#tell(equipment);
  }

  /** The record says what became of every confirmation that ended before its time. */
  #endPermit(equipment: string, result: PermitObstacle | "used" | "control-changed"): void {
    const who = this.permit(equipment)?.by;
    this.#permits.delete(equipment);
    if (who !== undefined) {
      const at = this.#with.clock.wallMs();
      const action = result === "used" ? "site.permit-used" : "site.permit-ended";
      this.#with.audit.note(auditEntry({ at, class: "intervention", action, who, equipment, result }));
    }
    this.#tell(equipment);
  }

  #tell(equipment: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(equipment);
      } catch (error) {
        this.#with.log.error({ err: error }, "a listener to what is set at the site failed");
      }
    }
  }
}

const notNow: Readonly<Record<PermitObstacle, string>> = {
  "locked-out": "the machine is locked out",
  island: "remote control of the machine is cut off",
  chain: "the emergency-stop chain is not ready",
  key: "the key at the machine is not on REMOTE",
};

/** Found closed after a start, with nothing to wait for: what it did while the gateway was not there is not known. */
function chainNews(before: ChainState | undefined, now: ChainState, first: boolean): string | undefined {
  if (now.closed === false && before?.closed !== false) return "site.chain-opened";
  if (!now.ready) return undefined;
  if (first) return "site.chain-unknown";
  return before && !before.ready && before.closed !== null ? "site.chain-ready" : undefined;
}
