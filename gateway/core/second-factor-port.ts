/**
 * Port of second factors in the relational store. Every method may reject with PlanciaError
 * store/unavailable. All of them may run at the same time.
 */

export interface FactorRecord {
  readonly userId: string;
  /** The secret, sealed under the key of the installation: never in clear. */
  readonly sealed: string;
  readonly confirmedAt: number;
  /** The newest time step whose code was used: none up to it is taken again. */
  readonly lastStep: number;
}

export interface FactorStore {
  find(userId: string): Promise<FactorRecord | undefined>;
  /** Replaces factor and recovery codes, in one transaction. */
  put(factor: FactorRecord, recoveryHashes: readonly string[]): Promise<void>;
  /** True once for each step, and never for one before it, also between processes. */
  useStep(userId: string, step: number): Promise<boolean>;
  /** How many codes are left after this one; undefined: it is none of theirs, or used up. */
  useRecoveryCode(userId: string, hash: string): Promise<number | undefined>;
  /** Replaces the recovery codes. */
  putRecoveryCodes(userId: string, hashes: readonly string[]): Promise<void>;
  recoveryCodesLeft(userId: string): Promise<number>;
  /** Factor, passkeys and codes; false where there was none. */
  remove(userId: string): Promise<boolean>;
}
