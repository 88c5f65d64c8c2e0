import { dirname, join } from "node:path";
import { readText } from "../read-text.ts";
import { Report } from "../report.ts";
import { readYaml } from "../yaml-source.ts";
import { fileBeside, namesIn } from "./folder-files.ts";
import { ownTemplates } from "./shelf.ts";
import { groupOf } from "./template.ts";

export interface BesideFile {
  /** From the configuration's folder, with /. */
  readonly path: string;
  readonly file: string;
}

/**
 * The files that a configuration is not whole without: the plant's own templates, and the files of its tables. Also of
 * one that is being mended, as far as it can be read. That a file is there is not looked at.
 */
export async function filesBeside(configuration: string): Promise<readonly BesideFile[]> {
  const templates = (await namesIn(ownTemplates(configuration))).map((name) => `templates/${name}.yaml`);
  const found: BesideFile[] = templates.map((path) => ({ path, file: join(dirname(configuration), path) }));
  const report = new Report(configuration);
  const text = await readText(configuration, report);
  const value = text === undefined ? undefined : readYaml(text, report);
  for (const table of Object.values(groupOf(groupOf(value)["tables"]))) {
    const { file: path } = groupOf(table);
    if (typeof path !== "string" || !/\.csv$/i.test(path) || found.some((each) => each.path === path)) continue;
    const file = await fileBeside(configuration, path);
    if (file !== undefined) found.push({ path, file });
  }
  return found;
}
