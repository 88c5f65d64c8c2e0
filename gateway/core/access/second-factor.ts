import type { Caller } from "./policy.ts";

/** A second factor counts as just given for so long (step-up), ms. */
export const factorFreshForMs = 5 * 60_000;

/** RFC 6238 §5.2: a code of the step before or after is taken too, for a clock that is a little off. */
export const stepsApart = 1;
/** RFC 6238 §4.1, seconds. */
export const stepS = 30;

export const recoveryCodeCount = 10;
/** Without the letters and figures that are mistaken for each other; 16 of 32 signs are 80 bits. */
const recoverySigns = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const recoveryLength = 16;

/** Whether the second factor was given within the last minutes (`nowMs` on the monotonic clock). */
export function factorIsFresh(caller: Pick<Caller, "secondFactor" | "factorFreshUntilMs">, nowMs: number): boolean {
  return caller.secondFactor && caller.factorFreshUntilMs !== undefined && nowMs < caller.factorFreshUntilMs;
}

/** What stands between a caller and what needs a fresh second factor: none given at all, or too long ago. */
export function factorGap(
  required: "required" | "off",
  caller: Pick<Caller, "secondFactor" | "factorFreshUntilMs">,
  nowMs: number,
): "missing" | "not-fresh" | undefined {
  if (required === "off") return undefined;
  if (!caller.secondFactor) return "missing";
  return factorIsFresh(caller, nowMs) ? undefined : "not-fresh";
}

/** A recovery code as people read it, out of 16 random bytes: `K7QF-9M2X-TRWA-4HCE`. */
export function recoveryCodeOf(bytes: Uint8Array): string {
  const signs = [...bytes.subarray(0, recoveryLength)].map((byte) => recoverySigns[byte % recoverySigns.length]);
  return signs.join("").replace(/(.{4})(?=.)/g, "$1-");
}

export type TypedCode = { readonly kind: "totp" | "recovery"; readonly code: string };

/** What somebody typed: six figures, or a recovery code, however spaced and in whatever case; undefined: neither. */
export function typedCode(text: string): TypedCode | undefined {
  const code = text.replace(/[\s-]/g, "").toUpperCase();
  if (/^\d{6}$/.test(code)) return { kind: "totp", code };
  const signs = [...code];
  if (signs.length !== recoveryLength || !signs.every((sign) => recoverySigns.includes(sign))) return undefined;
  return { kind: "recovery", code };
}
