import type { Role } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import type { UserRecord } from "../core/records-port.ts";

const longestName = 100;
/** Equipment ids with `*` for any run of characters. */
const equipmentPattern = /^[a-z0-9_*]{1,200}$/;
const mostPatterns = 200;
// Control characters, and those that make a name look like another one or run backwards.
const hiddenCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

export interface NewUser {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly equipment: readonly string[];
  readonly organisation?: string | undefined;
  readonly language: "it" | "en";
  readonly createdAt: number;
}

/** A user without a password yet, its name and patterns checked. @throws PlanciaError request/invalid. */
export function newUser(input: NewUser): UserRecord {
  const name = input.name.normalize("NFC");
  checkName(name);
  checkEquipment(input.equipment);
  return { ...input, name, organisation: input.organisation, passwordHash: undefined, disabled: false };
}

/** @throws PlanciaError request/invalid. */
export function checkEquipment(patterns: readonly string[]): void {
  if (patterns.length > mostPatterns) throw invalid("/equipment", `at most ${mostPatterns} patterns`);
  for (const [index, pattern] of patterns.entries()) {
    if (!equipmentPattern.test(pattern)) {
      throw invalid(`/equipment/${index}`, "an equipment id such as press, with * for any characters");
    }
  }
}

function checkName(name: string): void {
  const length = [...name].length;
  if (length === 0 || length > longestName) throw invalid("/name", `1 to ${longestName} characters`);
  if (name.trim() !== name) throw invalid("/name", "no space at the beginning or the end");
  if (hiddenCharacters.test(name)) throw invalid("/name", "no invisible characters");
  // On the record the gateway itself is called so.
  if (/^system\s*:/iu.test(name.normalize("NFKC"))) throw invalid("/name", "not `system:` at the beginning");
}

function invalid(pointer: string, detail: string): PlanciaError {
  return new PlanciaError("request/invalid", `${pointer.split("/")[1]}: ${detail}`, { fields: [{ pointer, detail }] });
}
