import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** What an authenticator may be told to do wrongly. */
export interface Misdeed {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly unverified?: boolean;
  readonly counter?: number;
  readonly type?: string;
  readonly signedBy?: KeyObject;
}

const present = 0x01;
const verified = 0x04;
const withKey = 0x40;

/** A security key in software (W3C Web Authentication Level 3): ES256, and CBOR of exactly what it says. */
export class Authenticator {
  readonly id = randomBytes(32);
  counter = 0;
  readonly #origin: string;
  readonly #rpId: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

  constructor(origin: string, rpId: string) {
    this.#origin = origin;
    this.#rpId = rpId;
  }

  /** §6.5.1: attestation "none". */
  create(challenge: string, misdeed: Misdeed = {}) {
    const { x = "", y = "" } = this.#keys.publicKey.export({ format: "jwk" });
    const key = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, "base64url")],
        [-3, Buffer.from(y, "base64url")],
      ]),
    );
    const length = Buffer.from([this.id.length >> 8, this.id.length & 255]);
    const data = Buffer.concat([this.#data(misdeed, withKey), Buffer.alloc(16), length, this.id, key]);
    const attestation = new Map<string, unknown>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", data],
    ]);
    return this.#answer({
      clientDataJSON: this.#client("webauthn.create", challenge, misdeed).toString("base64url"),
      attestationObject: cbor(attestation).toString("base64url"),
      transports: ["usb"],
    });
  }

  /** §6.3.3. */
  get(challenge: string, misdeed: Misdeed = {}) {
    this.counter = misdeed.counter ?? this.counter + 1;
    const data = this.#data(misdeed, 0);
    const client = this.#client("webauthn.get", challenge, misdeed);
    const signature = sign("sha256", Buffer.concat([data, sha256(client)]), misdeed.signedBy ?? this.#keys.privateKey);
    return this.#answer({
      clientDataJSON: client.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: signature.toString("base64url"),
    });
  }

  #answer(response: Readonly<Record<string, unknown>>) {
    const id = this.id.toString("base64url");
    return { id, rawId: id, type: "public-key", response, clientExtensionResults: {} };
  }

  #client(type: string, challenge: string, misdeed: Misdeed): Buffer {
    const said = { type: misdeed.type ?? type, challenge: misdeed.challenge ?? challenge };
    return Buffer.from(JSON.stringify({ ...said, origin: misdeed.origin ?? this.#origin, crossOrigin: false }));
  }

  #data(misdeed: Misdeed, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    const all = flags | present | (misdeed.unverified ? 0 : verified);
    return Buffer.concat([sha256(Buffer.from(misdeed.rpId ?? this.#rpId)), Buffer.from([all]), counter]);
  }
}

export function otherKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** RFC 8949 §3, as much of it as an authenticator says: integers, bytes, text, maps. */
function cbor(value: unknown): Buffer {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])]);
  throw new Error(`no CBOR for ${typeof value}`);
}

function head(major: number, n: number): Buffer {
  if (n < 24) return Buffer.from([(major << 5) | n]);
  return n < 256 ? Buffer.from([(major << 5) | 24, n]) : Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
}
