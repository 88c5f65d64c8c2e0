import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { client } from "./oidc-server.ts";

type Claims = Record<string, unknown>;

/** How an ID token or logout token is spoilt; each sets right what it does not name. */
export type Spoil =
  | "nothing"
  | "alg none"
  | "HS256 with the public key"
  | "HS256 with the client secret"
  | "another key of the same name"
  | "its own key in the header"
  | Claims;

/** A provider that says whatever a test wants: right in everything but what is spoilt. */
export class HostileProvider {
  spoil: Spoil = "nothing";
  claims: Claims = {};
  /** Requests by `host path`. */
  readonly calls: string[] = [];
  readonly issuer: string;
  readonly #server: Server;
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #others = generateKeyPairSync("rsa", { modulusLength: 2048 });
  #nonce: string | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      void this.#answer(request).then((answer) => {
        response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(answer ?? {}));
      });
    });
  }

  static async start(): Promise<HostileProvider> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HostileProvider(server);
  }

  /** What a browser would bring back from here to where `authorize` sent it. */
  comeBack(authorize: string, more: Record<string, string> = {}): string {
    const asked = new URL(authorize).searchParams;
    this.#nonce = asked.get("nonce") ?? undefined;
    const query = new URLSearchParams({ code: randomUUID(), state: asked.get("state") ?? "", ...more });
    return `${asked.get("redirect_uri")}?${query}`;
  }

  logoutToken(sub: string, spoil: Spoil = "nothing"): Promise<string> {
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    return this.#token({ sub, events, jti: randomUUID() }, spoil);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const path = new URL(request.url ?? "/", this.issuer).pathname;
    this.calls.push(`${request.headers.host} ${path}`);
    if (path.endsWith("/.well-known/openid-configuration")) return this.#description(path.startsWith("/elsewhere"));
    if (path.endsWith("/jwks"))
      return { keys: [{ ...(await exportJWK(this.#keys.publicKey)), kid: "one", alg: "RS256", use: "sig" }] };
    if (!path.endsWith("/token")) return undefined;
    const claims = {
      sub: "h-1",
      preferred_username: "hanna",
      groups: ["operators"],
      nonce: this.#nonce,
      ...this.claims,
    };
    return { access_token: "a", token_type: "bearer", id_token: await this.#token(claims, this.spoil) };
  }

  /** `elsewhere`: its token endpoint is at an origin that nobody configured. */
  #description(elsewhere: boolean): Claims {
    const at = elsewhere ? `${this.issuer}/elsewhere` : this.issuer;
    const token = elsewhere ? at.replace("127.0.0.1", "localhost") : at;
    return {
      issuer: at,
      authorization_endpoint: `${at}/authorize`,
      token_endpoint: `${token}/token`,
      jwks_uri: `${at}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      // As careless as a server can be.
      id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
    };
  }

  async #token(claims: Claims, spoil: Spoil): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: this.issuer, aud: client.id, iat: now, exp: now + 120, auth_time: now };
    const whole = { ...usual, ...claims, ...(typeof spoil === "object" ? spoil : {}) };
    if (spoil === "alg none") return `${part({ alg: "none" })}.${part(whole)}.`;
    const pem = this.#keys.publicKey.export({ type: "spki", format: "pem" });
    if (spoil === "HS256 with the public key") return withHmac(whole, pem);
    if (spoil === "HS256 with the client secret") return withHmac(whole, client.secret);
    if (spoil === "another key of the same name") return signed(whole, this.#others.privateKey);
    if (spoil === "its own key in the header")
      return signed(whole, this.#others.privateKey, {
        jwk: await exportJWK(this.#others.publicKey),
        jku: `${this.issuer}/jwks`,
      });
    return signed(whole, this.#keys.privateKey);
  }
}

function part(json: object): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}

function withHmac(claims: Claims, key: string | Buffer): string {
  const text = `${part({ alg: "HS256", kid: "one" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

function signed(claims: Claims, key: KeyObject, header: object = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "one", ...header }).sign(key);
}
