import { dirname, join } from "node:path";
import { didYouMean } from "../../core/closest.ts";
import type { Path, Report } from "../report.ts";
import { TemplateName } from "../schema/template.ts";
import { namesIn, shipped, textIn } from "./folder-files.ts";
import { readTemplate, type Template } from "./template.ts";

export const largestTemplate = 1024 * 1024;

/** The folder for the plant's own templates: they are taken before those that are shipped. */
export function ownTemplates(configuration: string): string {
  return join(dirname(configuration), "templates");
}

export interface ShelfEntry {
  readonly name: string;
  readonly from: "own" | "shipped";
}

/** What there is for a configuration, by name; a plant's own stands for a shipped one of the same name. */
export async function templatesFor(configuration: string): Promise<readonly ShelfEntry[]> {
  const own = await namesIn(ownTemplates(configuration));
  const others = (await namesIn(shipped)).filter((name) => !own.includes(name));
  const entries = [
    ...own.map((name): ShelfEntry => ({ name, from: "own" })),
    ...others.map((name): ShelfEntry => ({ name, from: "shipped" })),
  ];
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The templates that one configuration names, each read once and its mistakes told once. */
export class Shelf {
  readonly #configuration: string;
  readonly #report: Report;
  readonly #read = new Map<string, Template | undefined>();

  constructor(configuration: string, report: Report) {
    this.#configuration = configuration;
    this.#report = report;
  }

  get templates(): readonly Template[] {
    return [...this.#read.values()].flatMap((each) => each ?? []);
  }

  /** undefined: reported. @param path where it is named. */
  async take(name: string, path: Path): Promise<Template | undefined> {
    if (!this.#read.has(name)) this.#read.set(name, await this.#load(name, path));
    return this.#read.get(name);
  }

  async #load(name: string, path: Path): Promise<Template | undefined> {
    if (!TemplateName.safeParse(name).success) return this.#missing(name, path);
    const own = await textIn(join(ownTemplates(this.#configuration), `${name}.yaml`), largestTemplate);
    const text = own ?? (await textIn(new URL(`${name}.yaml`, shipped), largestTemplate));
    const file = own ? `templates/${name}.yaml` : `config/templates/${name}.yaml`;
    if (!text) return this.#missing(name, path);
    if (!text.ok) {
      this.#report.problem(path, `the template ${file} ${text.why}`);
      return undefined;
    }
    const read = readTemplate(name, file, text.text);
    if (read.ok) {
      for (const { message } of read.warnings) this.#report.warning(path, `in the template, ${message}`);
      return read.template;
    }
    for (const { message } of read.problems) this.#report.problem(path, `in the template, ${message}`);
    return undefined;
  }

  async #missing(name: string, path: Path): Promise<undefined> {
    const known = (await templatesFor(this.#configuration)).map((each) => each.name);
    const where = "templates/ beside this file, and those that are shipped";
    this.#report.problem(path, `there is no template "${name}"${didYouMean(name, known)} (looked in ${where})`);
  }
}
