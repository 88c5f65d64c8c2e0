import { PlanciaError } from "../errors.ts";

/** R21: a technician's personal lock on a machine. */
export interface LockOutRecord {
  readonly id: string;
  readonly equipment: string;
  /** undefined: somebody without an account, whose lock is lifted on the box alone. */
  readonly userId: string | undefined;
  readonly person: string;
  readonly reason: string | undefined;
  /** UTC ms. */
  readonly since: number;
}

export const mostLockOuts = 20;
const longestReason = 200;
const longestName = 100;

/** What of a lock comes from outside. @throws PlanciaError request/invalid. */
export function checkLockOut({ person, reason }: Pick<LockOutRecord, "person" | "reason">): void {
  if (person.trim() === "" || person.length > longestName)
    throw new PlanciaError(
      "request/invalid",
      `a lock-out needs the name of a person, at most ${longestName} characters`,
    );
  if (reason !== undefined && reason.length > longestReason)
    throw new PlanciaError("request/invalid", `a reason has at most ${longestReason} characters`);
}

/** @throws PlanciaError request/conflict: one lock a person, and a bound on all of them. */
export function checkRoom(onMachine: readonly LockOutRecord[], wanted: LockOutRecord): void {
  if (onMachine.some((each) => isOf(each, wanted)))
    throw new PlanciaError("request/conflict", `${wanted.person} has locked ${wanted.equipment} out already`);
  if (onMachine.length >= mostLockOuts)
    throw new PlanciaError("request/conflict", `${wanted.equipment} has ${mostLockOuts} locks already`);
}

/** R21: by the same person only. Somebody who has an account is known by it, not by a name that sounds alike. */
export function mayLift(lockOut: LockOutRecord, person: { readonly userId: string }): boolean {
  return lockOut.userId === person.userId;
}

function isOf(lockOut: LockOutRecord, other: LockOutRecord): boolean {
  if (lockOut.userId !== undefined || other.userId !== undefined) return lockOut.userId === other.userId;
  return samePerson(lockOut.person, other.person);
}

/** On the box a person is named: letter case and compatibility forms do not count. */
export function samePerson(a: string, b: string): boolean {
  return a.normalize("NFKC").toLowerCase() === b.normalize("NFKC").toLowerCase();
}
