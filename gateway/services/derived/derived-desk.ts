import type { Caller } from "../../core/access/policy.ts";
import type { Account } from "../../core/derived/accumulator.ts";
import { rootsOf } from "../../core/derived/roots.ts";
import type { OverTime, Plant, Tag } from "../../core/plant.ts";
import type { EquipmentReading } from "../use-cases.ts";
import type { DerivedTags } from "./derived-tags.ts";

/** What a derived tag is made of and how it stands, as one person may see it. */
export interface DerivedNow {
  /** undefined: it reads what this person may not see, and its names are not his to know (S2). */
  readonly expression: string | undefined;
  /** Full names of what it reads, as far as this person may see them. */
  readonly inputs: readonly string[];
  /** Devices that it stands on in the end, likewise. */
  readonly devices: readonly string[];
  readonly over: OverTime | undefined;
  readonly account: Account | undefined;
  /** Why it gives nothing now. */
  readonly why: string | undefined;
}

export interface DerivedReading {
  /** undefined: it is a device's own tag. */
  of(caller: Caller, tag: Tag): DerivedNow | undefined;
}

export class DerivedDesk implements DerivedReading {
  readonly #tags: ReadonlyMap<string, Tag>;
  readonly #computed: Pick<DerivedTags, "standing">;
  readonly #equipment: Pick<EquipmentReading, "mayView">;

  constructor(plant: Plant, computed: Pick<DerivedTags, "standing">, equipment: Pick<EquipmentReading, "mayView">) {
    this.#tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
    this.#computed = computed;
    this.#equipment = equipment;
  }

  of(caller: Caller, tag: Tag): DerivedNow | undefined {
    const { derived } = tag;
    if (!derived) return undefined;
    const visible = (each: Tag): boolean => this.#equipment.mayView(caller, each);
    const inputs = derived.inputs.flatMap((name) => this.#tags.get(name) ?? []);
    const seen = inputs.filter(visible);
    const whole = seen.length === derived.inputs.length;
    const standing = this.#computed.standing(tag);
    return {
      expression: whole ? derived.expression : undefined,
      inputs: seen.map(({ name }) => name),
      devices: [
        ...new Set(
          rootsOf(tag, this.#tags)
            .filter(visible)
            .map(({ device }) => device),
        ),
      ],
      over: derived.over,
      account: standing?.account,
      why: whole ? standing?.why : undefined,
    };
  }
}
