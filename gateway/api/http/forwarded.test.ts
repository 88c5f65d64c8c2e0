import { describe, expect, it } from "vitest";
import { callerAddress } from "./forwarded.ts";

const by = (proxyHeader: "x-forwarded-for" | "forwarded") =>
  callerAddress({ trustedProxies: ["10.0.0.2", "172.16.0.0/12", "fd00::/8"], proxyHeader });

describe("the caller's address (X-Forwarded-For)", () => {
  it.each([
    ["nobody said anything", "203.0.113.9", undefined, "203.0.113.9"],
    ["a stranger says where he is", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["a stranger calls himself the proxy", "203.0.113.9", "10.0.0.2", "203.0.113.9"],
    ["the proxy says it", "10.0.0.2", "198.51.100.1", "198.51.100.1"],
    ["a stranger's word came through the proxy", "10.0.0.2", "1.1.1.1, 127.0.0.1, 198.51.100.1", "198.51.100.1"],
    ["two proxies stand one behind the other", "10.0.0.2", "1.1.1.1, 198.51.100.1, 172.20.0.3", "198.51.100.1"],
    ["the proxy says a word", "10.0.0.2", "unknown", "10.0.0.2"],
    ["a word stands between", "10.0.0.2", "1.1.1.1, unknown, 172.20.0.3", "172.20.0.3"],
    ["the proxy says nothing", "10.0.0.2", "", "10.0.0.2"],
    ["with ports", "10.0.0.2", "198.51.100.1:4711", "198.51.100.1"],
    ["IPv6", "fd00::2", "[2001:db8::1]:4711", "2001:db8::1"],
    ["IPv4 in IPv6 clothing", "::ffff:10.0.0.2", "::ffff:198.51.100.1", "198.51.100.1"],
    ["all are proxies", "10.0.0.2", "172.20.0.3, 172.20.0.4", "172.20.0.3"],
    ["a hundred stations", "10.0.0.2", Array(100).fill("172.20.0.3").join(), "172.20.0.3"],
  ])("where %s", (_what, connection, header, expected) => {
    const headers = header === undefined ? {} : { "x-forwarded-for": header };
    expect(by("x-forwarded-for")(connection, { ...headers, forwarded: "for=9.9.9.9", "x-real-ip": "9.9.9.9" })).toBe(
      expected,
    );
  });
});

describe("the caller's address (Forwarded, RFC 7239)", () => {
  it.each([
    ["a stranger says it", "203.0.113.9", "for=198.51.100.1", "203.0.113.9"],
    ["the proxy says it", "10.0.0.2", "for=198.51.100.1;proto=https;by=10.0.0.2", "198.51.100.1"],
    ["in other letters", "10.0.0.2", "proto=https; For=198.51.100.1", "198.51.100.1"],
    ["IPv6, with a port", "10.0.0.2", 'for="[2001:db8::1]:4711"', "2001:db8::1"],
    ["a stranger's word before it", "10.0.0.2", "for=127.0.0.1, for=198.51.100.1", "198.51.100.1"],
    ["a stranger's open quote", "10.0.0.2", 'for="x, for="[2001:db8::1]"', "10.0.0.2"],
    ["hidden", "10.0.0.2", "for=_secret", "10.0.0.2"],
    ["forwards is not for", "10.0.0.2", "xfor=1.1.1.1", "10.0.0.2"],
  ])("where %s", (_what, connection, header, expected) => {
    expect(by("forwarded")(connection, { forwarded: header, "x-forwarded-for": "9.9.9.9" })).toBe(expected);
  });
});

it("is the connection's where no proxy is configured", () => {
  const addressOf = callerAddress({ trustedProxies: [], proxyHeader: "x-forwarded-for" });
  expect(addressOf("127.0.0.1", { "x-forwarded-for": "1.1.1.1" })).toBe("127.0.0.1");
});
