import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { userIdentity } from "./identity.ts";
import {
  AnonymousIdentityToken,
  EndpointDescription,
  MessageSecurityMode,
  SecurityPolicy,
  UserNameIdentityToken,
  UserTokenType,
  verifySignature,
  X509IdentityToken,
} from "./node-opcua.ts";
import { readCertificate } from "./pki/certificate.ts";
import { policies } from "./settings.ts";
import { makeCertificate, privateKeyOfAll } from "./testing/certificates.ts";
import { whoSignsIn } from "./user-certificate.ts";

type Mode = "None" | "Sign" | "SignAndEncrypt";
const serverNonce = Buffer.alloc(32, 7);
const serverCertificate = readCertificate(await makeCertificate()).raw;
const policy = (tokenType: UserTokenType, securityPolicyUri?: string) => ({
  policyId: `p-${securityPolicyUri}`,
  tokenType,
  securityPolicyUri,
});

function identityFor(mode: Mode, userIdentityTokens: object[], more: object = {}, security: SecurityPolicy | "" = "") {
  const securityPolicyUri = security || (mode === "None" ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256);
  const endpoint = new EndpointDescription({
    ...{ endpointUrl: "opc.tcp://press", securityMode: MessageSecurityMode[mode], securityPolicyUri },
    userIdentityTokens,
  });
  return userIdentity(
    { security: { mode, policy: "best", checkHost: true, revocation: "required" }, password: "s3cret", ...more },
    { endpoint, serverCertificate, serverNonce },
  );
}
const refused = (words: RegExp) =>
  expect.objectContaining({ code: "device/settings", message: expect.stringMatching(words) });

describe("the user", () => {
  const ada = { user: "ada" };

  it("is anonymous without a name, where the server takes that", () => {
    expect(identityFor("None", [policy(UserTokenType.Anonymous)]).token).toBeInstanceOf(AnonymousIdentityToken);
    expect(() => identityFor("None", [policy(UserTokenType.UserName)])).toThrow(refused(/nobody without a user/));
    expect(() => identityFor("None", [policy(UserTokenType.Anonymous)], ada)).toThrow(refused(/no user and password/));
  });

  it("has its password encrypted by the strongest policy offered", () => {
    const offered = [SecurityPolicy.None, SecurityPolicy.Aes256_Sha256_RsaPss].map((uri) =>
      policy(UserTokenType.UserName, uri),
    );
    const token = identityFor("Sign", offered, ada).token as UserNameIdentityToken;
    expect(token).toBeInstanceOf(UserNameIdentityToken);
    expect(token.policyId).toContain("Aes256_Sha256_RsaPss");
    expect(token.password.includes("s3cret")).toBe(false);
    expect(token.encryptionAlgorithm).toMatch(/oaep/i);
  });

  it("never sends a password readable over a channel that is only signed", () => {
    const readable = [policy(UserTokenType.UserName, SecurityPolicy.None)];
    expect(() => identityFor("Sign", readable, ada)).toThrow(refused(/SignAndEncrypt/));
    const { token } = identityFor("SignAndEncrypt", readable, ada);
    expect((token as UserNameIdentityToken).password.toString()).toBe("s3cret");
  });
});

describe("a user with a certificate", () => {
  const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }) as string;
  const fits = async (more: object = {}) => ({
    userCertificate: await makeCertificate({ uri: "urn:user", ...more }),
    userKey: pem(privateKeyOfAll),
  });

  it.each(policies)("signs the server's certificate and nonce with %s", async (name) => {
    const given = await fits();
    const uri = SecurityPolicy[name];
    for (const [offered, channel] of [
      [policy(UserTokenType.Certificate), uri],
      [policy(UserTokenType.Certificate, uri), SecurityPolicy.Basic256Sha256],
    ] as const) {
      const { token, signature } = identityFor("Sign", [policy(UserTokenType.Anonymous), offered], given, channel);
      const { raw } = readCertificate(given.userCertificate);
      expect(token).toBeInstanceOf(X509IdentityToken);
      expect((token as X509IdentityToken).certificateData).toEqual(raw);
      expect(verifySignature(serverCertificate, serverNonce, signature, raw, uri)).toBe(true);
      expect(verifySignature(serverCertificate, Buffer.alloc(32, 8), signature, raw, uri)).toBe(false);
    }
  });

  it.each<[string, object[], object, RegExp]>([
    ["a server that takes none", [policy(UserTokenType.UserName)], {}, /no sign-in by certificate/],
    ["a policy out of use", [policy(UserTokenType.Certificate, SecurityPolicy.Basic256)], {}, /signed with Basic256$/],
    ["no policy", [policy(UserTokenType.Certificate, SecurityPolicy.None)], {}, /signed with None/],
    ["something else", [], { userCertificate: "PRESS" }, /userCertificate is no certificate in PEM form/],
    ["a key that is none", [], { userKey: "s3cret-key" }, /userKey is no private key in PEM form$/],
    ["a locked key", [], { userKey: "-----BEGIN ENCRYPTED PRIVATE KEY-----" }, /pass phrase/],
    [
      "a key of another",
      [],
      { userKey: pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey) },
      /userKey does not belong to userCertificate \(CN=Press\)/,
    ],
    [
      "a key of another kind",
      [],
      { userKey: pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey) },
      /userKey is of kind ec/,
    ],
  ])("with %s is told why it cannot sign in", async (_what, offered, more, words) => {
    const given = { ...(await fits()), ...more };
    expect(() => identityFor("Sign", offered, given)).toThrow(refused(words));
    expect(() => identityFor("Sign", offered, given)).not.toThrow(/s3cret/);
  });

  it("is named by its certificate, with its end where that is over", async () => {
    const given = await fits({ notAfter: Date.UTC(2026, 0, 2) });
    expect(whoSignsIn(given, Date.UTC(2026, 0, 1))).toBe("the user certificate of CN=Press");
    expect(whoSignsIn(given, Date.UTC(2026, 0, 3))).toMatch(/which expired on 2026-01-02/);
    expect(whoSignsIn({ user: "ada" }, 0)).toBe("ada");
  });
});
