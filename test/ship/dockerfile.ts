import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Instruction {
  readonly name: string;
  /** Arguments as written, lines joined. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export interface Copy {
  /** Stage that it comes from; undefined: the sources. */
  readonly stage: string | undefined;
  readonly sources: readonly string[];
  /** From the working folder. */
  readonly target: string;
}

/** What stands in the project's Dockerfile; no more of the language than is used there. */
export function readDockerfile(): readonly Stage[] {
  return parseDockerfile(readFileSync(join(root, "Dockerfile"), "utf8"));
}

export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name, text] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || text === undefined) continue;
    if (name === "FROM") {
      const [from = "", , stage = ""] = text.split(/\s+/);
      stages.push({ name: stage, from, instructions: [] });
    } else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** All instructions of a stage, those of the stages that it stands on first. */
export function instructionsOf(stages: readonly Stage[], name: string): readonly Instruction[] {
  const stage = stages.find((each) => each.name === name);
  if (!stage) return [];
  return [...instructionsOf(stages, stage.from), ...stage.instructions];
}

/** The last instruction of that name, which is the one in force. */
export function inForce(instructions: readonly Instruction[], name: string): string | undefined {
  return instructions.findLast((each) => each.name === name)?.text;
}

export function copiesOf(instructions: readonly Instruction[]): readonly Copy[] {
  return instructions
    .filter(({ name }) => name === "COPY")
    .map(({ text }) => {
      const words = text.split(/\s+/);
      const stage = words[0]?.startsWith("--from=") ? words.shift()?.slice("--from=".length) : undefined;
      const target = words.pop() ?? "";
      return { stage, sources: words, target };
    });
}

/** `ENV` of all stages below, in order. */
export function environmentOf(instructions: readonly Instruction[]): Readonly<Record<string, string>> {
  const pairs = instructions
    .filter(({ name }) => name === "ENV")
    .flatMap(({ text }) => [...text.matchAll(/(\w+)=(\S+)/g)].map(([, key = "", value = ""]) => [key, value] as const));
  return Object.fromEntries(pairs);
}

/** A command in its JSON form. @throws SyntaxError for the shell form, which needs a shell in the image. */
export function commandOf(text: string | undefined): readonly string[] {
  return JSON.parse(text?.slice(text.indexOf("[")) ?? "[]") as string[];
}
