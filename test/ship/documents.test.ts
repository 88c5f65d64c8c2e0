import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Actions, Terminal } from "../../gateway/cli/actions.ts";
import { createProgram } from "../../gateway/cli/program.ts";
import { root } from "./dockerfile.ts";

const pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })];
const read = (file: string) => readFileSync(join(root, file), "utf8");
const readme = read("README.md");

describe("the pages", () => {
  it.each(pages)("%s: every link and picture leads somewhere", (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    for (const target of targets.filter((each) => !/^https?:/.test(each))) {
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? join(root, page) : join(root, dirname(page), file);
      expect(existsSync(path), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(path, "utf8")), target).toContain(anchor);
    }
  });

  it.each(pages)("%s: says nothing left to fill in", (page) => {
    expect(read(page)).not.toMatch(/@@|\bTODO\b|\bTBD\b|\bXXX\b/);
  });

  it("lists every decision, each with its context, what was refused and what follows", () => {
    const folder = join(root, "docs", "decisions");
    const list = read("docs/decisions/README.md");
    for (const file of readdirSync(folder).filter((name) => name !== "README.md")) {
      expect(file).toMatch(/^\d{3}-[a-z0-9-]+\.md$/);
      expect(list).toContain(`(${file})`);
      const text = read(`docs/decisions/${file}`);
      for (const part of ["Context", "Decision", "Refused", "Consequences"])
        expect(text, file).toContain(`**${part}.**`);
    }
  });

  it("have pictures of a reasonable size, and none that no page shows", () => {
    const shown = pages.map(read).join("\n");
    for (const picture of readdirSync(join(root, "docs", "pictures"))) {
      expect(statSync(join(root, "docs", "pictures", picture)).size, picture).toBeLessThanOrEqual(200 * 1024);
      expect(shown, picture).toContain(`pictures/${picture}`);
    }
  });
});

describe("the README", () => {
  const silent: Terminal = {
    out: () => undefined,
    err: () => undefined,
    readLine: async () => "",
    ask: async () => undefined,
    askSecret: async () => undefined,
    pour: async () => undefined,
  };
  const program = createProgram({ version: "0" } as Actions, silent);
  const table = readme.split("## Command line")[1]?.split("\n## ")[0] ?? "";

  it("names every verb of the command line in its table, with all options", () => {
    const listed = [...table.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text).join("\n");
    for (const command of program.commands) {
      expect(listed, command.name()).toMatch(new RegExp(`^${command.name()}\\b`, "m"));
      for (const each of [command, ...command.commands])
        for (const option of each.options) expect(table, `${each.name()} ${option.long}`).toContain(option.long);
    }
  });

  it("names no verb that there is not", () => {
    const verbs = [...readme.matchAll(/\bplancia ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?/g)];
    expect(verbs.length).toBeGreaterThan(5);
    for (const [, verb = "", second] of verbs) {
      const command = program.commands.find((each) => each.name() === verb);
      expect(command, verb).toBeDefined();
      if (command?.commands.length) expect(command.commands.map((each) => each.name())).toContain(second);
    }
  });
});

/** GitHub's anchors of the headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
