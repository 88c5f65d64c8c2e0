import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseFieldPath, parseNodeId } from "./address.ts";
import { opcua } from "./manifest.ts";
import { NodeIdType } from "./node-opcua.ts";
import { nodeIdText, toNodeId } from "./nodes.ts";

const settings = (more: object = {}) => opcua.settings.parse({ endpoint: "opc.tcp://press:4840", ...more });

describe("the settings of an OPC UA device", () => {
  it("need no more than an endpoint, and are then signed and encrypted", () => {
    expect(settings()).toEqual({
      endpoint: "opc.tcp://press:4840",
      security: { mode: "SignAndEncrypt", policy: "best", checkHost: true, revocation: "required" },
      timeout: 5000,
      keepAlive: 2000,
      sessionTimeout: 60_000,
      channelLifetime: 3_600_000,
      queue: 10,
    });
  });

  it.each([
    [{ endpoint: "http://press" }],
    [{ endpoint: "opc.tcp://user:secret@press" }],
    [{ security: { mode: "none" } }],
    [{ security: { policy: "Basic128Rsa15" } }],
    [{ security: { policy: "Basic256" } }],
    [{ security: { mode: "SignAndEncrypt", policy: "None" } }],
    [{ password: "without user" }],
    [{ userCertificate: "PEM" }],
    [{ userKey: "PEM" }],
    [{ userCertificate: "PEM", userKey: "PEM", user: "ada" }],
    [{ keepAlive: 2000 }],
    [{ timeout: "0ms" }],
    [{ acceptAll: true }],
  ])("refuse %j", (more) => {
    expect(opcua.settings.safeParse({ endpoint: "opc.tcp://press", ...more }).success).toBe(false);
  });

  it("share a session by endpoint, security and user, and never show the password", () => {
    const key = (more: object) => opcua.channelKey(settings(more));
    expect(key({ user: "a", password: "x-secret" })).toBe(key({ user: "a", password: "y-secret" }));
    expect(key({ user: "a" })).not.toBe(key({ user: "b" }));
    expect(key({ security: { mode: "None" } })).not.toBe(key({}));
    expect(key({ user: "a", password: "x-secret" })).not.toContain("secret");
    for (const looser of [{ checkHost: false }, { revocation: "ifKnown" }])
      expect(key({ security: looser })).not.toBe(key({}));
    expect(key({ userCertificate: "A", userKey: "k-secret" })).not.toBe(key({ userCertificate: "B", userKey: "k" }));
    expect(key({ userCertificate: "A", userKey: "k-secret" })).not.toContain("secret");
  });

  it("say that a sign of life comes with the keep-alive", () => {
    expect(opcua.aliveEveryMs?.(settings(), 100)).toBe(2000);
    expect(opcua.aliveEveryMs?.(settings(), 10_000)).toBe(10_000);
  });
});

describe("an address", () => {
  it.each([
    ["i=2258", 0, NodeIdType.NUMERIC],
    ["ns=1;s=Press.Speed", 1, NodeIdType.STRING],
    ["ns=1;s=a;b=c d", 1, NodeIdType.STRING],
    ["ns=2;g=12345678-1234-1234-1234-123456789ABC", 2, NodeIdType.GUID],
    ["ns=3;b=AAH/", 3, NodeIdType.BYTESTRING],
  ])("%s is understood, and shown back the same", (text, namespace, kind) => {
    const parsed = parseNodeId(opcua.address.parse(text) as string);
    const id = parsed && toNodeId(parsed, []);
    expect(id).toMatchObject({ namespace, identifierType: kind });
    expect(id && nodeIdText(id)).toBe(text);
  });

  it("may name its namespace by URI; one that the server does not have is nobody's", () => {
    const parsed = parseNodeId("nsu=urn:plant;s=Speed");
    expect(parsed && toNodeId(parsed, ["http://opcfoundation.org/UA/", "urn:plant"])?.namespace).toBe(1);
    expect(parsed && toNodeId(parsed, ["urn:other"])).toBeUndefined();
  });

  it.each([
    "",
    "Press.Speed",
    "ns=1",
    "ns=70000;i=1",
    "i=4294967296",
    "i=-1",
    "g=123",
    "b=***",
    `s=${"x".repeat(5000)}`,
    { nodeId: "i=1", index: -1 },
    { nodeId: "i=1", sampling: 5 },
    { id: "i=1" },
  ])("refuses %j", (address) => {
    expect(opcua.address.safeParse(address).success).toBe(false);
  });

  it("fits the sample", () => {
    const sample = parse(readFileSync(new URL("sample.yaml", import.meta.url), "utf8"));
    for (const { driver, interval, ...rest } of Object.values<Record<string, unknown>>(sample.devices)) {
      expect([driver, interval]).toEqual(["opcua", "100ms"]);
      expect(opcua.settings.parse(rest)).toMatchObject({ user: "plancia" });
    }
    const tags = Object.values<{ address: unknown; type: unknown }>(sample.equipment.press.tags);
    expect(tags).toHaveLength(6);
    for (const { address } of tags) expect(opcua.address.safeParse(address).success).toBe(true);
  });
});

describe("a field of a structure", () => {
  it.each([
    ["speed", ["speed"]],
    ["axes[1].limits.high", ["axes", 1, "limits", "high"]],
    ["[0].a[2][3]", [0, "a", 2, 3]],
    ["Größe (mm)", ["Größe (mm)"]],
  ])("is named by %s", (text, steps) => {
    expect(parseFieldPath(text)).toEqual(steps);
    expect(opcua.address.safeParse({ nodeId: "i=1", path: text }).success).toBe(true);
  });

  it.each(["", ".a", "a.", "a..b", "a[", "a[]", "a[-1]", "a[x]", "a]b", "a[1]b"])("is not named by %j", (text) => {
    expect(opcua.address.safeParse({ nodeId: "i=1", path: text }).success).toBe(false);
  });

  it("cannot be written", () => {
    const address = opcua.address.parse({ nodeId: "i=1", path: "a" });
    expect(opcua.checkTag?.(settings(), { type: "double", address, writable: true })).toContain("structure");
    expect(opcua.checkTag?.(settings(), { type: "double", address, writable: false })).toBeUndefined();
  });
});

describe("a dead band", () => {
  it.each([{ absolute: 0 }, { percent: 101 }, { percent: 0 }, {}, { absolute: 1, percent: 1 }, 5])(
    "is not %j",
    (deadband) => {
      expect(opcua.address.safeParse({ nodeId: "i=1", deadband }).success).toBe(false);
    },
  );

  it.each([
    ["string", {}, /needs a number/],
    ["double", { path: "a" }, /field of a structure/],
    ["double", { index: 1 }, undefined],
  ])("on a %s %j", (type, more, words) => {
    const address = opcua.address.parse({ nodeId: "i=1", deadband: { absolute: 1 }, ...more });
    const told = opcua.checkTag?.(settings(), { type, address, writable: false });
    if (words) expect(told).toMatch(words);
    else expect(told).toBeUndefined();
  });
});
