export type Path = readonly (string | number)[];

/** Lines and columns from 1. `line` 0: not in the file at all (an environment variable). */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Place {
  /** `equipment.press.tags.speed`, or the name of the environment variable. */
  readonly path: string;
  /** What, and what would be right. */
  readonly text: string;
  /** All of it: `file:line:column: path: text`. */
  readonly message: string;
}

/** Where the parts of the file stand. */
export interface Places {
  key(path: Path): Place | undefined;
  value(path: Path): Place | undefined;
}

/** Where something stands that the file itself does not say. */
export interface Origin {
  /** In the file: what brought it there. */
  readonly place: Place;
  /** Put after what is wrong. */
  readonly says: string;
  /** The same text with the same key is told once, and how often it is so. */
  readonly same: string | undefined;
}

export interface Origins {
  of(path: Path): Origin | undefined;
}

/** More than this many problems help nobody. */
export const mostProblems = 200;

/** Collects what is wrong with one file. */
export class Report {
  readonly #file: string;
  readonly #problems: Told[] = [];
  readonly #warnings: Told[] = [];
  /** Names of the environment variables that gave a value, by path: no line to show. */
  readonly #variables = new Map<string, string>();
  places: Places = { key: () => undefined, value: () => undefined };
  origins: Origins = { of: () => undefined };

  constructor(file: string) {
    this.#file = file;
  }

  get failed(): boolean {
    return this.#problems.length > 0;
  }

  cameFrom(path: Path, variable: string): void {
    this.#variables.set(path.join("."), variable);
  }

  /** Points at the value; at the nearest thing around it where it is missing. */
  problem(path: Path, text: string): void {
    this.#problems.push(this.#told(path, text, () => this.#nearest(path)));
  }

  /** Points at the key. */
  keyProblem(path: Path, text: string): void {
    this.#problems.push(this.#told(path, text, () => this.places.key(path) ?? this.#nearest(path)));
  }

  warning(path: Path, text: string): void {
    this.#warnings.push(this.#told(path, text, () => this.places.key(path) ?? this.#nearest(path)));
  }

  at(place: Place, text: string): void {
    this.#problems.push({ problem: this.#made([], text, place), same: undefined });
  }

  /** By line, at most {@link mostProblems}; the last one then says how many more there are. */
  problems(): readonly Problem[] {
    const sorted = inOrder(once(this.#problems));
    if (sorted.length <= mostProblems) return sorted;
    const more = this.#made([], `and ${sorted.length - mostProblems} more`, { line: 0, column: 0 });
    return [...sorted.slice(0, mostProblems), more];
  }

  warnings(): readonly Problem[] {
    return inOrder(once(this.#warnings));
  }

  #told(path: Path, text: string, place: () => Place): Told {
    const origin = this.#variableAt(path) === undefined ? this.origins.of(path) : undefined;
    if (!origin) return { problem: this.#made(path, text, place()), same: undefined };
    const same = origin.same === undefined ? undefined : `${origin.same}\0${text}`;
    return { problem: this.#made(path, text + origin.says, origin.place), same };
  }

  #nearest(path: Path): Place {
    for (let length = path.length; length > 0; length--) {
      const around = path.slice(0, length);
      const place =
        length === path.length ? this.places.value(around) : (this.places.key(around) ?? this.places.value(around));
      if (place) return place;
    }
    return { line: 1, column: 1 };
  }

  /** The variable that gave this value, or that alone made the group which is wrong. */
  #variableAt(path: Path): string | undefined {
    const name = path.join(".");
    const exact = this.#variables.get(name);
    if (exact !== undefined || path.length === 0 || this.places.key(path)) return exact;
    return [...this.#variables].find(([given]) => given.startsWith(`${name}.`))?.[1];
  }

  #made(path: Path, text: string, place: Place): Problem {
    const variable = this.#variableAt(path);
    const where = variable === undefined ? place : { line: 0, column: 0 };
    const name = variable ?? pathText(path);
    const start =
      where.line > 0
        ? `${this.#file}:${where.line}:${where.column}: `
        : variable === undefined
          ? `${this.#file}: `
          : "";
    return { ...where, path: name, text, message: `${start}${name === "" ? "" : `${name}: `}${text}` };
  }
}

interface Told {
  readonly problem: Problem;
  readonly same: string | undefined;
}

/** What is wrong in one place of a template is wrong in every machine that is made of it. */
function once(told: readonly Told[]): readonly Problem[] {
  const groups = Map.groupBy(told, ({ same }, i) => same ?? i);
  return [...groups.values()].flatMap(([first, ...more]) => {
    if (!first) return [];
    if (more.length === 0) return [first.problem];
    const rest = `, and ${more.length} more of it`;
    return [{ ...first.problem, text: first.problem.text + rest, message: first.problem.message + rest }];
  });
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** `equipment.press.stop.do[0].write` */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
}
