import type { Command } from "commander";
import type { Place } from "./actions.ts";

export const defaultConfig = "config/gateway.yaml";
export const defaultData = "data";

/** A finding that is not an error of the program but ends it with 1; its text was printed already. */
export class Found extends Error {}

/** A verb with the options that go with every one of them. */
export function verb(parent: Command, nameAndArguments: string, description: string): Command {
  return parent
    .command(nameAndArguments)
    .description(description)
    .allowExcessArguments(false)
    .option("--config <file>", "configuration file", defaultConfig)
    .option("--data <dir>", "data folder", defaultData)
    .option("--key-file <file>", "the installation's key, where it is kept outside of the data folder");
}

export function placeOf({ config, data, keyFile }: Place): Place {
  return { config, data, ...(keyFile === undefined ? {} : { keyFile }) };
}

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
