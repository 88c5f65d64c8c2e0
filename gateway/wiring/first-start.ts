import { readFileSync, statSync } from "node:fs";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { addFirstAdministrator, type LocalPeopleSettings } from "../services/local-people.ts";
import type { SignIns } from "../services/use-cases.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const longestPassword = 4096;

/**
 * The first administrator without a browser: `PLANCIA_ADMIN_PASSWORD_FILE` (or `PLANCIA_ADMIN_PASSWORD`),
 * and `PLANCIA_ADMIN_NAME`, `admin` where it is not said. Only where there is no administrator yet: what
 * is set there later changes nobody. A password that would be refused on screen refuses the start (S8).
 * @throws PlanciaError start/unsafe, store/unavailable.
 */
export async function headlessAdministrator(
  environment: Environment,
  people: LocalPeopleSettings,
  log: Log,
): Promise<void> {
  const password = passwordOf(environment, log);
  if (password === undefined) return;
  const known = await people.people.listUsers();
  if (known.some(({ role, disabled }) => role === "administrator" && !disabled)) {
    log.info({}, "there is an administrator already; PLANCIA_ADMIN_PASSWORD is not looked at any more");
    return;
  }
  const name = environment["PLANCIA_ADMIN_NAME"] ?? "admin";
  try {
    await addFirstAdministrator(people, { name, language: languageOf(environment), password });
  } catch (cause) {
    if (!(cause instanceof PlanciaError) || cause.code === "store/unavailable") throw cause;
    throw new PlanciaError("start/unsafe", `the first administrator ${name} cannot be made: ${cause.message}`, {
      cause,
    });
  }
  log.warn(
    { name },
    "the first administrator was made, with the password of the environment; set up its second factor",
  );
}

/** The one-time link, where there is no administrator yet. */
export async function firstLink(signIns: SignIns, base: string): Promise<string | undefined> {
  if (!(await signIns.firstRun())) return undefined;
  return `${base.replace(/\/$/, "")}/#/welcome?secret=${await signIns.createFirstLink()}`;
}

function languageOf({ PLANCIA_ADMIN_LANGUAGE: language = "en" }: Environment): "it" | "en" {
  if (language === "it" || language === "en") return language;
  throw new PlanciaError("start/unsafe", `PLANCIA_ADMIN_LANGUAGE is it or en, not ${language.slice(0, 20)}`);
}

function passwordOf(
  { PLANCIA_ADMIN_PASSWORD: text, PLANCIA_ADMIN_PASSWORD_FILE: file }: Environment,
  log: Log,
): string | undefined {
  if (file === undefined) return text;
  if (text !== undefined)
    throw new PlanciaError(
      "start/unsafe",
      "PLANCIA_ADMIN_PASSWORD and PLANCIA_ADMIN_PASSWORD_FILE are both set: say one",
    );
  try {
    if (process.platform !== "win32" && (statSync(file).mode & 0o004) !== 0)
      log.warn({ file }, "the file of the administrator's password can be read by everybody on this computer");
    const found = readFileSync(file, "utf8");
    if (found.length > longestPassword) throw new Error(`longer than ${longestPassword} characters`);
    return found.replace(/\r?\n$/, "");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/unsafe", `PLANCIA_ADMIN_PASSWORD_FILE: ${file} cannot be used (${why})`, { cause });
  }
}
