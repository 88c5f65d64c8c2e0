import type { SheetOptions, SheetOutcome } from "../../core/configuration/tag-sheet.ts";
import type { ConfigurationStore, WholeConfigurationVersion } from "../../core/configuration-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { CheckedFile, ConfigurationFile, PlacedFile } from "../configuration-desk.ts";
import type { KeptConfiguration } from "../configuration-versions.ts";
import type { PlannedSheet, SheetStyle, TagSheetFile } from "../tag-sheets.ts";

export class MemoryConfigurations implements ConfigurationStore {
  readonly #versions: WholeConfigurationVersion[] = [];

  async add(version: Omit<WholeConfigurationVersion, "n">): Promise<number> {
    return this.#versions.push({ ...version, n: this.#versions.length + 1 });
  }

  async list() {
    return this.#versions.toReversed().map(({ text: _, plain: __, ...version }) => version);
  }

  async find(n: number) {
    return this.#versions[n - 1];
  }

  async newest() {
    return this.#versions.at(-1);
  }

  async started(n: number, plain: string, atMs: number): Promise<void> {
    const version = this.#versions[n - 1];
    if (version) this.#versions[n - 1] = { ...version, plain, startedAt: atMs };
  }
}

/** A file whose text is its own canonical JSON; one without a brace is not valid. */
export class MemoryConfigurationFile implements ConfigurationFile {
  text: string;
  /** Machine → control sheet of whatever lies there. */
  sheets: ReadonlyMap<string, string> = new Map();
  looks = 0;

  constructor(text: string) {
    this.text = text;
  }

  async look(): Promise<CheckedFile> {
    this.looks++;
    return this.#check(this.text);
  }

  async put(text: string, record: (kept: KeptConfiguration) => Promise<number>, lay?: string): Promise<PlacedFile> {
    if (lay !== undefined && lay !== this.text) throw new PlanciaError("request/conflict", "It was changed meanwhile");
    if (text === this.text) return { ok: true, n: undefined, before: undefined };
    const checked = this.#check(text);
    if (!checked.ok) return checked;
    const n = await record(checked.kept);
    this.text = text;
    return { ok: true, n, before: undefined };
  }

  #check(text: string): CheckedFile {
    if (!text.startsWith("{"))
      return { ok: false, problems: [{ line: 3, column: 5, path: "site.id", text: "expected a text" }] };
    return { ok: true, kept: { text, leftOut: 0, plain: text }, sheets: this.sheets };
  }
}

/** A sheet is itself the text that it makes of the file, "bad" in it a row that is wrong. */
export class MemoryTagSheets implements TagSheetFile {
  readonly #file: MemoryConfigurationFile;

  constructor(file: MemoryConfigurationFile) {
    this.#file = file;
  }

  async tags(style: SheetStyle): Promise<string> {
    return `equipment${style === "commas" ? "," : ";"}tag\r\n`;
  }

  async plan(csv: Uint8Array, { skipBadRows }: SheetOptions): Promise<PlannedSheet> {
    const text = new TextDecoder().decode(csv);
    const wrong = text.includes("bad");
    const fault = { row: 2, column: "unit", cell: "bad", text: "expected a unit" };
    const outcome: SheetOutcome = {
      ...{ added: ["press/rpm"], changed: [], left: 1, aside: 0, faults: wrong ? [fault] : [], bad: wrong ? 1 : 0 },
      ...{ text: wrong && !skipBadRows ? undefined : text.replace("bad", "good"), parts: [] },
    };
    return { lay: this.#file.text, outcome, sheets: this.#file.sheets };
  }
}
