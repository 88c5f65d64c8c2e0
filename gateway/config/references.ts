import { didYouMean } from "../core/closest.ts";
import type { Tag } from "../core/plant.ts";
import { integerLimits } from "../core/value.ts";
import type { Path, Report } from "./report.ts";

/** Finds tags of one machine by id and reports those that are not there. */
export class References {
  readonly tags: ReadonlyMap<string, Tag>;
  readonly report: Report;
  readonly #broken: ReadonlySet<string>;
  readonly #base: Path;

  constructor(report: Report, tags: ReadonlyMap<string, Tag>, broken: ReadonlySet<string>, base: Path) {
    this.report = report;
    this.tags = tags;
    this.#broken = broken;
    this.#base = base;
  }

  at(path: Path): Path {
    return [...this.#base, ...path];
  }

  find(id: string, path: Path): Tag | undefined {
    const tag = this.tags.get(id);
    if (!tag && !this.#broken.has(id)) {
      this.report.problem(this.at(path), `there is no tag "${id}" on this machine${didYouMean(id, this.tags.keys())}`);
    }
    return tag;
  }

  wholeNumber(id: string, path: Path): void {
    const tag = this.find(id, path);
    if (tag && !integerLimits(tag.type))
      this.report.problem(this.at(path), `${id} is ${tag.type}, expected a whole number`);
  }

  /** A tag that the gateway itself writes: writable, and by nobody else. */
  systemTag(id: string, path: Path): Tag | undefined {
    const tag = this.find(id, path);
    if (tag && tag.writable?.only !== "commands") {
      const text = `${id} is written by the gateway alone, so it must be writable with only: commands`;
      this.report.problem(this.at(path), text);
    }
    return tag;
  }
}
