import { describe, expect, it } from "vitest";
import { isOwnOrigin } from "./origin.ts";

const server = { publicUrl: "https://plancia.example:443/", origins: ["https://portal.example"] };

describe("an origin", () => {
  it.each([
    ["a program that sends none", undefined, "10.0.0.1:8080", "http", true],
    ["the host that was called", "http://10.0.0.1:8080", "10.0.0.1:8080", "http", true],
    ["the same host behind a proxy with TLS", "https://box.lan", "box.lan", "http", true],
    ["the public address", "https://plancia.example", "127.0.0.1:8080", "http", true],
    ["a configured one", "https://portal.example", "127.0.0.1:8080", "https", true],
    ["another port of the host", "http://10.0.0.1:9999", "10.0.0.1:8080", "http", false],
    ["http towards our TLS", "http://box.lan", "box.lan", "https", false],
    ["a foreign one", "https://evil.example", "box.lan", "http", false],
    ["one that begins alike", "http://box.lan.evil.example", "box.lan", "http", false],
    ["null, as a sandboxed frame sends", "null", "box.lan", "http", false],
    ["rubbish", "http://[", "box.lan", "http", false],
    ["a file", "file:///tmp/x.html", "box.lan", "http", false],
    ["one without a host to compare", "http://box.lan", undefined, "http", false],
  ] as const)("%s", (_name, origin, host, transport, own) => {
    const headers = { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) };
    expect(isOwnOrigin(headers, server, transport)).toBe(own);
  });

  it("is not needed to see that a page elsewhere asks", () => {
    const headers = { host: "box.lan", "sec-fetch-site": "cross-site" };
    expect(isOwnOrigin(headers, server, "http")).toBe(false);
  });
});
