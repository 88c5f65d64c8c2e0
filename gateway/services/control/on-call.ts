import { randomUUID } from "node:crypto";
import { allows, allowsOn, type Caller } from "../../core/access/policy.ts";
import { principalOf } from "../../core/control/system-rules.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { HandOverStore, OnCallEntry } from "../../core/hand-over-port.ts";
import type { Text } from "../../core/text.ts";
import { auditEntry } from "../audit.ts";
import type { LeaseParts } from "./lease-parts.ts";

/** Open entries in memory; past it the oldest is on the record only. */
const mostOpen = 1_000;
/** Between two tries to record what could not be recorded, ms. */
const recordAgainMs = 5_000;

/**
 * R17, R43: what somebody on call has to hear of. It is told at once, kept in the records until
 * somebody acknowledges it, and a store that fails delays only the record.
 */
export class OnCall {
  readonly #parts: Pick<LeaseParts, "audit" | "clock" | "timers" | "rights" | "log">;
  readonly #store: Pick<HandOverStore, "putCall" | "openCalls">;
  readonly #open = new Map<string, OnCallEntry>();
  readonly #unrecorded = new Map<string, OnCallEntry>();
  readonly #listeners = new Set<(entry: OnCallEntry) => void>();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(
    parts: Pick<LeaseParts, "audit" | "clock" | "timers" | "rights" | "log">,
    store: Pick<HandOverStore, "putCall" | "openCalls">,
  ) {
    this.#parts = parts;
    this.#store = store;
  }

  /** At start: what was open when the gateway ended is open still. @throws PlanciaError store/unavailable. */
  async load(): Promise<void> {
    for (const entry of await this.#store.openCalls()) this.#open.set(entry.id, entry);
  }

  /** @param rule of REMOTE-OPERATION.md that asks for it, for the audit. Never throws. */
  tell(equipment: string, rule: string, text: Text): void {
    const at = this.#parts.clock.wallMs();
    const entry = { id: randomUUID(), equipment, at, text, acknowledgedBy: undefined, acknowledgedAt: undefined };
    this.#open.set(entry.id, entry);
    const [oldest] = this.#open.keys();
    if (this.#open.size > mostOpen && oldest !== undefined) this.#open.delete(oldest);
    this.#parts.log.warn({ equipment, rule, text: text.en }, "on-call is told");
    this.#note("on-call.told", entry, principalOf("on-call"), undefined, { rule, text: text.en });
    void this.#record(entry);
    for (const listener of [...this.#listeners]) {
      try {
        listener(entry);
      } catch (error) {
        this.#parts.log.error({ err: error }, "a listener to calls failed");
      }
    }
  }

  mayAnswer(caller: Caller, equipment: string): boolean {
    return allowsOn(caller, "on-call:answer", equipment, this.#parts.rights.nowMs());
  }

  /** What nobody has acknowledged yet on the caller's machines, oldest first. @throws PlanciaError auth/forbidden. */
  list(caller: Caller): readonly OnCallEntry[] {
    if (!allows(caller, "on-call:answer")) throw new PlanciaError("auth/forbidden", "not in your role");
    return [...this.#open.values()].filter((entry) => this.mayAnswer(caller, entry.equipment));
  }

  /** @throws PlanciaError request/not-found: there is none, or somebody did already. */
  async acknowledge(caller: Caller, id: string): Promise<OnCallEntry> {
    const entry = this.#open.get(id);
    if (!entry || !this.mayAnswer(caller, entry.equipment)) {
      throw new PlanciaError("request/not-found", "no such call, or it was acknowledged already");
    }
    this.#open.delete(id);
    const done = { ...entry, acknowledgedBy: caller.name, acknowledgedAt: this.#parts.clock.wallMs() };
    this.#note("on-call.acknowledged", done, caller.name, caller.address, { told: entry.at });
    await this.#record(done);
    return done;
  }

  onEntry(listener: (entry: OnCallEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** One last try with what is not on the record. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    this.#listeners.clear();
    await this.#recordAll();
  }

  async #record(entry: OnCallEntry): Promise<void> {
    // The newest state of an entry is the one that counts.
    this.#unrecorded.delete(entry.id);
    this.#unrecorded.set(entry.id, entry);
    const [oldest] = this.#unrecorded.keys();
    if (this.#unrecorded.size > mostOpen && oldest !== undefined) this.#unrecorded.delete(oldest);
    await this.#recordAll();
  }

  async #recordAll(): Promise<void> {
    try {
      for (const [id, entry] of this.#unrecorded) {
        await this.#store.putCall(entry);
        if (this.#unrecorded.get(id) === entry) this.#unrecorded.delete(id);
      }
    } catch (error) {
      this.#parts.log.debug({ err: error }, "what on-call was told cannot be recorded yet");
      if (this.#closed) return;
      this.#cancel ??= this.#parts.timers.after(recordAgainMs, () => {
        this.#cancel = undefined;
        return this.#recordAll();
      });
    }
  }

  #note(
    action: string,
    { equipment, id }: OnCallEntry,
    who: string,
    address: string | undefined,
    detail: Readonly<Record<string, unknown>>,
  ): void {
    const at = this.#parts.clock.wallMs();
    const entry = { at, class: "intervention", action, who, address, equipment, result: "done" } as const;
    this.#parts.audit.note(auditEntry({ ...entry, detail: { call: id, ...detail } }));
  }
}
