import type { CommandRecord } from "../../core/control/command.ts";
import { leaseEndWords } from "../../core/control/lease-end-words.ts";
import { isLost, isMoving, type LossAction, lossAction, lossRunsAt, startsLossClock } from "../../core/control/loss.ts";
import { lossRule, principalOf } from "../../core/control/system-rules.ts";
import type { Equipment } from "../../core/plant.ts";
import type { Text } from "../../core/text.ts";
import { eachGuarded } from "../../kit/guarded-timers.ts";
import { auditEntry } from "../audit.ts";
import { onKeys } from "./key-watch.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { LeaseNews, Leases } from "./leases.ts";
import type { OnCall } from "./on-call.ts";

/** What the gateway does to a machine under a rule of the configuration, through the pipeline (R14). */
export interface SystemActions {
  /** Resolves with the end of the request. */
  stop(equipment: string, rule: string, reason: string): Promise<Pick<CommandRecord, "state">>;
  command(equipment: string, id: string, rule: string, reason: string): Promise<Pick<CommandRecord, "state">>;
}

/** Somebody was gone, and the grace time runs. */
interface Running {
  readonly runsAtMs: number;
  readonly holder: string;
}

/**
 * R15, R17: when whoever had control is gone for longer than the grace time, the machine's own policy
 * runs, once, and whoever is on call is told. Anybody who takes control before that cancels it, and so
 * do the people at the machine. Nothing is remembered over a restart: nothing starts by itself (R14).
 */
export class LossWatch {
  readonly #parts: LeaseParts;
  readonly #onCall: OnCall;
  readonly #actions: SystemActions;
  readonly #equipment: ReadonlyMap<string, Equipment>;
  readonly #running = new Map<string, Running>();
  readonly #acting = new Set<Promise<void>>();
  readonly #stop: (() => void)[];

  constructor(parts: LeaseParts, leases: Leases, onCall: OnCall, actions: SystemActions) {
    this.#parts = parts;
    this.#onCall = onCall;
    this.#actions = actions;
    this.#equipment = new Map(parts.plant.equipment.map((each) => [each.id, each]));
    this.#stop = [
      leases.onNews((news) => this.#heard(news)),
      leases.onLook((nowMs) => this.#look(nowMs)),
      onKeys(parts, ({ id }, { local }) => {
        if (local) this.#cancel(id);
      }),
    ];
  }

  /** Monotonic ms when the policy runs, while that clock is running. */
  runsAtMs(equipment: string): number | undefined {
    return this.#running.get(equipment)?.runsAtMs;
  }

  /** What is under way is waited for; what is not due yet never runs. */
  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    this.#running.clear();
    await Promise.all(this.#acting);
  }

  #heard(news: LeaseNews): void {
    const equipment = this.#equipment.get(news.equipment);
    if (!equipment) return;
    if (news.to) this.#running.delete(equipment.id);
    const holder = news.from?.party.caller.name ?? "–";
    const loss = equipment.onLossOfControl;
    if (loss && news.from && startsLossClock(news)) {
      const runsAtMs = lossRunsAt(loss, news.from.aliveMs, this.#parts.clock.monotonicMs());
      this.#running.set(equipment.id, { runsAtMs, holder });
      this.#note(equipment, "loss.clock-started", { holder, policy: loss.policy, graceMs: loss.graceMs });
    } else if (isLost(news)) this.#tellIfMoving(equipment, holder, news.why);
  }

  #look(nowMs: number): void {
    eachGuarded(
      [...this.#running],
      this.#parts.log,
      "a loss-of-control policy could not be looked at",
      ([id, running]) => {
        const equipment = this.#equipment.get(id);
        if (!equipment) return;
        if (this.#siteHasIt(equipment)) this.#cancel(id);
        else if (nowMs >= running.runsAtMs) this.#begin(equipment, running.holder);
      },
    );
  }

  #begin(equipment: Equipment, holder: string): void {
    const { id } = equipment;
    this.#running.delete(id);
    const acting = this.#run(equipment, holder).catch((error) => {
      this.#parts.log.error({ err: error, equipment: id }, "the loss-of-control policy failed");
      this.#onCall.tell(id, "R15", failed(equipment));
    });
    this.#acting.add(acting);
    void acting.then(() => this.#acting.delete(acting));
  }

