import { PlanciaError } from "../errors.ts";
import type { ExpressionCompiler, Formula } from "../expression-port.ts";
import type { Tag } from "../plant.ts";
import { engineeringType } from "../scaling.ts";
import { isBad, Status } from "../status.ts";
import type { DataType, Value } from "../value.ts";
import { fitted, worstStatus } from "./result.ts";

/** What a formula looks at. */
export interface Seen {
  readonly value: Value;
  readonly status: number;
  /** UTC ms; 0: never. */
  readonly sourceTime: number;
}

/** What came of an expression, before anything is made of it over time. */
export interface Result extends Seen {
  /** In words, where it could not be computed. */
  readonly why?: string;
  /** As the expression gives it, before it is fitted to the tag's type; undefined: nothing. */
  readonly raw: boolean | bigint | number | string | undefined;
}

const waiting: Seen = { value: null, status: Status.Bad_WaitingForInitialData, sourceTime: 0 };

/** The expressions of a plant's derived tags, each compiled once, when it is first needed. */
export class Formulas {
  readonly #tags: ReadonlyMap<string, Tag>;
  readonly #types: ReadonlyMap<string, DataType>;
  readonly #compile: ExpressionCompiler;
  readonly #formulas = new Map<string, Formula>();

  constructor(tags: readonly Tag[], compile: ExpressionCompiler) {
    this.#tags = new Map(tags.map((tag) => [tag.name, tag]));
    this.#types = new Map(tags.map((tag) => [tag.name, engineeringType(tag)]));
    this.#compile = compile;
  }

  /** @throws PlanciaError start/config: what does not compile never got past the configuration check. */
  formula({ name, equipment, derived }: Tag): Formula {
    const known = this.#formulas.get(name);
    if (known) return known;
    const compiled = this.#compile(derived?.expression ?? "", { equipment, types: this.#types, gives: "value" });
    if (!compiled.ok || !compiled.formula)
      throw new PlanciaError("start/config", `${name}: ${compiled.ok ? "gives no value" : compiled.problem}`);
    this.#formulas.set(name, compiled.formula);
    return compiled.formula;
  }

  /**
   * The expression of a derived tag over what `look` has of its inputs: quality the worst of them, time the newest,
   * since before that it could not have been this value.
   */
  result(tag: Tag, look: (name: string) => Seen | undefined): Result {
    const inputs = (tag.derived?.inputs ?? []).map((name) => look(name) ?? waiting);
    const status = worstStatus(inputs.map((each) => each.status));
    const sourceTime = Math.max(0, ...inputs.map((each) => each.sourceTime));
    if (isBad(status)) return { value: null, status, sourceTime, raw: undefined };
    const computed = this.formula(tag).compute(look);
    if (!computed.ok) {
      const { why } = computed;
      const failed = why.includes("convert") ? Status.Bad_TypeMismatch : Status.Bad_OutOfRange;
      return { value: null, status: failed, sourceTime, raw: undefined, why };
    }
    const raw = computed.value;
    if (tag.derived?.over) return { value: null, status, sourceTime, raw };
    const made = fitted(tag.type, raw, status);
    const why = made.status === status ? {} : { why: `${String(raw)} is no value of a tag of type ${tag.type}` };
    return { ...made, sourceTime, raw, ...why };
  }

  /**
   * The plant as `look` has its devices' tags, and every derived tag made anew from those alone. What is computed
   * over time cannot be made from one moment: Bad_NoData.
   */
  through(look: (name: string) => Seen | undefined): (name: string) => Seen | undefined {
    const known = new Map<string, Seen>();
    const through = (name: string): Seen | undefined => {
      const tag = this.#tags.get(name);
      if (!tag?.derived) return look(name);
      const found = known.get(name) ?? (tag.derived.over ? noData : this.result(tag, through));
      known.set(name, found);
      return found;
    };
    return through;
  }
}

const noData: Seen = { value: null, status: Status.Bad_NoData, sourceTime: 0 };
