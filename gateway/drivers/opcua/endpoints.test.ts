import { describe, expect, it } from "vitest";
import { chooseEndpoint } from "./endpoints.ts";
import { EndpointDescription, MessageSecurityMode, SecurityPolicy } from "./node-opcua.ts";
import { type OpcuaSettings, policies } from "./settings.ts";

type Mode = "None" | "Sign" | "SignAndEncrypt";
const offer = (mode: Mode, policy: keyof typeof SecurityPolicy, more: object = {}) =>
  new EndpointDescription({
    endpointUrl: "opc.tcp://press",
    securityMode: MessageSecurityMode[mode],
    securityPolicyUri: SecurityPolicy[policy],
    ...more,
  });
const want = (mode: Mode, policy: OpcuaSettings["security"]["policy"] = "Basic256Sha256") => ({
  endpoint: "opc.tcp://press",
  security: { mode, policy, checkHost: true, revocation: "required" as const },
});

describe("the endpoint", () => {
  const all = [
    offer("None", "None"),
    ...policies.flatMap((policy) => [offer("Sign", policy), offer("SignAndEncrypt", policy)]),
    offer("SignAndEncrypt", "Basic128Rsa15"),
    offer("SignAndEncrypt", "Basic256"),
  ];
  const without = (...gone: readonly (keyof typeof SecurityPolicy)[]) =>
    all.filter(({ securityPolicyUri }) => !gone.some((policy) => securityPolicyUri === SecurityPolicy[policy]));

  it.each([
    ["all", all, want("SignAndEncrypt", "best"), "SignAndEncrypt Aes256_Sha256_RsaPss"],
    ["all", all, want("Sign", "best"), "Sign Aes256_Sha256_RsaPss"],
    ["all", all, want("SignAndEncrypt"), "SignAndEncrypt Basic256Sha256"],
    ["all", all, want("SignAndEncrypt", "Aes128_Sha256_RsaOaep"), "SignAndEncrypt Aes128_Sha256_RsaOaep"],
    ["all", all, want("None", "best"), "None None"],
    ["no Pss", without("Aes256_Sha256_RsaPss"), want("SignAndEncrypt", "best"), "SignAndEncrypt Aes128_Sha256_RsaOaep"],
    [
      "one of today",
      without("Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep"),
      want("SignAndEncrypt", "best"),
      "SignAndEncrypt Basic256Sha256",
    ],
    [
      "weak ones rated highest",
      [offer("SignAndEncrypt", "Basic256", { securityLevel: 99 }), offer("SignAndEncrypt", "Basic256Sha256")],
      want("SignAndEncrypt", "best"),
      "SignAndEncrypt Basic256Sha256",
    ],
  ])("of a server with %s is the one of the settings, the strongest where they say best (row %#)", (...row) => {
    const [, offered, settings, chosen] = row;
    for (const list of [offered, offered.toReversed()]) {
      const { securityMode, securityPolicyUri } = chooseEndpoint(list, settings);
      expect(`${MessageSecurityMode[securityMode]} ${securityPolicyUri?.split("#")[1]}`).toBe(chosen);
    }
  });

  it.each([
    [[offer("None", "None")], want("SignAndEncrypt", "best")],
    [[offer("None", "None")], want("SignAndEncrypt")],
    [[offer("None", "Aes256_Sha256_RsaPss")], want("SignAndEncrypt", "best")],
    [[offer("SignAndEncrypt", "None")], want("SignAndEncrypt", "best")],
    [[offer("Sign", "Basic256Sha256")], want("SignAndEncrypt", "best")],
    [[offer("SignAndEncrypt", "Basic256"), offer("SignAndEncrypt", "Basic128Rsa15")], want("SignAndEncrypt", "best")],
    [[offer("SignAndEncrypt", "Basic256Sha256")], want("SignAndEncrypt", "Aes256_Sha256_RsaPss")],
    [[offer("SignAndEncrypt", "Basic256Sha256")], want("None")],
    [[offer("SignAndEncrypt", "Basic256Sha256")], want("Sign", "best")],
    [[], want("SignAndEncrypt", "best")],
  ])("is never less than the settings say, nor out of use (row %#)", (offered, settings) => {
    expect(() => chooseEndpoint(offered, settings)).toThrow(expect.objectContaining({ code: "device/settings" }));
  });

  it("is the one that the server rates highest where several fit", () => {
    const [low, high] = [1, 9].map((securityLevel) => offer("Sign", "Basic256Sha256", { securityLevel }));
    expect(
      chooseEndpoint(
        [low, high].filter((one) => one !== undefined),
        want("Sign"),
      ),
    ).toBe(high);
  });
});
