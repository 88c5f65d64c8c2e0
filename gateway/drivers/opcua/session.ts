import { randomBytes } from "node:crypto";
import { PlanciaError } from "../../core/errors.ts";
import { chooseEndpoint, policyOf } from "./endpoints.ts";
import { userIdentity } from "./identity.ts";
import {
  ActivateSessionRequest,
  type ActivateSessionResponse,
  ApplicationType,
  CloseSessionRequest,
  CreateSessionRequest,
  type CreateSessionResponse,
  computeSignature,
  type EndpointDescription,
  type NodeId,
  type Request,
  SignatureData,
  verifySignature,
} from "./node-opcua.ts";
import { firstOfChain } from "./pki/certificate.ts";
import type { WireSecurity } from "./secure-layer.ts";
import type { OpcuaSettings } from "./settings.ts";
import { whoSignsIn } from "./user-certificate.ts";
import type { Reply, Wire } from "./wire.ts";
import { statusText } from "./words.ts";

const longestCloseMs = 1_000;

/** Whoever sends a request in the name of a session. */
export type Asks = Pick<Session, "request">;

/** What takes a session up again on another secure channel (Part 4 §5.7.3.1), as long as the server keeps it. */
interface Ticket {
  readonly token: NodeId;
  readonly security: WireSecurity;
  /** As the server told it inside the channel. */
  readonly endpoint: EndpointDescription;
  readonly serverCertificate: Buffer | undefined;
  readonly serverNonce: Buffer;
  readonly timeoutMs: number;
}

/** A session on a wire (Part 4 §5.7): every request in the name of one user. */
export class Session {
  readonly wire: Wire;
  /** By which the server knows this gateway; undefined where nothing proves it. */
  readonly applicationUri: string | undefined;
  /** Mode and policy in use, as a person reads them. */
  readonly security: string;
  #ticket: Ticket;

  private constructor(wire: Wire, ticket: Ticket) {
    const { security } = ticket;
    this.wire = wire;
    this.applicationUri = security.mode === "None" ? undefined : security.own.applicationUri;
    this.security = security.mode === "None" ? "None" : `${security.mode} ${security.policy.split("#")[1]}`;
    this.#ticket = ticket;
  }

  /** How long the server keeps it when its channel is gone, ms. */
  get timeoutMs(): number {
    return this.#ticket.timeoutMs;
  }

