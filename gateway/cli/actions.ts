import type { Role } from "../core/access/policy.ts";
import type { AuditActions } from "./audit-actions.ts";
import type { ConfigActions } from "./config-actions.ts";
import type { DataActions } from "./data-actions.ts";
import type { DeviceActions } from "./device-actions.ts";
import type { SiteActions } from "./site-actions.ts";
import type { TemplateActions } from "./template-actions.ts";

/** Options that go with every verb. */
export interface Place {
  /** Configuration file. */
  readonly config: string;
  /** Data folder. */
  readonly data: string;
  /** The installation's key, where it is kept outside of the data folder. */
  readonly keyFile?: string;
}

export interface Start extends Place {
  /** `host:port`, instead of what the configuration says. */
  readonly listen: string | undefined;
}

/** One line of what `check` found; the text is already `file:line:column: …`. */
export interface Finding {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly text: string;
}

export interface Checked {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** What the file describes, where it is valid: "1 machine, 13 tags". */
  readonly summary: string;
}

export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly equipment: readonly string[];
  readonly organisation: string | undefined;
  readonly language: "it" | "en";
  readonly disabled: boolean;
  /** UTC milliseconds. */
  readonly createdAt: number;
  /** UTC milliseconds; absent: no second factor. */
  readonly factorSince?: number | undefined;
}

export interface NewPerson {
  readonly name: string;
  readonly role: Role;
  readonly equipment: readonly string[];
  readonly organisation: string | undefined;
  readonly language: "it" | "en";
  readonly password: string;
}

/**
 * What the verbs do. The program only reads the command line and prints; the wiring passes these
 * in. Every one may reject with a PlanciaError, which ends as one line on stderr and exit code 1.
 */
export interface Actions extends DeviceActions, DataActions, SiteActions, ConfigActions, AuditActions, TemplateActions {
  readonly version: string;
  /** Resolves when the gateway has stopped. */
  run(start: Start): Promise<void>;
  /** Simulators and gateway together; resolves when both have stopped. */
  demo(start: Start): Promise<void>;
  /** Simulators alone; `file` describes another plant than the demo's. Resolves when they have stopped. */
  simulate(file: string | undefined, place: Place): Promise<void>;
  /** @param place where the key of sealed secrets is. */
  check(file: string, place: Place): Promise<Checked>;
  addUser(place: Place, person: NewPerson): Promise<void>;
  listUsers(place: Place): Promise<readonly Person[]>;
  /** @throws PlanciaError request/not-found where there is nobody of that name. */
  disableUser(place: Place, name: string): Promise<void>;
  /** @throws PlanciaError request/not-found where there is nobody of that name, or no second factor. */
  resetFactor(place: Place, name: string): Promise<void>;
  setPassword(place: Place, name: string, password: string): Promise<void>;
  rotateTokenKey(place: Place): Promise<void>;
  /** A new key file for `--key-file` or `PLANCIA_KEY_FILE`. @throws PlanciaError request/conflict, start/read-only. */
  makeKey(file: string): Promise<void>;
  /** `${sealed:…}` for the configuration. @throws PlanciaError request/invalid, start/unsafe, start/read-only. */
  seal(place: Place, secret: string): Promise<string>;
  /** Writes the generated files; gives their names. */
  generate(): Promise<readonly string[]>;
}

/** The terminal, as a parameter. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Writes to the output as it is, no faster than it is read; ends quietly when nobody reads any more. */
  pour(chunks: AsyncIterable<string | Uint8Array>): Promise<void>;
  /** First line of standard input, without its end. */
  readLine(): Promise<string>;
  /** Asks, and shows what is typed; undefined where nobody sits there. */
  ask(question: string): Promise<string | undefined>;
  /** Asks without showing what is typed; undefined where nobody sits there. */
  askSecret(question: string): Promise<string | undefined>;
}
