import { PlanciaError } from "../../core/errors.ts";
import type { ChainMemory } from "../../core/site/chain.ts";
import type { IslandSwitch } from "../../core/site/island.ts";
import type { LockOutRecord } from "../../core/site/lock-out.ts";
import type { AttendantRecord, KioskLink, KioskRecord, SiteSnapshot, SiteStore } from "../../core/site-port.ts";

/** What is set at the site, in memory, with a disk that can fail. */
export class MemorySite implements SiteStore {
  readonly islandsKept = new Map<string, IslandSwitch>();
  readonly lockOutsKept = new Map<string, LockOutRecord>();
  readonly chainsKept = new Map<string, ChainMemory>();
  readonly kiosksKept = new Map<string, KioskRecord>();
  readonly links = new Map<string, KioskLink & { readonly id: string }>();
  readonly pins = new Map<string, string>();
  /** Who is known; those with a PIN are attendants. */
  readonly people = new Map<string, Omit<AttendantRecord, "pinHash">>();
  broken = false;

  async snapshot(): Promise<SiteSnapshot> {
    this.#check();
    return {
      islands: [...this.islandsKept.values()],
      lockOuts: [...this.lockOutsKept.values()],
      kiosks: [...this.kiosksKept.values()],
      attendants: [...this.pins].flatMap(([userId, pinHash]) => {
        const person = this.people.get(userId);
        return person ? [{ ...person, pinHash }] : [];
      }),
    };
  }
  async putIsland(island: IslandSwitch): Promise<void> {
    this.#check();
    if (!this.islandsKept.has(island.equipment)) this.islandsKept.set(island.equipment, island);
  }
  async removeIsland(equipment: string): Promise<boolean> {
    this.#check();
    return this.islandsKept.delete(equipment);
  }
  async putLockOut(lockOut: LockOutRecord): Promise<void> {
    this.#check();
    this.lockOutsKept.set(lockOut.id, lockOut);
  }
  async removeLockOut(id: string): Promise<boolean> {
    this.#check();
    return this.lockOutsKept.delete(id);
  }
  async chains(): Promise<ReadonlyMap<string, ChainMemory>> {
    this.#check();
    return new Map(this.chainsKept);
  }
  async putChain(equipment: string, memory: ChainMemory | undefined): Promise<void> {
    this.#check();
    if (memory) this.chainsKept.set(equipment, memory);
    else this.chainsKept.delete(equipment);
  }
  async addKiosk(kiosk: KioskRecord, link: KioskLink): Promise<void> {
    this.#check();
    this.kiosksKept.set(kiosk.id, kiosk);
    this.links.set(link.hash, { ...link, id: kiosk.id });
  }
  async enrolKiosk(linkHash: string, keyHash: string, nowMs: number): Promise<KioskRecord | undefined> {
    this.#check();
    const link = this.links.get(linkHash);
    const kiosk = link && nowMs < link.until ? this.kiosksKept.get(link.id) : undefined;
    if (!kiosk) return undefined;
    this.links.delete(linkHash);
    const enrolled = { ...kiosk, keyHash, enrolledAt: nowMs };
    this.kiosksKept.set(kiosk.id, enrolled);
    return enrolled;
  }
  async removeKiosk(id: string): Promise<KioskRecord | undefined> {
    this.#check();
    const kiosk = this.kiosksKept.get(id);
    this.kiosksKept.delete(id);
    return kiosk;
  }
  async putPin(userId: string, hash: string): Promise<void> {
    this.#check();
    this.pins.set(userId, hash);
  }

  #check(): void {
    if (this.broken) throw new PlanciaError("store/unavailable", "disk full");
  }
}
