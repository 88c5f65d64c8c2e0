import type { Clock } from "../../core/clock.ts";
import type { Value } from "../../core/value.ts";
import type { Leaving } from "./slow-line.ts";

/**
 * What the rules say about every write that leaves, in the plainest words. It knows what people did and
 * what the machine showed; of the pipeline it knows nothing. A value is asked for once, so that a
 * value on the wire names who wanted it.
 */

/** Rights, interlocks and control are looked at so often while a write waits for the line; what changes later is too late. */
const lookEveryMs = 50;

interface Asked {
  /** Its place among everything that happened. */
  readonly n: number;
  readonly atMs: number;
  readonly gateway: number;
  readonly line: "connected" | "cut";
  /** When whoever asks got the ticket that he asks with. */
  readonly ticketAtMs: number;
}

interface Operated extends Asked {
  readonly signIn: string;
  readonly value: number;
  /** Nothing but time had ended the select. */
  readonly alive: boolean;
}

export interface Wish {
  readonly value: number;
  readonly signIn: string;
  readonly user: string;
  /** Tags in the order in which they are written. */
  readonly tags: readonly string[];
  /** Conditions of the machine that it needs beside those of every write. */
  readonly needs: readonly string[];
  /** It is selected before it is operated (R6), and approved before that (R42). */
  readonly kind: "direct" | "selected" | "approved";
  readonly asked: Asked[];
  selected: { readonly askedN: number; readonly atMs: number } | undefined;
  /** A page of the sign-in was open: the select dies with the last of them. */
  bound: boolean;
  /** The place of what ended its select last. */
  deadN: number;
  readonly approvals: { readonly user: string; readonly atMs: number }[];
  readonly operated: Operated[];
}

/** Something that is true or false, and since when it has been false. */
class Standing {
  readonly #falseSince = new Map<string, number>();

  set(name: string, holds: boolean, nowMs: number): void {
    if (holds) this.#falseSince.delete(name);
    else if (!this.#falseSince.has(name)) this.#falseSince.set(name, nowMs);
  }

  falseFor(name: string, nowMs: number): number {
    const since = this.#falseSince.get(name);
    return since === undefined ? Number.NEGATIVE_INFINITY : nowMs - since;
  }
}

export class ControlOracle {
  readonly broken: string[] = [];
  /** Values that left, by tag: each once, ever. */
  readonly #left = new Map<string, number>();
  readonly #wishes = new Map<number, Wish>();
  readonly #standing = new Standing();
  readonly #clock: Clock;
  readonly #lease: "required" | "off";
  /** How much happened so far, and the place of the last stop request in it. */
  #n = 0;
  /** Which gateway it is: one more after each restart. */
  #gateway = 0;
  #stopN = 0;
  #line: "connected" | "cut" = "connected";
  #stopsOpen = 0;
  /** A write is on the wire; a stop was requested meanwhile; it has ended since then. */
  #flight: "none" | "flying" | "stop owed" | "stop due" = "none";
  #lastStopAskedMs = Number.NEGATIVE_INFINITY;
  #control: { readonly signIn: string; readonly sinceMs: number; provenMs: number } | undefined;
  #before: { readonly signIn: string; readonly untilMs: number } | undefined;
  writes = 0;

  constructor(clock: Clock, lease: "required" | "off") {
    this.#clock = clock;
    this.#lease = lease;
  }

  /** Somebody asks for it, or asks again. */
  ask(wish: Wish, ticketAtMs: number): number {
    const asked = this.#sent(ticketAtMs);
    wish.asked.push(asked);
    this.#wishes.set(wish.value, wish);
    return asked.n;
  }

