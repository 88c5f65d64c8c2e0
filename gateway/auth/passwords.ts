import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import type { PasswordCheck, Passwords } from "../core/access/credentials-port.ts";
import { HashingGate } from "./hashing-gate.ts";
import { checkPasswordQuality } from "./password-quality.ts";

export interface Argon2Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane. */
export const defaultCost: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 };

const saltBytes = 16;
const tagBytes = 32;
const hashingsAtOnce = 2;
const hashingsWaiting = 64;

/** PHC string format: $argon2id$v=19$m=…,t=…,p=…$salt$hash, base64 without padding. */
const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

export interface PasswordSettings {
  /** A password must not consist of it: the site's name and id. */
  readonly siteNames: readonly string[];
  readonly cost?: Argon2Cost;
}

export function createPasswords(settings: PasswordSettings): Passwords {
  const { siteNames, cost = defaultCost } = settings;
  const gate = new HashingGate(hashingsAtOnce, hashingsWaiting);
  // Verified against for people who do not exist, so that the answer takes the same path and time.
  const dummy = encode(cost, randomBytes(saltBytes), randomBytes(tagBytes));
  return {
    checkQuality: (password, userName) => checkPasswordQuality(password, [userName, ...siteNames]),
    hash: (password) =>
      gate.run(async () => {
        const salt = randomBytes(saltBytes);
        return encode(cost, salt, await derive(password, salt, cost, tagBytes));
      }),
    verify: (password, hash) =>
      gate.run(async () => {
        const right = await compare(password, hash ?? dummy);
        return { ok: right && hash !== undefined, outdated: hash !== undefined && !isOf(cost, hash) };
      }),
  };
}

async function compare(password: string, stored: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = phc.exec(stored) ?? [];
  if (salt === undefined || tag === undefined) throw new Error("A stored password hash is not argon2id in PHC format");
  const expected = Buffer.from(tag, "base64");
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const derived = await derive(password, Buffer.from(salt, "base64"), cost, expected.length);
  return timingSafeEqual(derived, expected);
}

/** The same letters typed on another keyboard (composed or not) are the same password. */
function derive(password: string, nonce: Buffer, cost: Argon2Cost, tagLength: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const message = password.normalize("NFKC");
    argon2("argon2id", { message, nonce, tagLength, ...cost }, (error, tag) => (error ? reject(error) : resolve(tag)));
  });
}

function encode(cost: Argon2Cost, salt: Buffer, tag: Buffer): string {
  return `${prefixOf(cost)}${unpadded(salt)}$${unpadded(tag)}`;
}

function isOf(cost: Argon2Cost, hash: string): boolean {
  return hash.startsWith(prefixOf(cost));
}

function prefixOf(cost: Argon2Cost): string {
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

export type { PasswordCheck };
