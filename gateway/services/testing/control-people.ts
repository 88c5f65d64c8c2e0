import type { Cause, CommandRecord } from "../../core/control/command.ts";
import type { Wish } from "./control-oracle.ts";
import type { ControlWorld } from "./control-world.ts";
import { people, type Who } from "./model-press.ts";

/** What can be asked for: how it is authorised, what it writes, what it needs. */
const targets = {
  "press/speed": { kind: "direct", tags: ["press/speed"], needs: [] },
  "press/recipe": { kind: "selected", tags: ["press/recipe"], needs: [] },
  "press:load": { kind: "selected", tags: ["press/recipe", "press/batch"], needs: ["Stopped", "fed"] },
  "press:setup": { kind: "approved", tags: ["press/batch"], needs: [] },
} as const;
export type Target = keyof typeof targets;
export const targetNames = Object.keys(targets) as readonly Target[];

/** A ticket just got, or one that was kept since somebody last put one aside. */
export type Ticket = "fresh" | "kept";

interface Asked {
  readonly who: Who;
  readonly target: Target;
  readonly key: string;
  readonly wish: Wish;
  /** Whom it was asked first. */
  readonly gateway: ControlWorld["gateway"];
  /** As it answered. */
  id: string | undefined;
}

/** A page that somebody has open: it answers the gateway's prompts while it is awake (R40). */
interface Page {
  close: (() => void) | undefined;
  awake: boolean;
  /** The newest prompt, and when it came. */
  prompt: { readonly n: number; readonly atMs: number } | undefined;
}

/** From a prompt to the page's answer, ms. */
const answersInMs = 30;

/** Everything that people do in front of their browsers. Nothing here is awaited: they click when they like. */
export class ControlPeople {
  readonly #world: ControlWorld;
  readonly #asked: Asked[] = [];
  readonly #pages: Readonly<Record<Who, Page>>;
  #nextValue = 1;
  #kept: { readonly ticket: string; readonly atMs: number };

  constructor(world: ControlWorld) {
    this.#world = world;
    const page = (): Page => ({ close: undefined, awake: true, prompt: undefined });
    this.#pages = { anna: page(), annaElsewhere: page(), bruno: page() };
    this.#kept = this.#ticket("fresh");
    for (const who of Object.keys(people) as Who[]) this.open(who);
  }

