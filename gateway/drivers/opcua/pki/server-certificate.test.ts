import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { makeCertificate, now, type WantedCertificate } from "../testing/certificates.ts";
import { factsOf, readCertificate } from "./certificate.ts";
import { type PresentedCertificate, trustedCertificate } from "./server-certificate.ts";
import { add, listCertificates, reject, trust } from "./trust-list.ts";

const day = 86_400_000;
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opcua-pki-"));
  const path = folder;
  onTestFinished(() => rm(path, { recursive: true, force: true }));
});

function presented(pem: string, more: Partial<PresentedCertificate> = {}): PresentedCertificate {
  return {
    der: readCertificate(pem).raw,
    endpoint: "opc.tcp://192.0.2.20:4840",
    device: "press-plc",
    applicationUri: "urn:press",
    checkHost: true,
    revocation: "required",
    now,
    ...more,
  };
}
const judge = (pem: string, more: Partial<PresentedCertificate> = {}) =>
  trustedCertificate(folder, presented(pem, more));
const words = (text: string) => ({ code: "device/untrusted", message: expect.stringContaining(text) });

describe("the certificate of a server", () => {
  it("is refused and put aside when nobody has judged it, with fingerprint and what to do", async () => {
    const pem = await makeCertificate();
    const { fingerprint } = factsOf(readCertificate(pem));
    await expect(judge(pem)).rejects.toMatchObject(words(`${fingerprint}. Compare it`));
    await expect(judge(pem, { device: "other-plc" })).rejects.toMatchObject(words("plancia trust other-plc"));
    expect(await listCertificates(folder)).toMatchObject([
      {
        ...{ fingerprint, state: "quarantine", subject: "CN=Press", applicationUri: "urn:press", reason: "unknown" },
        ...{ hosts: ["press.example", "192.0.2.20"], devices: ["press-plc", "other-plc"], lastSeen: now },
        ...{ endpoint: "opc.tcp://192.0.2.20:4840", notBefore: now - day, notAfter: now + 365 * day },
      },
    ]);
  });

  it("is taken once a person trusts it, also with its issuers behind it, and refused again once rejected", async () => {
    const pem = await makeCertificate();
    await expect(judge(pem)).rejects.toThrow();
    await trust(folder, "press-plc");
    const { der } = presented(pem);
    expect((await judge(pem)).raw).toEqual(der);
    expect((await judge(pem, { der: Buffer.concat([der, Buffer.from("issuer")]) })).raw).toEqual(der);
    await judge(pem, { device: "other-plc" });
    expect(await listCertificates(folder)).toMatchObject([{ state: "trusted", devices: ["press-plc", "other-plc"] }]);
    await reject(folder, "other-plc");
    await expect(judge(pem)).rejects.toMatchObject(words("was rejected"));
    expect((await listCertificates(folder)).map(({ state }) => state)).toEqual(["rejected"]);
  });

  it.each<[string, WantedCertificate, Partial<PresentedCertificate>, string]>([
    ["expired", { notAfter: now - 1000 }, {}, "it expired on 2026-05-31"],
    ["not yet valid", { notBefore: now + 2 * day }, {}, "it is valid only from 2026-06-03"],
    ["of another application", { uri: "urn:thief" }, {}, "it is made for urn:thief, the server calls itself urn:press"],
    ["of another host", { ip: ["192.0.2.99"] }, {}, "it is made for press.example, 192.0.2.99, not for 192.0.2.20"],
    [
      "of another name",
      {},
      { endpoint: "opc.tcp://mill.example" },
      "it is made for press.example, 192.0.2.20, not for mill.example",
    ],
  ])("is refused although trusted when it is %s", async (_what, wanted, more, why) => {
    const pem = await makeCertificate(wanted);
    await add(folder, pem);
    await expect(judge(pem, more)).rejects.toMatchObject(words(`is trusted, but ${why}`));
  });

  it("says every fault beside being unknown", async () => {
    const pem = await makeCertificate({ uri: "urn:thief", notAfter: now - 1000 });
    await expect(judge(pem)).rejects.toMatchObject(words("it expired on 2026-05-31 and it is made for urn:thief"));
    const [entry] = await listCertificates(folder);
    expect(entry?.reason).toMatch(/^unknown; it expired on 2026-05-31; it is made for urn:thief/);
  });

  it("may be of another host where the settings allow it, and of any name of this computer on loopback", async () => {
    const pem = await makeCertificate({ ip: ["192.0.2.99"], dns: ["localhost"] });
    await add(folder, pem);
    expect(await judge(pem, { checkHost: false })).toBeDefined();
    expect(await judge(pem, { endpoint: "opc.tcp://127.0.0.1:4840" })).toBeDefined();
    expect(await judge(pem, { endpoint: "opc.tcp://[::1]:4840" })).toBeDefined();
  });

  it("cannot smuggle a host into its application URI", async () => {
    const pem = await makeCertificate({ uri: "urn:press, DNS:mill.example", dns: ["press.example"] });
    await add(folder, pem);
    const more = { endpoint: "opc.tcp://mill.example", applicationUri: "urn:press, DNS:mill.example" };
    await expect(judge(pem, more)).rejects.toMatchObject(words("not for mill.example"));
  });

  it("is told as exchanged when the place had another one until now", async () => {
    const [before, after] = [await makeCertificate(), await makeCertificate({ dns: ["new.example"] })];
    await add(folder, before);
    await judge(before);
    const { fingerprint } = factsOf(readCertificate(before));
    await expect(judge(after)).rejects.toMatchObject(
      words(`not the one it had until now (until now it had ${fingerprint})`),
    );
    await trust(folder, factsOf(readCertificate(after)).fingerprint.slice(0, 16).toUpperCase());
    expect(await judge(after)).toBeDefined();
  });

  it.each([Buffer.alloc(0), Buffer.from("no certificate"), Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])])(
    "is refused when it is none (row %#)",
    async (der) => {
      await expect(judge(await makeCertificate(), { der })).rejects.toMatchObject(words("no certificate"));
    },
  );
});
