import type { ProcessModel } from "../process/process-model.ts";
import type { Peer } from "./peer.ts";

/** What the locking services answer (OPC 10000-100 §7.5 to §7.8). */
export const lockStatus = { ok: 0, alreadyLocked: -1, notLocked: -1 } as const;
type LockStatus = (typeof lockStatus)[keyof typeof lockStatus];

/** A lock that its holder neither renews nor uses ends after so long, s. */
const lockS = 30;

/**
 * The controller's own lock: while a session holds it, no other one may change anything. It ends with its
 * session, by itself after 30 s without a word from the holder, or at the panel.
 */
export class MachineLock implements ProcessModel {
  #holder: Peer | undefined;
  #leftS = 0;

  /** `remainingMs` in whole seconds, so that it does not change with every tick. */
  get readings() {
    return {
      locked: this.#holder !== undefined,
      application: this.#holder?.application ?? "",
      user: this.#holder?.user ?? "",
      remainingMs: this.#holder === undefined ? 0 : 1000 * Math.ceil(this.#leftS - 1e-9),
    };
  }

  step(dtS: number): void {
    if (this.#holder === undefined) return;
    this.#leftS -= dtS;
    if (this.#leftS <= 1e-9) this.#holder = undefined;
  }

  init(peer: Peer): LockStatus {
    if (this.#holder !== undefined) return lockStatus.alreadyLocked;
    this.#holder = peer;
    this.#leftS = lockS;
    return lockStatus.ok;
  }

  renew(peer: Peer): LockStatus {
    if (this.#holder?.session !== peer.session) return lockStatus.notLocked;
    this.#leftS = lockS;
    return lockStatus.ok;
  }

  exit(peer: Peer): LockStatus {
    if (this.#holder?.session !== peer.session) return lockStatus.notLocked;
    this.#holder = undefined;
    return lockStatus.ok;
  }

  /** Whether this session may change something now; what the holder does counts as a sign of life. */
  admits(session: string): boolean {
    if (this.#holder === undefined) return true;
    if (this.#holder.session !== session) return false;
    this.#leftS = lockS;
    return true;
  }

  sessionEnded(session: string): void {
    if (this.#holder?.session === session) this.#holder = undefined;
  }

  /** A person at the panel ends the lock, whoever has it. */
  breakAtPanel(): "done" | "not locked" {
    if (this.#holder === undefined) return "not locked";
    this.#holder = undefined;
    return "done";
  }
}
