/** What an installation keeps about itself. Every method may reject with PlanciaError store/unavailable. */
export interface InstallationStore {
  /** The configuration of the last start, as canonical JSON without secrets; undefined: this is the first. */
  lastConfiguration(): Promise<string | undefined>;
  putConfiguration(text: string): Promise<void>;
  /** Whether a person has read this version of the notice. */
  hasReadNotice(userId: string, version: string): Promise<boolean>;
  putNoticeRead(userId: string, version: string, atMs: number): Promise<void>;
  /** Keys that access tokens are signed with, newest first: no secret, each is worked out from the installation's key. */
  tokenKeys(): Promise<readonly TokenKeyRecord[]>;
  addTokenKey(key: TokenKeyRecord): Promise<void>;
  /** Takes away all but the newest that were made before. */
  removeTokenKeys(beforeMs: number): Promise<void>;
}

export interface TokenKeyRecord {
  /** 32 random bytes, base64url. */
  readonly salt: string;
  /** UTC ms. */
  readonly madeAt: number;
}
