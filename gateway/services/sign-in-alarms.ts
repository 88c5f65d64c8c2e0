import { allows, type Caller } from "../core/access/policy.ts";
import { type SignInAlarm, type SignInAlarmKind, signInAlarmKinds } from "../core/access/sign-in-alarm.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { AuditEntry, AuditStore, UserRecord } from "../core/records-port.ts";
import { auditEntry } from "./audit.ts";
import type { FactorGate } from "./factor-gate.ts";

export interface SignInAlarms {
  /** Newest first: all for whoever manages people, one's own for everybody else. */
  list(caller: Caller): readonly SignInAlarm[];
  maySee(caller: Caller, userId: string): boolean;
  /** On the audit's record first. @throws PlanciaError auth/forbidden, auth/step-up-required, request/not-found, store/unavailable. */
  acknowledge(caller: Caller, id: string): Promise<void>;
  /** What stands, and since the process began what came by kind and what made room for newer ones. */
  counts(): SignInAlarmCounts;
  /** Called with whose it is, when one comes and when one goes. Returns what ends it. */
  onChange(listener: (userId: string) => void): () => void;
}

export interface SignInAlarmCounts {
  readonly open: number;
  readonly raised: ReadonlyMap<SignInAlarmKind, number>;
  readonly displaced: number;
}

/** More are in the log alone, the newest stay. */
export const mostSignInAlarms = 100;
/** What nobody acknowledged for so long is in the log alone after a restart, ms. */
const keptForMs = 30 * 24 * 3_600_000;
const mostRead = 500;

const actionOf = { "cookie-reused": "sign-in.cookie-reused", "passkey-copied": "sign-in.passkey-copied" } as const;

export interface SignInAlarmSettings {
  readonly audit: Pick<AuditWriter, "append" | "note">;
  readonly gate: Pick<FactorGate, "assertFresh">;
  /** Of what is shown and recorded. */
  readonly clock: Clock;
  readonly id: () => string;
}

/** The audit holds them: what is not acknowledged there stands again after a restart. */
export class SignInAlarmDesk implements SignInAlarms {
  readonly #with: SignInAlarmSettings;
  /** By kind and person, the oldest first. */
  readonly #open = new Map<string, SignInAlarm>();
  readonly #listeners = new Set<(userId: string) => void>();
  readonly #raised = new Map<SignInAlarmKind, number>(signInAlarmKinds.map((kind) => [kind, 0]));
  #displaced = 0;

  constructor(settings: SignInAlarmSettings) {
    this.#with = settings;
  }

  raise(kind: SignInAlarmKind, { id: userId, name: user }: UserRecord, address: string, detail: object): void {
    const at = this.#with.clock.wallMs();
    const before = this.#open.get(keyOf(kind, userId));
    const alarm = {
      kind,
      userId,
      user,
      address,
      at,
      id: before?.id ?? this.#with.id(),
      times: (before?.times ?? 0) + 1,
    };
    const entry = { at, class: "sign-in", action: actionOf[kind], who: user, address, result: "refused" } as const;
    this.#with.audit.note(auditEntry({ ...entry, detail: { ...detail, alarm: alarm.id, userId } }));
    this.#raised.set(kind, (this.#raised.get(kind) ?? 0) + 1);
    this.#put(alarm);
    this.#tell(userId);
  }

  counts(): SignInAlarmCounts {
    return { open: this.#open.size, raised: this.#raised, displaced: this.#displaced };
  }

  list(caller: Caller): readonly SignInAlarm[] {
    return [...this.#open.values()].filter(({ userId }) => this.maySee(caller, userId)).reverse();
  }

  maySee(caller: Caller, userId: string): boolean {
    if (caller.token !== undefined || caller.scope === "stop") return false;
    return caller.userId === userId || allows(caller, "people:manage");
  }

  async acknowledge(caller: Caller, id: string): Promise<void> {
    if (!allows(caller, "people:manage")) throw new PlanciaError("auth/forbidden", "An administrator acknowledges it");
    const alarm = [...this.#open.values()].find((each) => each.id === id);
    if (alarm === undefined) throw new PlanciaError("request/not-found", "There is no such alarm any more");
    this.#with.gate.assertFresh(caller, "sign-in alarms");
    const { name: who, address } = caller;
    const entry = { class: "sign-in", action: "sign-in.alarm-acknowledged", who, address, target: alarm.user } as const;
    const detail = { alarm: id, kind: alarm.kind, times: alarm.times };
    await this.#with.audit.append(auditEntry({ at: this.#with.clock.wallMs(), ...entry, result: "done", detail }));
    // One that came again meanwhile was not seen.
    if (this.#open.get(keyOf(alarm.kind, alarm.userId)) === alarm) this.#open.delete(keyOf(alarm.kind, alarm.userId));
    this.#tell(alarm.userId);
  }

  /** At the start: what stands in the audit and was not acknowledged. @throws PlanciaError store/unavailable. */
  async restore(store: Pick<AuditStore, "list">): Promise<void> {
    const fromMs = this.#with.clock.wallMs() - keptForMs;
    const read = (action: string) => store.list({ action, fromMs, limit: mostRead });
    const acknowledged = new Map<unknown, number>();
    for (const { detail, n } of await read("sign-in.alarm-acknowledged"))
      acknowledged.set(detail["alarm"], Math.max(n, acknowledged.get(detail["alarm"]) ?? 0));
    for (const kind of signInAlarmKinds)
      for (const entry of (await read(actionOf[kind])).toReversed())
        if (entry.n > (acknowledged.get(entry.detail["alarm"]) ?? 0)) this.#again(kind, entry);
  }

  onChange(listener: (userId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #again(kind: SignInAlarmKind, { at, who: user, address = "", detail: { alarm: id, userId } }: AuditEntry): void {
    // Entries of before there were alarms have none, erased ones neither.
    if (typeof id !== "string" || typeof userId !== "string") return;
    const times = (this.#open.get(keyOf(kind, userId))?.times ?? 0) + 1;
    this.#put({ id, kind, userId, user, address, at, times });
  }

  #put(alarm: SignInAlarm): void {
    const key = keyOf(alarm.kind, alarm.userId);
    this.#open.delete(key);
    const [oldest] = this.#open.keys();
    if (this.#open.size >= mostSignInAlarms && oldest !== undefined) {
      this.#open.delete(oldest);
      this.#displaced++;
    }
    this.#open.set(key, alarm);
  }

  #tell(userId: string): void {
    for (const listener of this.#listeners) listener(userId);
  }
}

function keyOf(kind: SignInAlarmKind, userId: string): string {
  return `${kind} ${userId}`;
}
