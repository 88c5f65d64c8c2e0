import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drivers } from "../drivers/registry.ts";
import { driversPage } from "./drivers-page.ts";
import { jsonSchema, templateSchema } from "./json-schema.ts";
import { referencePage } from "./reference.ts";

/** The files that are written from the schemas, by their path in the project. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Plancia configuration",
    ...jsonSchema(drivers),
  };
  const template = { $schema: schema.$schema, title: "Plancia template", ...templateSchema(drivers) };
  return new Map([
    ["config/gateway.schema.json", `${JSON.stringify(schema, undefined, 2)}\n`],
    ["config/template.schema.json", `${JSON.stringify(template, undefined, 2)}\n`],
    ["docs/configuration.md", referencePage(drivers)],
    ["gateway/drivers/README.md", driversPage(drivers, await samples())],
  ]);
}

/** By the driver's name. */
export async function samples(): Promise<ReadonlyMap<string, string>> {
  const found = drivers.map(async ({ name }) => {
    const file = new URL(`../drivers/${name}/sample.yaml`, import.meta.url);
    return [name, await readFile(file, "utf8")] as const;
  });
  return new Map(await Promise.all(found));
}

/** Writes what differs below `root`; gives the names of what was written. */
export async function writeGenerated(root: string): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [file, content] of await generated()) {
    const path = join(root, file);
    const present = await readFile(path, "utf8").catch(() => undefined);
    if (present === content) continue;
    await writeFile(path, content);
    written.push(file);
  }
  return written;
}
