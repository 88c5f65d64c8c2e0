import { NoAnswer, Refusal } from "../api/client.ts";
import type { EquipmentView, Greeting, TagView, ValueView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { controlNews } from "./control-news.svelte.ts";
import { values } from "./values.svelte.ts";

const settleMs = 200;
const afterwardsMs = 1_500;

/** The machines that this person may see, as the gateway describes them. */
class Plant {
  equipment = $state.raw<readonly EquipmentView[]>([]);
  greeting = $state.raw<Greeting | undefined>(undefined);
  phase = $state<"loading" | "ready" | "failed">("loading");
  problem = $state.raw<Refusal | NoAnswer | undefined>(undefined);
  #settling: ReturnType<typeof setTimeout> | undefined;
  #afterwards: ReturnType<typeof setTimeout> | undefined;
  readonly #tags = new Map<string, TagView>();
  readonly #contacts = new Set<number>();

  find(id: string): EquipmentView | undefined {
    return this.equipment.find((one) => one.id === id);
  }

  tag(name: string): TagView | undefined {
    // Reading `equipment` makes the answer follow a reload of the plant.
    return this.equipment.length === 0 ? undefined : this.#tags.get(name);
  }

  /** The phone of a machine, else of the site. */
  phone(id?: string): string | undefined {
    return (id === undefined ? undefined : this.find(id)?.phone) ?? this.greeting?.phone;
  }

  greet(greeting: Greeting): void {
    this.greeting = greeting;
    say.zone = greeting.timezone;
  }

  async load(): Promise<void> {
    try {
      this.#take(await session.call<readonly EquipmentView[]>("/equipment"));
      this.phase = "ready";
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.problem = error;
      if (this.phase === "loading") this.phase = "failed";
    }
  }

  /**
   * Something of a machine has changed: several in a row are fetched once, and once more a little
   * later, since the gateway may judge a moment after the sample that we saw.
   */
  changed(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      void this.load();
    }, settleMs);
    clearTimeout(this.#afterwards);
    this.#afterwards = setTimeout(() => void this.load(), afterwardsMs);
  }

  /** A number that moves by itself; before the plant is known everything counts as one. */
  isAnalogue(handle: number): boolean {
    return !this.#contacts.has(handle);
  }

  /** Last Good values of what is not Good now, for display only. */
  async loadLast(tags: readonly TagView[]): Promise<void> {
    if (tags.length === 0) return;
    const query = new URLSearchParams({ tags: tags.map((tag) => tag.tag).join(",") });
    try {
      for (const view of await session.call<readonly ValueView[]>(`/values?${query}`)) {
        const tag = this.#tags.get(view.tag);
        if (tag) values.takeLast(tag.handle, view);
      }
    } catch {
      // The live values tell their own state; the dated last ones are an addition.
      return;
    }
  }

  /** A guest's slot is over by the gateway's clock: machine and values are gone here too, answer or no answer. */
  withdraw(id: string): void {
    const machine = this.find(id);
    if (!machine) return;
    this.#take(this.equipment.filter((one) => one !== machine));
    values.forget(machine.tags.map((tag) => tag.handle));
  }

  clear(): void {
    clearTimeout(this.#settling);
    clearTimeout(this.#afterwards);
    this.#settling = undefined;
    this.equipment = [];
    this.#tags.clear();
    this.phase = "loading";
    this.problem = undefined;
  }

  #take(equipment: readonly EquipmentView[]): void {
    this.#tags.clear();
    this.#contacts.clear();
    for (const tag of equipment.flatMap((one) => one.tags)) {
      this.#tags.set(tag.tag, tag);
      if (tag.type === "boolean" || tag.type === "string" || tag.texts) this.#contacts.add(tag.handle);
    }
    this.equipment = equipment;
    controlNews.saw(equipment);
  }
}

export const plant = new Plant();
