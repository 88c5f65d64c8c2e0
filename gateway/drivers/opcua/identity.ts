import { createPublicKey } from "node:crypto";
import { PlanciaError } from "../../core/errors.ts";
import {
  AnonymousIdentityToken,
  computeSignature,
  type EndpointDescription,
  getCryptoFactory,
  SecurityPolicy,
  SignatureData,
  UserNameIdentityToken,
  UserTokenType,
  X509IdentityToken,
} from "./node-opcua.ts";
import { readCertificate } from "./pki/certificate.ts";
import { type OpcuaSettings, policies } from "./settings.ts";
import { readUserCertificate } from "./user-certificate.ts";

/** The weakest first; whatever else there is, is too weak for a password or a signature. */
const worth: readonly SecurityPolicy[] = policies.map((name) => SecurityPolicy[name]);

type WhoSigns = Pick<OpcuaSettings, "user" | "password" | "userCertificate" | "userKey" | "security">;

export interface TokenContext {
  readonly endpoint: EndpointDescription;
  readonly serverCertificate: Buffer | undefined;
  readonly serverNonce: Buffer;
}

/** Who signs in, and the proof that a certificate is theirs; empty for the others. */
export interface UserIdentity {
  readonly token: AnonymousIdentityToken | UserNameIdentityToken | X509IdentityToken;
  readonly signature: SignatureData;
}

/**
 * The user identity token (Part 4 §7.40). A password leaves only inside an encrypted channel or encrypted
 * for the server's certificate; readable only where the settings say mode None themselves.
 * @throws PlanciaError device/settings where the server does not take this kind of sign-in.
 */
export function userIdentity(settings: WhoSigns, context: TokenContext): UserIdentity {
  if (settings.userCertificate !== undefined) return certificateIdentity(settings, context);
  const token =
    settings.user === undefined
      ? new AnonymousIdentityToken({ policyId: anonymousPolicy(context.endpoint) })
      : passwordToken(settings.user, settings, context);
  return { token, signature: new SignatureData({}) };
}

function passwordToken(user: string, { password = "", security }: WhoSigns, context: TokenContext) {
  const policy = passwordPolicy(context.endpoint, security.mode);
  const plain = Buffer.from(password, "utf8");
  const crypto = worth.some((uri) => uri === policy.uri) ? getCryptoFactory(policy.uri as SecurityPolicy) : null;
  if (!crypto || !context.serverCertificate) {
    return new UserNameIdentityToken({ policyId: policy.id, userName: user, password: plain });
  }
  // Part 4 §7.40.2.2: length, secret and nonce together, so that it cannot be played again.
  const length = Buffer.alloc(4);
  length.writeUInt32LE(plain.length + context.serverNonce.length);
  const key = createPublicKey(
    readCertificate(context.serverCertificate).publicKey.export({ type: "spki", format: "pem" }),
  );
  return new UserNameIdentityToken({
    policyId: policy.id,
    userName: user,
    password: crypto.asymmetricEncrypt(Buffer.concat([length, plain, context.serverNonce]), key),
    encryptionAlgorithm: crypto.asymmetricEncryptionAlgorithm,
  });
}

/** Part 4 §7.40.4: the certificate readable, and the server's certificate and nonce signed with its key. */
function certificateIdentity(settings: WhoSigns, context: TokenContext): UserIdentity {
  const { certificate, key } = readUserCertificate(settings);
  const [best] = policiesFor(UserTokenType.Certificate, context.endpoint);
  if (!best) {
    throw new PlanciaError("device/settings", "the server takes no sign-in by certificate on this endpoint");
  }
  if (best.rank < 0 || !context.serverCertificate) {
    const policy = best.uri.split("#")[1] ?? "nothing";
    throw new PlanciaError("device/settings", `the server wants the proof of userCertificate signed with ${policy}`);
  }
  const policy = best.uri as SecurityPolicy;
  const signature = computeSignature(context.serverCertificate, context.serverNonce, { hidden: key }, policy);
  if (!signature) throw new PlanciaError("device/settings", "the server gives nothing that userCertificate could sign");
  return { token: new X509IdentityToken({ policyId: best.id, certificateData: certificate.raw }), signature };
}

function anonymousPolicy(endpoint: EndpointDescription): string | null {
  const policy = endpoint.userIdentityTokens?.find(({ tokenType }) => tokenType === UserTokenType.Anonymous);
  if (policy) return policy.policyId;
  throw new PlanciaError(
    "device/settings",
    "the server takes nobody without a user: give user and password, or userCertificate",
  );
}

function passwordPolicy(endpoint: EndpointDescription, mode: OpcuaSettings["security"]["mode"]) {
  const [best] = policiesFor(UserTokenType.UserName, endpoint);
  if (!best) throw new PlanciaError("device/settings", "the server takes no user and password on this endpoint");
  if (best.rank >= 0 || mode !== "Sign") return best;
  throw new PlanciaError(
    "device/settings",
    "the server wants the password readable or badly encrypted: use security: { mode: SignAndEncrypt }",
  );
}

/** What the endpoint takes of one kind of sign-in, the strongest first; a rank below 0 is too weak to protect anything. */
function policiesFor(kind: UserTokenType, endpoint: EndpointDescription) {
  return (endpoint.userIdentityTokens ?? [])
    .filter(({ tokenType }) => tokenType === kind)
    .map(({ policyId, securityPolicyUri }) => {
      const uri = securityPolicyUri || endpoint.securityPolicyUri || "";
      return { id: policyId, uri, rank: worth.findIndex((one) => uri === String(one)) };
    })
    .sort((a, b) => b.rank - a.rank);
}
