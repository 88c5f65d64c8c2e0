import { z } from "zod";
import { duration } from "../../kit/duration.ts";

/**
 * Policies that are still considered secure (Part 7 §6.6.165 ff.), the weakest first; Basic128Rsa15 and Basic256
 * are not, and cannot be had by any word.
 */
export const policies = ["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"] as const;
export type Policy = (typeof policies)[number];

const Security = z.strictObject({
  mode: z
    .enum(["SignAndEncrypt", "Sign", "None"])
    .default("SignAndEncrypt")
    .describe("`None` sends everything readable and trusts whoever answers: it must be said aloud."),
  policy: z
    .enum(["best", ...policies])
    .default("best")
    .describe(
      "Which algorithms. `best` takes the strongest of these that the server offers; a name takes that one or none. Without meaning where mode is None.",
    ),
  checkHost: z
    .boolean()
    .default(true)
    .describe(
      "Whether the server's certificate must carry the host name or address of the endpoint. With false an authority's word is not enough: the certificate has to be trusted itself.",
    ),
  revocation: z
    .enum(["required", "ifKnown"])
    .default("required")
    .describe(
      "Of certificates that an authority issued: `required` refuses them while the revocation list of one of their authorities is missing or too old; `ifKnown` obeys the lists that are there.",
    ),
});

export const OpcuaSettings = z
  .strictObject({
    endpoint: z
      .string()
      .max(1000)
      .regex(/^opc\.tcp:\/\/(\[[0-9a-fA-F:.]{2,45}\]|[^\s:/?#[\]@]{1,253})(:\d{1,5})?(\/[^\s]*)?$/, {
        error: 'an address such as "opc.tcp://192.168.0.10:4840"',
      })
      .describe("Where the server listens. Devices with the same endpoint, security and user share a session."),
    security: Security.prefault({}).describe("Never falls back to less than what stands here."),
    user: z.string().min(1).max(200).optional().describe("Without it the session is anonymous."),
    password: z
      .string()
      .max(1000)
      .optional()
      .describe("Best sealed (`plancia seal`), or from the environment or a file."),
    userCertificate: z
      .string()
      .max(20_000)
      .optional()
      .describe("PEM of a certificate that the session signs in with instead of user and password, from a file."),
    userKey: z
      .string()
      .max(20_000)
      .optional()
      .describe("PEM of its private key, without a pass phrase: sealed, or from a file that only the gateway reads."),
    timeout: duration(100, 60_000).prefault("5s").describe("How long an answer may take."),
    keepAlive: duration(100, 60_000)
      .prefault("2s")
      .describe(
        "How often the server proves that it lives while nothing changes; half as long again is taken as lost.",
      ),
    sessionTimeout: duration(5_000, 3_600_000)
      .prefault("60s")
      .describe("How long the server keeps a session whose client is gone."),
    channelLifetime: duration(1_000, 86_400_000)
      .prefault("1h")
      .describe("After three quarters of it the keys of the connection are renewed."),
    queue: z
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe(
        "Values of one node that the server may keep between two publish responses; beyond, the oldest go, and the history shows a hole.",
      ),
  })
  .refine((settings) => settings.password === undefined || settings.user !== undefined, {
    error: "password without user",
    path: ["password"],
  })
  .refine((settings) => (settings.userCertificate === undefined) === (settings.userKey === undefined), {
    error: "userCertificate and userKey go together",
    path: ["userKey"],
  })
  .refine((settings) => settings.userCertificate === undefined || settings.user === undefined, {
    error: "a session signs in with user and password or with userCertificate, not both",
    path: ["userCertificate"],
  });
export type OpcuaSettings = z.output<typeof OpcuaSettings>;
