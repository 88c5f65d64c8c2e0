import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { withoutSecrets } from "./without-secrets.ts";

describe("a configuration's text without its secrets", () => {
  it.each([
    ["a password", "devices: { a: { password: hunter2hunter } }", 1],
    ["one in quotes, with what follows", 'devices:\n  a:\n    password: "canary x" # of the plc\n    port: 1\n', 1],
    ["one that is a number", "devices: { a: { password: 123456 } }", 1],
    ["a block of text", "devices:\n  a:\n    userKey: |\n      canary\n      more\n    port: 1\n", 1],
    ["what a driver calls a secret", "devices: { a: { userKey: canary } }", 1],
    ["a history server's", "historian: { targets: { a: { credentials: { user: u, password: canary } } } }", 1],
    ["a provider's", "security: { oidc: { a: { clientSecret: canary } } }", 1],
    ["what stands before the @ of an address", "devices: { a: { url: mqtt://user:canary@host:1883 } }", 1],
    ["a list of them", "x: { tokens: [canary, canary2] }", 2],
    ["half a reference", `devices: { a: { password: 'canary\${env:A}' } }`, 1],
    ["one that was commented out", "# password: canary\nversion: 1\n", 0],
  ])("leaves out %s", (_what, text, leftOut) => {
    const found = withoutSecrets(text);
    expect(found.text).not.toMatch(/canary|hunter2|123456|more/);
    expect(found.leftOut).toBe(leftOut);
    expect(Object.keys(parse(found.text) as object)).toEqual(Object.keys(parse(text) as object));
  });

  it.each([
    `devices: { a: { password: '\${env:PLC}', userKey: '\${file:key.pem}' } }\n`,
    `devices:\n  a:\n    password: "\${sealed:s1.${"aA1".repeat(14)}x.12345678}" # sealed\n`,
    "server: { tls: { mode: files, cert: /etc/cert.pem, key: /etc/key.pem } }\n",
    "# what a token is: see the manual\nequipment: { cookie-oven: { name: Oven } }\n",
  ])("keeps every other character: %j", (text) => {
    expect(withoutSecrets(text)).toEqual({ text, leftOut: 0 });
  });
});