  /** @throws PlanciaError device/connection-lost, device/untrusted or device/settings (the user is refused). */
  static async open(wire: Wire, security: WireSecurity, settings: OpcuaSettings): Promise<Session> {
    const clientNonce = randomBytes(32);
    const request = createSessionRequest(security, settings, clientNonce);
    const created = expectAnswer(await wire.request<CreateSessionResponse>(request, settings.timeout), settings);
    checkServer(created, security, clientNonce);
    const session = new Session(wire, ticketOf(created, security, settings));
    expectAnswer(await session.#activate(settings), settings);
    return session;
  }

  /**
   * The session of an earlier wire on this one, where server, mode and policy are the same.
   * Undefined: the server does not have it any more. @throws PlanciaError device/connection-lost, device/settings.
   */
  static async resume(before: Session, wire: Wire, security: WireSecurity, settings: OpcuaSettings) {
    if (!isSame(before.#ticket.security, security)) return undefined;
    const session = new Session(wire, before.#ticket);
    const reply = await session.#activate(settings);
    if (reply.kind === "refused") return undefined;
    expectAnswer(reply, settings);
    return session;
  }

  /** As `Wire.request`. */
  request<R>(request: Request, timeoutMs: number, measured: "measured" | "held" = "measured"): Promise<Reply<R>> {
    request.requestHeader.authenticationToken = this.#ticket.token;
    return this.wire.request<R>(request, timeoutMs, measured);
  }

  /** Gives the session and its subscriptions back, if the server answers within a second. Never throws. */
  async close(): Promise<void> {
    await this.request(new CloseSessionRequest({ deleteSubscriptions: true }), longestCloseMs);
  }

  async #activate(settings: OpcuaSettings): Promise<Reply<ActivateSessionResponse>> {
    const request = activateSessionRequest(this.#ticket, settings);
    const reply = await this.request<ActivateSessionResponse>(request, settings.timeout);
    if (reply.kind === "answer") {
      // Each activation brings the nonce that the next one signs.
      this.#ticket = { ...this.#ticket, serverNonce: reply.response.serverNonce ?? Buffer.alloc(0) };
    }
    return reply;
  }
}

function isSame(before: WireSecurity, now: WireSecurity): boolean {
  if (before.mode === "None" || now.mode === "None") return before.mode === now.mode;
  return (
    before.mode === now.mode &&
    before.policy === now.policy &&
    before.serverCertificate.equals(now.serverCertificate) &&
    before.own.certificate.raw.equals(now.own.certificate.raw)
  );
}

function createSessionRequest(security: WireSecurity, settings: OpcuaSettings, clientNonce: Buffer) {
  const secured = security.mode !== "None";
  return new CreateSessionRequest({
    clientDescription: {
      applicationUri: secured ? security.own.applicationUri : "urn:plancia",
      productUri: "urn:plancia",
      applicationName: { text: "Plancia" },
      applicationType: ApplicationType.Client,
    },
    endpointUrl: settings.endpoint,
    sessionName: "Plancia",
    clientNonce,
    ...(secured ? { clientCertificate: security.own.certificate.raw } : {}),
    requestedSessionTimeout: settings.sessionTimeout,
  });
}

/** Part 4 §5.7.2: the session must be with the owner of the certificate that the channel was opened for. */
function checkServer(created: CreateSessionResponse, security: WireSecurity, clientNonce: Buffer): void {
  if (security.mode === "None") return;
  const presented = Buffer.from(firstOfChain(created.serverCertificate ?? Buffer.alloc(0)));
  const proven =
    presented.equals(security.serverCertificate) &&
    verifySignature(
      security.own.certificate.raw,
      clientNonce,
      created.serverSignature,
      security.serverCertificate,
      security.policy,
    );
  if (!proven) throw new PlanciaError("device/untrusted", "the server could not prove that it owns its certificate");
}

function ticketOf(created: CreateSessionResponse, security: WireSecurity, settings: OpcuaSettings): Ticket {
  // Taken from the answer that came through the channel, not from discovery, where anybody could have changed it.
  const endpoint = chooseEndpoint(created.serverEndpoints ?? [], settings);
  checkPolicy(endpoint, security);
  const shown = created.serverCertificate?.length ? Buffer.from(firstOfChain(created.serverCertificate)) : undefined;
  return {
    token: created.authenticationToken,
    security,
    endpoint,
    serverCertificate: security.mode === "None" ? shown : security.serverCertificate,
    serverNonce: created.serverNonce ?? Buffer.alloc(0),
    timeoutMs: created.revisedSessionTimeout,
  };
}

function activateSessionRequest(ticket: Ticket, settings: OpcuaSettings): ActivateSessionRequest {
  const { security, serverNonce } = ticket;
  const signature =
    security.mode === "None"
      ? undefined
      : computeSignature(security.serverCertificate, serverNonce, { hidden: security.own.key }, security.policy);
  const user = userIdentity(settings, ticket);
  return new ActivateSessionRequest({
    clientSignature: signature ?? new SignatureData({}),
    localeIds: ["en"],
    userIdentityToken: user.token,
    userTokenSignature: user.signature,
  });
}

/** Part 4 §5.7.2: whoever struck the stronger policies out of what discovery told is found out here. */
function checkPolicy(endpoint: EndpointDescription, security: WireSecurity): void {
  if (security.mode === "None" || policyOf(endpoint) === security.policy) return;
  const [, used = ""] = security.policy.split("#");
  const [, best = ""] = policyOf(endpoint).split("#");
  throw new PlanciaError(
    "device/untrusted",
    `inside the channel the server offers ${best}, before it only ${used} was offered: somebody may stand between`,
  );
}

const signInFailures = new Set([
  "BadUserAccessDenied",
  "BadIdentityTokenRejected",
  "BadIdentityTokenInvalid",
  "BadUserSignatureInvalid",
]);

function expectAnswer<R>(reply: Reply<R>, settings: OpcuaSettings): R {
  const { endpoint } = settings;
  switch (reply.kind) {
    case "answer":
      return reply.response;
    case "refused": {
      const isSignIn = signInFailures.has(reply.name);
      const words = isSignIn
        ? `the server refuses ${whoSignsIn(settings, Date.now())} (${reply.name})`
        : statusText(reply.name);
      throw new PlanciaError(isSignIn ? "device/settings" : "device/connection-lost", `${endpoint}: ${words}`);
    }
    case "silent":
      throw new PlanciaError("device/connection-lost", `${endpoint}: the server does not answer`);
    case "lost":
      throw new PlanciaError("device/connection-lost", `${endpoint}: ${reply.why}`);
  }
}
