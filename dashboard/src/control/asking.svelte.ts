import type { Command, CommandOffer, EquipmentView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { checkedArguments, firstText } from "../parts/argument-input.ts";
import { CommandRun, type RunDeps } from "./command-run.svelte.ts";
import { asksSecond, classOf, type Errand, selects, wantedOf, wordsOf } from "./errand.ts";

/**
 * A dialog about one errand: what a person fills in, the run that comes of it, and what may be done
 * next. The run is made anew whenever somebody asks again; the old one is let go of.
 */
export class Asking {
  readonly errand: Errand;
  texts = $state<Record<string, string>>({});
  /** For the second person. */
  reason = $state("");
  /** R12: the machine's name, typed for class C3. */
  typedName = $state("");
  /** Somebody wanted to go on: what is missing is said too. */
  strict = $state(false);
  readonly #machine: () => EquipmentView;
  readonly #deps: RunDeps;

  /** @param left an earlier command of the same target whose end nobody knows yet. */
  constructor(errand: Errand, machine: () => EquipmentView, deps: RunDeps, left?: Command) {
    this.errand = errand;
    this.#machine = machine;
    this.#deps = deps;
    if (errand.kind === "command") {
      this.texts = Object.fromEntries(errand.offer.arguments.map((each) => [each.id, firstText(each)]));
    }
    this.run = this.#newRun(left);
  }

  run = $state.raw<CommandRun>() as CommandRun;
  /** undefined: something is missing or wrong. */
  readonly given = $derived.by(() => checkedArguments(this.texts, this.declared));
  /** R42: a second person is asked for these values, as far as can be told here. */
  readonly second = $derived.by(() => asksSecond(this.errand, this.given ?? {}));
  /** R6: it is selected first. */
  readonly select = $derived.by(() => selects(this.errand, this.given ?? {}));

  get declared() {
    return this.errand.kind === "command" ? this.errand.offer.arguments : [];
  }

  /** There is something to fill in before anything is asked. */
  get isFormed(): boolean {
    return this.declared.length > 0 || this.second;
  }

  get wanted() {
    return this.given && wantedOf(this.errand, this.#machine(), this.given);
  }

  /** What the button confirms. */
  get words(): string {
    return wordsOf(this.errand, this.given ?? {});
  }

  /** R20, as it stands now. */
  get permit(): CommandOffer["permit"] {
    const { errand } = this;
    if (errand.kind === "set") return undefined;
    return this.#machine().commands.find((each) => each.id === errand.offer.id)?.permit;
  }

  /** Whether Confirm may be pressed: held or of class C1, named, permitted. */
  get ready(): boolean {
    const { permit, run } = this;
    const permitted = permit === undefined || permit.kind === "warning" || permit.given === true;
    const held =
      run.phase.kind === "selected" || (run.phase.kind === "open" && !this.select && this.given !== undefined);
    return held && permitted && this.#isNamed();
  }

  /** What needs nothing filled in is selected as soon as the dialog is there. */
  begin(): void {
    if (!this.isFormed && this.select) void this.run.select();
  }

  /** The first half, with what the form says. */
  goOn(): void {
    this.strict = true;
    if (this.given === undefined || (this.second && this.reason.trim() === "")) return;
    this.run = this.#newRun();
    void this.run.select(this.reason);
  }

  confirm(): void {
    if (!this.ready) return;
    if (this.run.phase.kind === "selected") void this.run.operate();
    else {
      this.run = this.#newRun();
      void this.run.direct();
    }
  }

  again(): void {
    this.run.release();
    this.run = this.#newRun();
    this.typedName = "";
    this.begin();
  }

  /** A fresh second factor was given: what was refused for want of it can be asked for anew. Nothing goes out by itself (R4). */
  codeGiven(): void {
    const { phase } = this.run;
    const causes = phase.kind === "refused" ? phase.causes : phase.kind === "ended" ? phase.command.causes : undefined;
    if (!causes?.some(({ cause }) => cause === "second-factor-missing")) return;
    this.run.release();
    this.run = this.#newRun();
    this.strict = false;
  }

  #newRun(left?: Command): CommandRun {
    return new CommandRun(wantedOf(this.errand, this.#machine(), this.given ?? {}), this.#deps, left);
  }

  /** The same words, whatever their case. */
  #isNamed(): boolean {
    const plain = (text: string) => text.trim().replace(/\s+/g, " ").toLowerCase();
    return classOf(this.errand) !== "C3" || plain(this.typedName) === plain(say.text(this.#machine().name));
  }
}
