import type { TokenRecord } from "../access-port.ts";
import type { FieldProblem } from "../errors.ts";
import { allows, allowsOn, type Caller, type TokenPermission, tokenPermissions } from "./policy.ts";

/** So long a token may be good, ms: a year, leap days too. */
export const longestTokenMs = 366 * 86_400_000;
/** Tokens of one person that are good at the same time. */
export const mostTokens = 20;
const mostAddresses = 20;

/** What somebody wants a program's token to be. */
export interface TokenWish {
  /** For people, and on the record: what the program is. */
  readonly name: string;
  readonly permissions: readonly TokenPermission[];
  /** `*`, for every machine of its maker, or equipment ids. */
  readonly equipment: readonly string[];
  /** Addresses and networks (CIDR) from which it is good; empty: any. */
  readonly addresses: readonly string[];
  /** UTC ms. */
  readonly expiresAt: number;
}

/** `plt_`, the id (12 bytes) and the secret (32 bytes), both base64url: their lengths part them. */
const shape = /^plt_([A-Za-z0-9_-]{16})_([A-Za-z0-9_-]{43})$/;
const mark = "plt_";

export function tokenText(id: string, secret: string): string {
  return `${mark}${id}_${secret}`;
}

/** Whether a credential claims to be a program's: it is then nothing else, whatever becomes of it. */
export function isTokenText(text: string): boolean {
  return text.startsWith(mark);
}

/** undefined: not shaped like one. */
export function readToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = shape.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** What a program goes by where people go by their sign-in: no sign-in is called so. */
export function programSignIn(tokenId: string): string {
  return `program:${tokenId}`;
}

/**
 * Every field that cannot be. Nobody gives what is not his at this moment (`nowMs`, UTC); a machine that he
 * does not see is like none (S2). Machines are named, not described: what two patterns have in common is no pattern.
 * @param isAddress whether a text is an address or a network.
 */
export function tokenProblems(
  wish: TokenWish,
  maker: Caller,
  machines: readonly string[],
  isAddress: (text: string) => boolean,
  nowMs: number,
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (pointer: string, detail: string): void => void problems.push({ pointer, detail });
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(wish.name))
    add("/name", "1 to 60 letters, figures, spaces, '.', '_' or '-', a letter or figure first");
  if (wish.permissions.length === 0) add("/permissions", "at least one permission");
  for (const [index, permission] of wish.permissions.entries())
    if (!allows(maker, permission)) add(`/permissions/${index}`, "a permission that you have");
  if (wish.equipment.length === 0) add("/equipment", "at least one machine, or `*`");
  const seen = new Set(machines.filter((id) => allowsOn(maker, "equipment:view", id, nowMs)));
  for (const [index, id] of wish.equipment.entries())
    if (id !== "*" && !seen.has(id)) add(`/equipment/${index}`, "`*`, or a machine that you see");
  if (wish.addresses.length > mostAddresses) add("/addresses", `at most ${mostAddresses} addresses`);
  for (const [index, address] of wish.addresses.entries())
    if (!isAddress(address)) add(`/addresses/${index}`, "an address, or a network such as 10.0.0.0/24");
  if (!(wish.expiresAt > nowMs)) add("/expiresAt", "a moment to come");
  else if (wish.expiresAt - nowMs > longestTokenMs) add("/expiresAt", "within a year");
  return problems;
}

/** Good at an instant (UTC ms), as far as the token itself says. */
export function holds(token: Pick<TokenRecord, "expiresAt" | "revokedAt">, nowMs: number): boolean {
  return token.revokedAt === undefined && nowMs < token.expiresAt;
}

/**
 * The program as a caller: its owner as he stands now, narrowed. undefined: an owner who may have no
 * tokens (any more) has none that is good. No sign-in, no screen, no control, no fresh second factor.
 */
export function programOf(owner: ProgramOwner, token: TokenRecord): Caller | undefined {
  const { id, equipment } = token;
  const permissions = tokenPermissions.filter((each) => token.permissions.includes(each));
  const caller: Caller = {
    ...owner,
    name: `${owner.name} (${token.name})`,
    token: { id, permissions, equipment },
    signInId: programSignIn(id),
    secondFactor: token.secondFactor,
    scope: "full",
    address: "",
  };
  const person: Caller = { ...caller, token: undefined };
  return allows(person, "tokens:own") ? caller : undefined;
}

export type ProgramOwner = Pick<Caller, "userId" | "name" | "role" | "equipment" | "rights" | "slots" | "organisation">;
