/** Ports of passkeys (W3C Web Authentication Level 3) as a second factor. */

/** What passkeys belong to here. A browser gives them to this host name (`rpId`) and origin alone. */
export interface PasskeySite {
  readonly rpId: string;
  readonly origin: string;
  readonly name: string;
}

export interface PasskeyRecord {
  /** Credential id, base64url. */
  readonly id: string;
  readonly userId: string;
  /** What its owner calls it. */
  readonly name: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** The highest sign count that was seen; 0 where the authenticator does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly createdAt: number;
  readonly usedAt: number | undefined;
}

/** As the browser gave it: JSON whose shape is checked with the signature. */
export type PasskeyAnswer = { readonly id: string } & Readonly<Record<string, unknown>>;

/** For the browser's `navigator.credentials`, as JSON. */
export type PasskeyOptions = { readonly challenge: string } & Readonly<Record<string, unknown>>;

/** Every method may reject with PlanciaError store/unavailable. All of them may run at the same time. */
export interface PasskeyStore {
  /** Oldest first. */
  list(userId: string): Promise<readonly PasskeyRecord[]>;
  /** With recovery codes that replace the present ones, in one transaction. False where the id is known already. */
  add(passkey: PasskeyRecord, recoveryHashes: readonly string[] | undefined): Promise<boolean>;
  /** Raises the count, in one statement; false where it does not rise (§7.2: two authenticators may hold the key). */
  use(id: string, counter: number, atMs: number): Promise<boolean>;
  /** False where there is none, or it is the only second factor of its owner. */
  remove(userId: string, id: string): Promise<boolean>;
}

/** Makes the questions to browsers and checks what comes back. Holds nothing. */
export interface PasskeyCeremonies {
  creation(
    site: PasskeySite,
    person: { readonly id: string; readonly name: string },
    have: readonly PasskeyRecord[],
  ): Promise<PasskeyOptions>;
  request(site: PasskeySite, have: readonly PasskeyRecord[]): Promise<PasskeyOptions>;
  /** undefined: the answer does not hold (§7.1). */
  created(
    site: PasskeySite,
    challenge: string,
    answer: PasskeyAnswer,
  ): Promise<Pick<PasskeyRecord, "id" | "publicKey" | "counter" | "transports"> | undefined>;
  /** The sign count of an answer that holds (§7.2), which the caller compares; undefined: it does not hold. */
  shown(
    site: PasskeySite,
    challenge: string,
    passkey: PasskeyRecord,
    answer: PasskeyAnswer,
  ): Promise<number | undefined>;
}
