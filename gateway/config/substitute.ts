import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { OpenSecret } from "../core/access/credentials-port.ts";
import { didYouMean } from "../core/closest.ts";
import { PlanciaError } from "../core/errors.ts";
import { isSecretName } from "../core/redact.ts";
import type { Path, Report } from "./report.ts";
import type { Plain } from "./yaml-source.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$\{(env|file|sealed):([^}]*)\}/g;
const unended = /\$\{sealed:[^}]*$/;
const longestSecret = 65_536;

export interface Substitution {
  readonly file: string;
  readonly environment: Environment;
  readonly report: Report;
  readonly substituted: Set<string>;
  /** Absent: sealed secrets cannot be opened here. */
  readonly open?: OpenSecret | undefined;
  /** Whether a secret that is not here is a problem (the gateway is to run) or a warning (the file is checked on another machine). */
  readonly missing: "problem" | "warning";
}

/**
 * Replaces `${env:NAME}`, `${file:PATH}` (relative to the configuration file; its last line end
 * left out) and `${sealed:TEXT}` (where a secret belongs) in every text, in place, and adds the paths where it did to `substituted`.
 */
export async function substitute(value: Plain, context: Substitution, path: Path = []): Promise<Plain> {
  if (typeof value === "string") return value.includes("${") ? replaced(value, context, path) : value;
  if (Array.isArray(value)) return Promise.all(value.map((item, i) => substitute(item, context, [...path, i])));
  if (value === null || typeof value !== "object") return value;
  const entries: [string, Plain][] = [];
  for (const [key, item] of Object.entries(value)) entries.push([key, await substitute(item, context, [...path, key])]);
  return Object.fromEntries(entries);
}

async function replaced(text: string, context: Substitution, path: Path): Promise<string> {
  let result = "";
  let end = 0;
  for (const match of text.matchAll(reference)) {
    const [whole, kind, name = ""] = match;
    const found = await lookUp(kind, name, context, path);
    if (found.ok && found.open) context.report.warning(path, `the file ${name} can be read by everybody: chmod o-r it`);
    if (!found.ok) {
      if (found.everywhere || context.missing === "problem") context.report.problem(path, found.why);
      else context.report.warning(path, `${found.why}; the gateway will not start without it`);
    }
    result += text.slice(end, match.index) + (found.ok ? found.text : whole);
    end = match.index + whole.length;
    context.substituted.add(path.join("\0"));
  }
  const rest = text.slice(end);
  if (unended.test(rest)) context.report.problem(path, "the sealed secret is cut: its } is missing");
  return result + rest;
}

async function lookUp(kind: string | undefined, name: string, context: Substitution, path: Path): Promise<Found> {
  switch (kind) {
    case "env":
      return fromEnvironment(name, context.environment);
    case "file":
      return fromFile(name, context.file);
    default:
      return fromSeal(name, context.open, path);
  }
}

/** `open`: others on this computer may read it too. */
type Found =
  | { readonly ok: true; readonly text: string; readonly open?: boolean }
  /** `everywhere`: wrong on a computer without the plant's secrets, too. */
  | { readonly ok: false; readonly why: string; readonly everywhere?: boolean };

function fromEnvironment(name: string, environment: Environment): Found {
  const text = environment[name];
  if (text !== undefined) return { ok: true, text };
  return { ok: false, why: `the environment variable ${name} is not set${didYouMean(name, Object.keys(environment))}` };
}

async function fromFile(path: string, configuration: string): Promise<Found> {
  try {
    const file = resolve(dirname(configuration), path);
    const facts = await stat(file);
    // A device or a pipe never ends.
    if (!facts.isFile()) return { ok: false, why: `${path} is no file` };
    const text = facts.size > longestSecret * 4 ? undefined : await readFile(file, "utf8");
    if (text === undefined || text.length > longestSecret)
      return { ok: false, why: `the file ${path} is longer than ${longestSecret} characters` };
    // Windows knows no such modes.
    const open = process.platform !== "win32" && (facts.mode & 0o004) !== 0;
    return { ok: true, text: text.replace(/\r?\n$/, ""), open };
  } catch (error) {
    return {
      ok: false,
      why: `the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
    };
  }
}

/** Elsewhere than in a secret's place it would be shown: names and addresses are on screens and in the log. */
function fromSeal(sealed: string, open: OpenSecret | undefined, path: Path): Found {
  if (!isSecretName(String(path.findLast((step) => typeof step === "string") ?? "")))
    return {
      ok: false,
      everywhere: true,
      why: "a sealed secret belongs only where a password, secret or token is expected",
    };
  let opened: ReturnType<OpenSecret>;
  try {
    opened = open?.(sealed) ?? { ok: false, why: "no key" };
  } catch (error) {
    if (!(error instanceof PlanciaError)) throw error;
    return { ok: false, why: `the sealed secret cannot be opened: ${error.message}` };
  }
  if (opened.ok) return { ok: true, text: opened.secret };
  switch (opened.why) {
    case "damaged":
      return {
        ok: false,
        everywhere: true,
        why: "the sealed secret is cut or mistyped: put it in whole, or seal it anew with plancia seal",
      };
    case "no key":
      return {
        ok: false,
        why: "the sealed secret cannot be opened: the installation's key is not there (--data, --key-file)",
      };
    case "other key":
      return {
        ok: false,
        why: "the sealed secret was sealed with the key of another installation: seal it anew with plancia seal",
      };
  }
}
