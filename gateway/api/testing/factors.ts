import type { Caller } from "../../core/access/policy.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { OpenSignIn, OpenSignIns } from "../../services/open-sign-ins.ts";
import type { Passkeys } from "../../services/passkeys.ts";
import type { ScreenLocks } from "../../services/screen-lock.ts";
import type { SecondFactors } from "../../services/second-factor.ts";
import type { MemoryPeople } from "./people.ts";

/** The only code that is right. */
export const rightCode = "123456";

/** Second factors in memory: one secret, one right code. */
export function memoryFactors(people: MemoryPeople): SecondFactors {
  const enrolled = new Set<string>();
  const mustBeRight = (code: unknown): void => {
    if (code !== rightCode) throw new PlanciaError("auth/code-wrong", "Wrong.");
  };
  return {
    status: async ({ userId }) => ({ since: enrolled.has(userId) ? 0 : undefined, recoveryCodesLeft: 0 }),
    async begin({ userId }, password) {
      if (people.passwords.get(userId) !== password) throw new PlanciaError("auth/failed", "The password is wrong.");
      return { secret: "SECRET", uri: "otpauth://totp/x?secret=SECRET" };
    },
    async confirm({ userId }, code) {
      mustBeRight(code);
      enrolled.add(userId);
      return ["AAAA-AAAA-AAAA-AAAA"];
    },
    async renewRecoveryCodes({ userId }) {
      if (!enrolled.has(userId)) throw new PlanciaError("auth/factor-required", "None yet.");
      return ["BBBB-BBBB-BBBB-BBBB"];
    },
    async stepUp(caller, code) {
      mustBeRight(code);
      return { ...caller, secondFactor: true };
    },
    async reset(_caller, userId) {
      if (!enrolled.delete(userId)) throw new PlanciaError("request/not-found", "None.");
    },
  };
}

/** None, and no way to one. */
export function memoryPasskeys(): Passkeys {
  const none = async () => {
    throw new PlanciaError("auth/passkeys-unavailable", "There is no host name");
  };
  return {
    list: async () => [],
    refused: () => ({ rule: "no-name", why: "There is no host name" }),
    begin: none,
    add: none,
    remove: none,
    ask: none,
  };
}

/** Everybody has the one sign-in that asks. */
export function memorySignIns(): OpenSignIns {
  const ofCaller = ({ signInId: id, address, secondFactor }: Caller): OpenSignIn => {
    const times = { createdAt: 0, lastSeenAt: 0, endsAt: 0, lockedAt: undefined };
    return { id, address, secondFactor, userAgent: "", ...times };
  };
  return {
    list: async (caller, userId) => (userId === caller.userId ? [ofCaller(caller)] : []),
    async endAll(caller, userId) {
      if (userId !== caller.userId) throw new PlanciaError("request/not-found", "None.");
    },
    async end(caller, userId, id) {
      if (userId !== caller.userId || id !== caller.signInId) throw new PlanciaError("request/not-found", "None.");
    },
  };
}

export function memoryScreens(people: MemoryPeople): ScreenLocks {
  return {
    acted: () => undefined,
    async lock({ signInId }) {
      people.locked.add(signInId);
      people.changed();
    },
    async unlock(caller, { password, shown }) {
      if (shown !== rightCode && people.passwords.get(caller.userId) !== password)
        throw new PlanciaError("auth/failed", "The password is wrong.");
      people.locked.delete(caller.signInId);
      people.changed();
      return { ...caller, locked: false };
    },
  };
}