  open(who: Who): void {
    const page = this.#pages[who];
    const { control } = this.#world.gateway;
    page.close ??= control.open(people[who], "desktop", (_equipment, n) => this.#prompted(who, n));
  }

  leave(who: Who): void {
    const page = this.#pages[who];
    if (!page.close) return;
    const { signInId } = people[who];
    this.#world.oracle.die((wish) => wish.bound && wish.signIn === signInId);
    page.close();
    page.close = undefined;
  }

  /** A page that sleeps answers nothing; when it wakes, its newest prompt. */
  setAwake(who: Who, awake: boolean): void {
    this.#pages[who].awake = awake;
    this.#answer(who);
  }

  /** Every browser finds the new gateway; what the old one asked is no more to be answered. */
  reconnect(): void {
    for (const [who, page] of Object.entries(this.#pages) as [Who, Page][]) {
      const wasOpen = page.close !== undefined;
      Object.assign(page, { close: undefined, prompt: undefined });
      if (wasOpen) this.open(who);
    }
  }

  putAside(): void {
    this.#kept = this.#ticket("fresh");
  }

  /** Asks for something that nobody has asked for before. */
  ask(who: Who, target: Target, ticket: Ticket): void {
    const value = this.#nextValue++;
    const { userId: user, signInId: signIn } = people[who];
    const own = { approvals: [], asked: [], operated: [], selected: undefined, bound: false, deadN: 0 };
    const wish: Wish = { ...targets[target], ...own, value, user, signIn };
    const asked: Asked = { who, target, key: `key-${value}`, wish, gateway: this.#world.gateway, id: undefined };
    this.#asked.push(asked);
    this.#submit(asked, value, ticket);
  }

  /** The same once more, or the same key for something else. */
  askAgain(back: number, what: "same" | "other", ticket: Ticket): void {
    const asked = this.#asked.at(-1 - back);
    if (asked && what === "same") this.#submit(asked, asked.wish.value, ticket);
    if (asked && what === "other" && this.#isKnown(asked)) this.#submit(asked, -this.#nextValue++, ticket);
  }

  operate(who: Who | "whoever selected", back: number, what: "same" | "other", ticket: Ticket): void {
    const asked = this.#selected(back);
    if (asked?.id === undefined) return;
    const caller = people[who === "whoever selected" ? asked.who : who];
    const value = what === "same" ? asked.wish.value : -this.#nextValue++;
    const given = this.#ticket(ticket);
    const { oracle, gateway } = this.#world;
    oracle.operate(asked.wish, { signIn: caller.signInId, value, ticketAtMs: given.atMs });
    if (what === "other" && caller.signInId === asked.wish.signIn && isReady(asked.wish))
      oracle.die((wish) => wish === asked.wish);
    quietly(
      gateway.commands.operate(caller, asked.id, { value, arguments: undefined, ticket: given.ticket, waitMs: 0 }),
    );
  }

  approve(who: Who, back: number, ticket: Ticket): void {
    const asked = this.#selected(back);
    if (asked?.id === undefined) return;
    const given = this.#ticket(ticket);
    const { time, oracle, gateway } = this.#world;
    const old = time.monotonicMs() - given.atMs > 5000;
    const approved = gateway.commands.approve(people[who], asked.id, given.ticket).then((record) => {
      if (record.state !== "SELECTED") return;
      asked.wish.approvals.push({ user: people[who].userId, atMs: time.monotonicMs() });
      if (old) oracle.broken.push(`${record.target} approved with an old ticket`);
    });
    quietly(approved);
  }

  cancel(who: Who, back: number): void {
    const asked = this.#selected(back);
    if (asked?.id === undefined) return;
    const { oracle, gateway } = this.#world;
    const may = people[who].userId === asked.wish.user || people[who].role === "supervisor";
    if (may) oracle.die((wish) => wish === asked.wish);
    quietly(gateway.commands.cancel(people[who], asked.id));
  }

  /** R10: it is given to the driver before anything else happens, whatever else is under way. */
  stop(who: Who): void {
    const { oracle, gateway } = this.#world;
    oracle.stopAsked();
    quietly(gateway.commands.stop(people[who], "press", { reason: undefined, waitMs: 0 }));
    if (!oracle.stopIsOut()) oracle.broken.push("a stop request was not given to the driver at once");
  }

  control(who: Who, what: "take" | "force" | "request" | "accept" | "release"): void {
    quietly(this.#control(who, what));
  }

  async #control(who: Who, what: "take" | "force" | "request" | "accept" | "release"): Promise<readonly Cause[]> {
    const { control } = this.#world.gateway;
    const caller = people[who];
    switch (what) {
      case "take":
        return control.take(caller, "press", { phone: false });
      case "force":
        return control.force(caller, "press", { phone: false, reason: "test" });
      case "request":
        return control.request(caller, "press", { phone: false });
      case "accept":
        return control.answer(caller, "press", { accept: true, note: undefined });
      case "release":
        return control.release(caller, "press");
    }
  }

  #submit(asked: Asked, value: number, ticket: Ticket): void {
    const { who, target, key, wish } = asked;
    const given = this.#ticket(ticket);
    const { oracle, gateway, time } = this.#world;
    const n = value === wish.value ? oracle.ask(wish, given.atMs) : undefined;
    wish.bound = this.#pages[who].close !== undefined;
    const input = { target, value, arguments: undefined, key, ticket: given.ticket, reason: undefined, waitMs: 0 };
    const answered = gateway.commands.submit(people[who], input).then((record: CommandRecord) => {
      if (n === undefined) return;
      const isSelected = record.state === "SELECTED" || record.state === "PENDING_APPROVAL";
      if (isSelected && asked.id !== record.id) wish.selected = { askedN: n, atMs: time.monotonicMs() };
      asked.id = record.id;
    });
    quietly(answered);
  }

  /** What neither the gateway nor the disk has heard of leaves its key free. */
  #isKnown({ key, id, gateway }: Asked): boolean {
    const { records, gateway: present } = this.#world;
    const isUnderWay = gateway === present && !this.#world.hasEnded(id);
    return isUnderWay || [...records.commands.records.values()].some((record) => record.key === key);
  }

  /** Of those that are selected first. */
  #selected(back: number): Asked | undefined {
    return this.#asked.filter(({ wish }) => wish.kind !== "direct").at(-1 - back);
  }

  #ticket(which: Ticket): { readonly ticket: string; readonly atMs: number } {
    if (which === "kept") return this.#kept;
    return { ticket: this.#world.gateway.tickets.current(), atMs: this.#world.time.monotonicMs() };
  }

  #prompted(who: Who, n: number): void {
    const { time } = this.#world;
    this.#pages[who].prompt = { n, atMs: time.monotonicMs() };
    time.after(answersInMs, () => this.#answer(who));
  }

  #answer(who: Who): void {
    const { awake, close, prompt } = this.#pages[who];
    if (!awake || !close || !prompt) return;
    const { oracle, gateway } = this.#world;
    oracle.proven(people[who].signInId, prompt.atMs);
    gateway.control.alive(people[who], { n: prompt.n, visible: true, active: false });
  }
}

/** It is selected, and approved where that is needed; nobody has asked for it again since. */
function isReady({ kind, selected, asked, approvals }: Wish): boolean {
  const stands = selected !== undefined && selected.askedN === asked.at(-1)?.n;
  return stands && (kind === "selected" || approvals.length > 0);
}

/** What is refused by an error is refused; what it must not have done shows on the line. */
function quietly(done: Promise<unknown>): void {
  done.catch(() => undefined);
}