  #cancel(id: string): void {
    const equipment = this.#equipment.get(id);
    const running = this.#running.get(id);
    if (!equipment || !running) return;
    this.#running.delete(id);
    this.#note(equipment, "loss.cancelled", { holder: running.holder });
  }

  /** R39, R18: with the key on LOCAL, or cut off at the site, nothing more comes from afar. */
  #siteHasIt(equipment: Equipment): boolean {
    return this.#parts.machines.remote(equipment) === false || this.#parts.site.island(equipment.id);
  }

  async #run(equipment: Equipment, holder: string): Promise<void> {
    const { onLossOfControl: loss, id } = equipment;
    if (!loss) return;
    const { machines } = this.#parts;
    const state = machines.state(equipment)?.name;
    const action = lossAction({ loss, state, remote: machines.remote(equipment) });
    this.#note(equipment, "loss.policy-ran", { holder, policy: loss.policy, action: action.kind, state });
    if (action.kind === "none") return;
    this.#onCall.tell(id, "R15", told(equipment, holder, action));
    const end = await this.#act(id, action, `${holder} was gone for longer than ${loss.graceMs / 1000} s`);
    if (end && end.state !== "VERIFIED") this.#onCall.tell(id, "R15", failed(equipment));
  }

  async #act(id: string, action: LossAction, reason: string): Promise<Pick<CommandRecord, "state"> | undefined> {
    switch (action.kind) {
      case "stop":
        return this.#actions.stop(id, lossRule, reason);
      case "command":
        return this.#actions.command(id, action.command, lossRule, reason);
      case "none":
      case "tell":
        return undefined;
    }
  }

  #tellIfMoving(equipment: Equipment, holder: string, why: LeaseNews["why"]): void {
    if (!isMoving(this.#parts.machines.state(equipment)?.name)) return;
    const { en, it } = equipment.name;
    const cause = why && leaseEndWords[why];
    this.#onCall.tell(equipment.id, "R17", {
      en: `${en}: ${holder} lost control${cause ? ` (${cause.en})` : ""}; nobody has it and the machine may be moving`,
      it: `${it}: ${holder} ha perso il comando${cause ? ` (${cause.it})` : ""}; nessuno lo ha e la macchina può essere in moto`,
    });
  }

  #note(equipment: Equipment, action: string, detail: Readonly<Record<string, unknown>>): void {
    const at = this.#parts.clock.wallMs();
    const entry = { at, class: "intervention", action, who: principalOf(lossRule), equipment: equipment.id } as const;
    this.#parts.audit.note(auditEntry({ ...entry, detail }));
  }
}

function told({ name }: Equipment, holder: string, action: LossAction): Text {
  const gone = {
    en: `${name.en}: ${holder} is gone and nobody has control`,
    it: `${name.it}: ${holder} non c’è più e nessuno ha il comando`,
  };
  switch (action.kind) {
    case "stop":
      return { en: `${gone.en}; a stop is requested`, it: `${gone.it}; viene richiesto l’arresto` };
    case "command":
      return { en: `${gone.en}; ${action.command} is sent`, it: `${gone.it}; viene inviato ${action.command}` };
    case "none":
    case "tell":
      return { en: `${gone.en}; the machine goes on`, it: `${gone.it}; la macchina continua` };
  }
}

function failed({ name }: Equipment): Text {
  return {
    en: `${name.en}: what should follow the loss of control is NOT CONFIRMED: call the site`,
    it: `${name.it}: quanto previsto alla perdita del comando NON È CONFERMATO: chiama il sito`,
  };
}
