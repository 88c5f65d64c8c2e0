import { createPrivateKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { opcua } from "./manifest.ts";
import {
  ActivateSessionRequest,
  CreateSessionRequest,
  computeSignature,
  EndpointDescription,
  MessageSecurityMode,
  type Request,
  SecurityPolicy,
  UserTokenType,
  verifySignature,
} from "./node-opcua.ts";
import { readCertificate } from "./pki/certificate.ts";
import type { WireSecurity } from "./secure-layer.ts";
import { Session } from "./session.ts";
import { makeCertificate, privateKeyOfAll } from "./testing/certificates.ts";
import { answer, refusal } from "./testing/scripted-session.ts";
import type { Reply, Wire } from "./wire.ts";

const key = createPrivateKey(privateKeyOfAll.export({ type: "pkcs8", format: "pem" }));
const server = readCertificate(await makeCertificate()).raw;
const own = readCertificate(await makeCertificate({ uri: "urn:gateway" }));
const settings = opcua.settings.parse({ endpoint: "opc.tcp://press" });
const used = SecurityPolicy.Basic256Sha256;
const security: WireSecurity = {
  ...{ mode: "SignAndEncrypt", policy: used, serverCertificate: server },
  own: { applicationUri: "urn:gateway", certificate: own, key, file: "" },
};
const offer = (securityPolicyUri: SecurityPolicy) =>
  new EndpointDescription({
    ...{ endpointUrl: "opc.tcp://press", securityMode: MessageSecurityMode.SignAndEncrypt, securityPolicyUri },
    userIdentityTokens: [{ policyId: "anyone", tokenType: UserTokenType.Anonymous }],
  });

interface Script {
  readonly offers?: readonly SecurityPolicy[];
  /** What the server signs with its key in place of the nonce that it was given. */
  readonly signs?: Buffer;
  readonly activation?: Reply<unknown>;
}

function wireTo({ offers = [used], signs, activation }: Script = {}) {
  const activations: ActivateSessionRequest[] = [];
  const request = async (asked: Request) => {
    if (asked instanceof CreateSessionRequest) {
      return answer({
        serverSignature: computeSignature(own.raw, signs ?? asked.clientNonce, { hidden: key }, used),
        ...{ serverCertificate: server, serverEndpoints: offers.map(offer), serverNonce: Buffer.alloc(32, 1) },
        ...{ authenticationToken: undefined, revisedSessionTimeout: 60_000 },
      });
    }
    if (asked instanceof ActivateSessionRequest) activations.push(asked);
    return activation ?? answer({ serverNonce: Buffer.alloc(32, 1 + activations.length) });
  };
  // A session asks its wire for nothing else.
  return { wire: { request } as unknown as Wire, activations };
}
const untrusted = (words: RegExp) => ({ code: "device/untrusted", message: expect.stringMatching(words) });

describe("a session", () => {
  it("is not opened where a stronger policy than the one in use is offered inside the channel", async () => {
    const { wire, activations } = wireTo({ offers: [used, SecurityPolicy.Aes256_Sha256_RsaPss] });
    await expect(Session.open(wire, security, settings)).rejects.toMatchObject(
      untrusted(/inside the channel the server offers Aes256_Sha256_RsaPss, before it only Basic256Sha256/),
    );
    expect(activations).toEqual([]);
  });

  it("is not opened with a server that cannot prove its certificate's key", async () => {
    const { wire, activations } = wireTo({ signs: Buffer.alloc(32, 9) });
    await expect(Session.open(wire, security, settings)).rejects.toMatchObject(untrusted(/could not prove/));
    expect(activations).toEqual([]);
  });

  it("is taken up again on another wire with the latest nonce signed, only with the same security, and while the server has it", async () => {
    const first = wireTo();
    const session = await Session.open(first.wire, security, settings);
    const second = wireTo();
    expect(await Session.resume(session, second.wire, security, settings)).toBeDefined();
    const [taken] = second.activations;
    for (const [nonce, fits] of [
      [1, false],
      [2, true],
    ] as const) {
      const proof = taken?.clientSignature;
      if (!proof) throw new Error("nothing was signed");
      expect(verifySignature(server, Buffer.alloc(32, nonce), proof, own.raw, used)).toBe(fits);
    }
    const other = { ...security, policy: SecurityPolicy.Aes256_Sha256_RsaPss };
    expect(await Session.resume(session, second.wire, other, settings)).toBeUndefined();
    expect(second.activations).toHaveLength(1);
    const gone = wireTo({ activation: refusal("BadSessionIdInvalid", 0x80250000) });
    expect(await Session.resume(session, gone.wire, security, settings)).toBeUndefined();
    const dead = wireTo({ activation: { kind: "silent", sentAtMs: 0 } });
    await expect(Session.resume(session, dead.wire, security, settings)).rejects.toMatchObject({
      code: "device/connection-lost",
    });
  });
});