  operate(wish: Wish, how: Pick<Operated, "signIn" | "value" | "ticketAtMs">): void {
    const alive = wish.selected !== undefined && wish.selected.askedN > wish.deadN;
    wish.operated.push({ ...this.#sent(how.ticketAtMs), ...how, alive });
  }

  /** Selects of these die now, also those that are on their way. */
  die(which: (wish: Wish) => boolean): void {
    const n = ++this.#n;
    for (const wish of this.#wishes.values()) if (which(wish)) wish.deadN = n;
  }

  /** `holds`: conditions of the machine, rights and so on, by name. What the gateway has been told, at the moment when it was. */
  told(name: string, holds: boolean): void {
    this.#standing.set(name, holds, this.#now);
  }

  /** Of what is true for one sign-in only, such as its rights: `may s1`. */
  holds(name: string): boolean {
    return this.#standing.falseFor(name, this.#now) < 0;
  }

  restarted(): void {
    this.#gateway++;
    this.#stopsOpen = 0;
    this.#flight = "none";
    this.control(undefined);
    this.die(() => true);
  }

  setLine(line: "connected" | "cut"): void {
    this.#line = line;
    if (line === "cut") this.#flight = "none";
  }

  /** Control passed to this sign-in, or to nobody: selects and approvals of all others die (R41). */
  control(signIn: string | undefined): void {
    const holder = this.holder();
    if (holder !== undefined && holder === signIn) return;
    if (holder !== undefined) this.#before = { signIn: holder, untilMs: this.#now };
    const ranOut = this.#control !== undefined && holder === undefined;
    this.#control = signIn === undefined ? undefined : { signIn, sinceMs: this.#now, provenMs: this.#now };
    this.die((wish) => ranOut || wish.signIn !== signIn);
  }

  /** An answer is as old as its question, and a question from before is none. */
  proven(signIn: string, askedMs: number): void {
    const control = this.#control;
    if (!control || this.holder() !== signIn || askedMs < control.sinceMs) return;
    control.provenMs = Math.max(control.provenMs, askedMs);
  }

  holder(): string | undefined {
    return this.#control && this.#now - this.#control.provenMs < 15_000 ? this.#control.signIn : undefined;
  }

  stopAsked(): void {
    this.#stopN = ++this.#n;
    this.#stopsOpen++;
    if (this.#flight === "flying" && this.#line === "connected") this.#flight = "stop owed";
    this.die(() => true);
  }

  /** R10: the stop goes out once more behind a write that was in flight. */
  isStopDue(): boolean {
    return this.#flight === "stop due";
  }

  stopEnded(): void {
    this.#stopsOpen = Math.max(0, this.#stopsOpen - 1);
  }

  /** Whether a stop was given to the driver just now; a crowd shares what is less than a tenth of a second old (R10). */
  stopIsOut(): boolean {
    return this.#now - this.#lastStopAskedMs < 100;
  }

  asked({ lane }: Leaving): void {
    if (lane === "stop") this.#lastStopAskedMs = this.#now;
  }

  ended({ lane }: Leaving): void {
    if (lane === "normal") this.#flight = this.#flight === "stop owed" ? "stop due" : "none";
  }

  left(leaving: Leaving, durable: (value: Value) => boolean): void {
    if (leaving.lane === "stop") {
      if (this.#flight === "stop due") this.#flight = "none";
      return;
    }
    this.writes++;
    this.#flight = "flying";
    const wish = this.#wishes.get(Number(leaving.value));
    const faults = wish ? this.#faultsOf(wish, leaving, durable) : ["nobody asked for it"];
    for (const fault of faults) this.broken.push(`${leaving.tag} = ${String(leaving.value)} at ${this.#now}: ${fault}`);
  }

  #sent(ticketAtMs: number): Asked {
    return { n: ++this.#n, atMs: this.#now, gateway: this.#gateway, line: this.#line, ticketAtMs };
  }

  get #now(): number {
    return this.#clock.monotonicMs();
  }

  #faultsOf(wish: Wish, { tag, value }: Leaving, durable: (value: Value) => boolean): readonly string[] {
    const key = `${tag} ${String(value)}`;
    const times = (this.#left.get(key) ?? 0) + 1;
    this.#left.set(key, times);
    const first = tag === wish.tags[0];
    const sent = this.#chain(wish, first);
    const rules: readonly (readonly [string, boolean])[] = [
      ["it left before", times === 1],
      ["not a tag of it", wish.tags.includes(tag)],
      ["no valid chain", sent !== undefined],
      ["asked for before a stop request", (wish.asked.at(-1)?.n ?? 0) > this.#stopN],
      ["a stop request is on its way", this.#stopsOpen === 0],
      ["key not on REMOTE", this.#lateBy("key") <= 0],
      ["locked out", this.#lateBy("no lock") <= 0],
      ["island", this.#lateBy("no island") <= 0],
      ["no right", this.#lateBy(`may ${wish.signIn}`) <= lookEveryMs],
      ["interlock", this.#lateBy("guard") <= lookEveryMs],
      ["not in control", this.#hadControl(wish.signIn)],
      ["no intent on record", durable(value)],
      // The permit is read for this command, once, after it was operated (R20).
      ["permit", wish.kind !== "approved" || this.#lateBy("zone") <= this.#now - (sent?.atMs ?? 0)],
      ...(first ? wish.needs : []).map((need) => [need, this.#lateBy(need) <= lookEveryMs] as const),
    ];
    return rules.filter(([, holds]) => !holds).map(([name]) => name);
  }

  #lateBy(name: string): number {
    return this.#standing.falseFor(name, this.#now);
  }

  #hadControl(signIn: string): boolean {
    const now = this.#now;
    if (this.#lease === "off" && this.holder() === undefined) return true;
    const holds = this.#control?.signIn === signIn && now - this.#control.provenMs < 15_000 + lookEveryMs;
    return holds || (this.#before?.signIn === signIn && now - this.#before.untilMs <= lookEveryMs);
  }

  /** What authorises this write, undefined: nothing does. Later writes of a command stand on its first. */
  #chain(wish: Wish, first: boolean): Asked | undefined {
    // What was sent while the device was away runs never, and what is too old neither (F18, R2).
    const counts = ({ ticketAtMs, line, gateway }: Asked): boolean =>
      line === "connected" && gateway === this.#gateway && (!first || this.#now - ticketAtMs <= 5000);
    if (wish.kind === "direct") return wish.asked.findLast(counts);
    return wish.operated.findLast((each) => counts(each) && isOperatedRight(wish, each));
  }
}

function isOperatedRight(wish: Wish, { signIn, value, atMs, alive }: Operated): boolean {
  const { selected } = wish;
  if (!selected || !alive || signIn !== wish.signIn || value !== wish.value) return false;
  if (wish.kind === "selected") return atMs - selected.atMs <= 30_000;
  return wish.approvals.some(
    (approval) =>
      approval.user !== wish.user &&
      approval.atMs - selected.atMs <= 120_000 &&
      approval.atMs <= atMs &&
      atMs - approval.atMs <= 30_000,
  );
}
