import { z } from "zod";
import { roles } from "../../core/access/policy.ts";
import { Words } from "./scalars.ts";

/** Whether an address is one of this computer only. */
function isOwnComputer(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

const HttpsUrl = z
  .url({ protocol: /^https?$/, error: 'a URL such as "https://sso.example"', abort: true })
  .max(500)
  .refine((url) => url.startsWith("https:") || isOwnComputer(url), {
    error: "https: over http anybody on the way could sign in as anybody; http only for a provider on this computer",
  });

const Issuer = HttpsUrl.refine(
  (url) => {
    const { username, password, search, hash } = new URL(url);
    return `${username}${password}${search}${hash}` === "";
  },
  { error: "a URL without user, password, ? and #" },
);

/** A guest's rights come from bookings, so that guests have accounts of their own here. */
const mappedRoles = roles.filter((role) => role !== "guest");

const Mapping = z.strictObject({
  group: z.string().min(1).max(500).describe("As the provider names it."),
  role: z.enum(mappedRoles).describe("Its role here. Guests have accounts of their own."),
  equipment: z
    .array(
      z.string().regex(/^[a-z0-9_*]{1,200}$/, { error: "an equipment id such as press, with * for any characters" }),
    )
    .min(1)
    .max(200)
    .describe('Machines, with `*` for any characters; `["*"]`: all.'),
});

const word = (most: number) => z.string().min(1).max(most);

/** An OpenID Connect provider. */
export const Provider = z.strictObject({
  name: Words.describe("What the button says: with whom one signs in."),
  issuer: Issuer.describe("Exactly as the provider says it of itself. Https, or http on this computer."),
  clientId: word(500).describe("As registered there; of a confidential client."),
  clientSecret: word(2000).describe(`Only \`"\${sealed:TEXT}"\`, \`"\${file:PATH}"\` or \`"\${env:NAME}"\`.`),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, { error: "a scope without spaces" }))
    .max(50)
    .default(["openid", "profile"])
    .refine((scopes) => scopes.includes("openid"), { error: "openid among them" })
    .describe("What is asked for; the groups often need one of their own."),
  groupsClaim: word(200)
    .default("groups")
    .describe("The claim that holds the groups; `.` goes into objects, such as `realm_access.roles`."),
  groups: z
    .array(Mapping)
    .min(1)
    .max(500)
    .describe("What a group of the provider is here; the first that fits counts. Whom none fits is refused."),
  secondFactor: z
    .array(word(50))
    .max(20)
    .default([])
    .describe(
      "Values of the claim `amr` (RFC 8176), such as `mfa`, that count as a second factor. None: the gateway asks for its own.",
    ),
  origins: z
    .array(HttpsUrl.transform((url) => new URL(url).origin))
    .max(20)
    .default([])
    .describe("Further origins of its endpoints, where they are not the issuer's. Nothing else is ever called."),
});
export type Provider = z.output<typeof Provider>;
