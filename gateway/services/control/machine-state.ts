import { packmlStates } from "../../core/control/packml.ts";
import type { TagLookup } from "../../core/expression-port.ts";
import type { Equipment, Plant, Tag } from "../../core/plant.ts";
import type { Sample } from "../../core/sample.ts";
import { says } from "../../core/site/chain.ts";
import { isGood } from "../../core/status.ts";
import type { LiveValues } from "../use-cases.ts";
import type { Conditions } from "./conditions.ts";

/** State, mode and key of a machine, by mapping (R34). What is not Good is not known, never guessed. */
export class MachineStates {
  readonly #values: LiveValues;
  readonly #conditions: Conditions;
  readonly #tags: ReadonlyMap<string, Tag>;

  constructor(plant: Plant, values: LiveValues, conditions: Conditions) {
    this.#values = values;
    this.#conditions = conditions;
    this.#tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  }

  tag(name: string): Tag | undefined {
    return this.#tags.get(name);
  }

  readonly lookup: TagLookup = (name) => {
    const tag = this.#tags.get(name);
    return tag && this.#values.sample(tag.handle);
  };

  state(equipment: Equipment): { readonly name: string; readonly since: number | undefined } | undefined {
    const { state } = equipment;
    if (!state) return undefined;
    if ("tag" in state) {
      const sample = this.#good(equipment, state.tag);
      const name = sample && packmlStates.get(Number(sample.value));
      return { name: name ?? "unknown", since: name ? sample?.sourceTime : undefined };
    }
    for (const { state: name, when } of state.cases) {
      const expression = this.#conditions.expression(equipment.id, when);
      const truth = expression.evaluate(this.lookup);
      // A case that cannot be judged might have been the right one, so those after it prove nothing.
      if (truth === "unknown") break;
      if (truth) return { name, since: this.#since(expression.tags) };
    }
    return { name: "unknown", since: undefined };
  }

  mode(equipment: Equipment): { readonly production: boolean | null; readonly value: Sample["value"] } | undefined {
    if (!equipment.mode) return undefined;
    const sample = this.#good(equipment, equipment.mode.tag);
    return { production: says(sample, equipment.mode.production), value: sample?.value ?? null };
  }

  /** true REMOTE, false LOCAL, null not known, undefined nothing declared (R39). */
  remote(equipment: Equipment): boolean | null | undefined {
    if (typeof equipment.local !== "object") return undefined;
    return says(this.#good(equipment, equipment.local.tag), equipment.local.remote);
  }

  #good(equipment: Equipment, tag: string): Sample | undefined {
    const sample = this.lookup(`${equipment.id}/${tag}`);
    return sample && isGood(sample.status) ? (sample as Sample) : undefined;
  }

  /** The newest change among the tags that decided: the state holds at least since then. */
  #since(tags: readonly string[]): number | undefined {
    const times = tags.flatMap((name) => {
      const tag = this.#tags.get(name);
      return tag ? (this.#values.sample(tag.handle)?.sourceTime ?? []) : [];
    });
    return times.length > 0 ? Math.max(...times) : undefined;
  }
}
