import { describe, expect, it } from "vitest";
import { redactText, redactTree } from "./redact.ts";

describe("a text for others' eyes (S10)", () => {
  it.each([
    ["a word that was told", "the broker refused hunter2-canary", "the broker refused [redacted]"],
    ["one inside of JSON", '{"a":"line\\nbreak-canary"}', '{"a":"[redacted]"}'],
    ["who is in an address", "mqtt://plancia:pw@10.0.0.1:1883 is away", "mqtt://[redacted]@10.0.0.1:1883 is away"],
    ["a token", "Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"],
    ["a signed token", "got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln there", "got [redacted] there"],
    ["a one-time link", "https://a/#/welcome?secret=3WpMOfVs_3M&x=1", "https://a/#/welcome?secret=[redacted]&x=1"],
    ["the key", "plancia-key-1 AbCdEf0123456789 in a log", "[redacted] in a log"],
    ["a private key", "x -----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY----- y", "x [redacted] y"],
    ["a cookie", `cookie ${"Ab3".repeat(21)}x`, "cookie [redacted]"],
    ["a stop token", `${"Ab3_".repeat(10)}xyZ,`, "[redacted],"],
    ["nothing secret", "press/speed 412.5 at 10.0.0.1:502, 2026-01-01T00:00:00.000Z", undefined],
    ["a fingerprint", `sha256 ${"AB:".repeat(31)}AB`, undefined],
  ])("%s", (_what, text, expected) => {
    expect(redactText(text, ["hunter2-canary", "line\nbreak-canary", "412.5", "a"])).toBe(expected ?? text);
  });
});

const reference = `\${env:PLC_PASSWORD}`;

it("a configuration keeps its shape and its references, not its secrets (S10)", () => {
  const configuration = {
    devices: {
      broker: {
        driver: "mqtt",
        url: "mqtts://u:canary-1@host",
        user: "plancia",
        password: "canary-2",
        key: "canary-3",
      },
      plc: { password: reference, host: "10.0.0.2" },
    },
    equipment: { press: { local: { tag: "key", remote: true }, key: { device: "plc" } } },
    oidc: { client_secret: "canary-4", clientId: "plancia", accessTokens: ["canary-5"] },
  };
  const text = JSON.stringify(redactTree(configuration, ["canary-5"]));
  expect(text).not.toContain("canary");
  expect(JSON.parse(text)).toMatchObject({
    devices: { broker: { user: "plancia" }, plc: { password: reference, host: "10.0.0.2" } },
    equipment: { press: { local: { tag: "key", remote: true }, key: { device: "plc" } } },
  });
});
