import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  derOf,
  KeyUsageFlags,
  serialOf,
  strangeExtension,
  TestAuthority,
  type WantedAuthority,
  type WantedServer,
} from "../testing/authority.ts";
import { makeCertificate, now } from "../testing/certificates.ts";
import { fingerprintOf, readCertificate } from "./certificate.ts";
import { certificateDesk } from "./desk.ts";
import { type PresentedCertificate, trustedCertificate } from "./server-certificate.ts";

const day = 86_400_000;
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opcua-chain-"));
  const path = folder;
  onTestFinished(() => rm(path, { recursive: true, force: true }));
});

/** What a device shows at 192.0.2.20, judged: "good", or the words of the refusal. */
async function judged(der: Buffer, more: Partial<PresentedCertificate> = {}): Promise<string> {
  const at = {
    endpoint: "opc.tcp://192.0.2.20:4840",
    device: "press-plc",
    applicationUri: "urn:press",
    checkHost: true,
  };
  try {
    await trustedCertificate(folder, { der, ...at, revocation: "ifKnown", now, ...more });
    return "good";
  } catch (error) {
    expect(error).toMatchObject({ code: "device/untrusted" });
    return (error as Error).message;
  }
}
const trustAuthority = ({ pem }: TestAuthority) => certificateDesk.add(folder, pem, "authority");
const storeIssuer = ({ pem }: TestAuthority) => certificateDesk.add(folder, pem, "issuer");
const addList = (list: Buffer | string, at = now) => certificateDesk.addRevocations(folder, list, at);
const invalid = (words: RegExp) => ({ code: "request/invalid", message: expect.stringMatching(words) });
const listed = async (pem: string) =>
  (await certificateDesk.list(folder)).find(({ fingerprint }) => fingerprint === fingerprintOf(readCertificate(pem)));

describe("a server's certificate that an authority issued", () => {
  it("is accepted where the authority is trusted, and shown with whom it is trusted through", async () => {
    const root = await TestAuthority.root();
    const pem = await root.issue();
    expect(await judged(derOf(pem))).toContain("the issuer of CN=Press is not known here: CN=Plant Root");
    expect(await trustAuthority(root)).toMatchObject({ state: "trusted", role: "authority" });
    expect(await judged(derOf(pem))).toBe("good");
    const place = { state: "trusted", role: "device", authority: "CN=Plant Root", devices: ["press-plc"] };
    expect(await listed(pem)).toMatchObject({ ...place, against: undefined });
  });

  it("is accepted with intermediate authorities sent along, in any order, or stored here", async () => {
    const root = await TestAuthority.root();
    const line = await root.below();
    const cell = await line.below({ name: "CN=Plant Cell" });
    const pem = await cell.issue();
    await trustAuthority(root);
    expect(await judged(derOf(pem))).toContain("the issuer of CN=Press is not known here: CN=Plant Cell");
    expect(await judged(derOf(pem, cell.pem))).toContain(
      "the issuer of CN=Plant Cell is not known here: CN=Plant Line",
    );
    for (const sent of [
      [cell, line],
      [line, cell],
      [cell, line, root],
    ])
      expect(await judged(derOf(pem, ...sent.map((each) => each.pem)))).toBe("good");
    await storeIssuer(line);
    expect(await judged(derOf(pem, cell.pem))).toBe("good");
    await storeIssuer(cell);
    expect(await judged(derOf(pem))).toBe("good");
  });

  it("is not accepted because its authority is sent along, or stored as an issuer", async () => {
    const root = await TestAuthority.root();
    const pem = await root.issue();
    expect(await judged(derOf(pem, root.pem))).toContain("CN=Plant Root is trusted by nobody here");
    await storeIssuer(root);
    expect(await judged(derOf(pem, root.pem))).toContain("CN=Plant Root is trusted by nobody here");
  });

  it.each<[string, WantedServer, string]>([
    ["has expired", { notAfter: now - day }, "it expired on 2026-05-31"],
    ["is not valid yet", { notBefore: now + 2 * day }, "it is valid only from 2026-06-03"],
    ["is of another application", { uri: "urn:mill" }, "it is made for urn:mill, the server calls itself urn:press"],
    ["is of another host", { ip: "192.0.2.21" }, "it is made for 192.0.2.21, not for 192.0.2.20"],
    ["is an authority itself", { ca: true }, "it is the certificate of an authority"],
    ["is made for clients alone", { purposes: ["1.3.6.1.5.5.7.3.2"] }, "it is not made for a server"],
    ["may not sign", { usage: KeyUsageFlags.keyEncipherment }, "it is not made for signing"],
    ["demands what nobody knows", { extensions: [strangeExtension("1.2.3.4", true)] }, "not understood here (1.2.3.4)"],
    ["is signed over SHA-1", { hash: "SHA-1" }, "it is signed with an algorithm that is out of use"],
  ])("is refused where it %s", async (_what, wanted, why) => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    expect(await judged(derOf(await root.issue(wanted)))).toContain(why);
    expect(await judged(derOf(await root.issue({ extensions: [strangeExtension("1.2.3.4", false)] })))).toBe("good");
  });

  it.each<[string, WantedAuthority, WantedAuthority, string]>([
    ["the authority between has expired", {}, { notAfter: now - day }, "CN=Plant Line expired on 2026-05-31"],
    ["the authority between is not valid yet", {}, { notBefore: now + 2 * day }, "CN=Plant Line is valid only from"],
    ["the trusted one has expired", { notAfter: now - day }, {}, "CN=Plant Root expired on 2026-05-31"],
    ["the one between is no authority", {}, { ca: false }, "CN=Plant Line is no authority, and may sign for nobody"],
    [
      "the one between may not sign certificates",
      {},
      { usage: KeyUsageFlags.digitalSignature },
      "CN=Plant Line is no authority",
    ],
    ["the trusted one allows none below", { pathLength: 0 }, {}, "the chain is too long: CN=Plant Root allows 0"],
    ["the one between is signed over SHA-1", {}, { hash: "SHA-1" }, "CN=Plant Line is signed with an algorithm"],
    [
      "the one between is limited to names",
      {},
      { extensions: [strangeExtension("2.5.29.30", false)] },
      "CN=Plant Line limits the names",
    ],
    [
      "the trusted one demands what nobody knows",
      { extensions: [strangeExtension("2.5.29.36", true)] },
      {},
      "CN=Plant Root demands what is not understood here (2.5.29.36)",
    ],
  ])("is refused where %s", async (_what, ofRoot, ofLine, why) => {
    const root = await TestAuthority.root(ofRoot);
    const line = await root.below(ofLine);
    await trustAuthority(root);
    expect(await judged(derOf(await line.issue(), line.pem))).toContain(why);
  });

  it("is refused where another key signed it in the name of the authority, or of one between", async () => {
    const [root, thief] = [await TestAuthority.root(), await TestAuthority.root()];
    await trustAuthority(root);
    const words = "is not signed by the key of its issuer CN=Plant Root";
    expect(await judged(derOf(await thief.issue()))).toContain(`CN=Press ${words}`);
    expect(await judged(derOf(await thief.issue(), thief.pem))).toContain("CN=Plant Root is trusted by nobody here");
    const line = await thief.below();
    expect(await judged(derOf(await line.issue(), line.pem))).toContain(`CN=Plant Line ${words}`);
  });

  it("cannot issue further ones with its own key", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    const server = await root.below({ name: "CN=Press", ca: false, usage: KeyUsageFlags.digitalSignature });
    const further = await server.issue({ name: "CN=Further" });
    expect(await judged(derOf(further, server.pem))).toContain("CN=Press is no authority");
  });

  it("is refused where the chain is longer than it may be, sent or stored", async () => {
    let last = await TestAuthority.root();
    await trustAuthority(last);
    const all: TestAuthority[] = [];
    for (let n = 0; n < 5; n++) {
      last = await last.below({ name: `CN=Level ${n}` });
      all.unshift(last);
    }
    const pem = await last.issue();
    expect(await judged(derOf(pem, ...all.map((each) => each.pem)))).toContain("longer than 6 certificates");
    for (const each of all) await storeIssuer(each);
    expect(await judged(derOf(pem))).toContain("longer than 6 certificates");
    const shorter = await (all[1] as TestAuthority).issue();
    expect(await judged(derOf(shorter))).toBe("good");
  });

  it("comes through, whatever else is sent: a circle, the same twice, an older certificate of the same authority", async () => {
    const root = await TestAuthority.root();
    const old = await TestAuthority.root({ keys: root.keys, notAfter: now - day });
    const line = await root.below();
    const circle = await line.below({ name: "CN=Plant Root", keys: root.keys });
    await trustAuthority(old);
    const pem = await line.issue();
    expect(await judged(derOf(pem, line.pem, circle.pem, line.pem))).toContain("CN=Plant Root expired");
    await trustAuthority(root);
    expect(await judged(derOf(pem, circle.pem, line.pem))).toBe("good");
    expect(await judged(Buffer.concat([derOf(pem, line.pem), Buffer.from("rest")]))).toBe("good");
    expect(await judged(Buffer.concat([derOf(pem), Buffer.from("rest")]))).toContain("is no certificate");
  });

  it("has to be trusted itself where its host is not checked: any other of the authority could pass for it", async () => {
    const root = await TestAuthority.root();
    const pem = await root.issue({ ip: "192.0.2.99" });
    await trustAuthority(root);
    const free = { checkHost: false };
    expect(await judged(derOf(pem), free)).toContain("an authority cannot say that it is this device");
    await certificateDesk.trust(folder, "press-plc");
    expect(await judged(derOf(pem), free)).toBe("good");
    expect(await judged(derOf(await root.issue({ ip: "192.0.2.99" })), free)).toContain("an authority cannot say");
  });

  it("stays refused once a person rejected it, and through a rejected authority, at a connection that stands too", async () => {
    const root = await TestAuthority.root();
    const line = await root.below();
    await trustAuthority(root);
    const [first, second] = [await line.issue(), await line.issue()];
    const sent = (pem: string) => derOf(pem, line.pem);
    expect(await judged(sent(first))).toBe("good");
    await certificateDesk.reject(folder, "press-plc");
    expect(await judged(sent(first))).toContain("was rejected");
    expect(await judged(sent(second))).toBe("good");
    await storeIssuer(line);
    await certificateDesk.reject(folder, fingerprintOf(readCertificate(line.pem)));
    expect(await listed(second)).toMatchObject({ against: "CN=Plant Line was rejected" });
    expect(await judged(sent(second))).toContain("CN=Plant Line was rejected");
    await certificateDesk.reject(folder, fingerprintOf(readCertificate(root.pem)));
    expect(await judged(derOf(second, line.pem, root.pem))).toContain("CN=Plant Root is trusted by nobody here");
    await expect(certificateDesk.trust(folder, fingerprintOf(readCertificate(root.pem)))).rejects.toMatchObject(
      invalid(/bring its file as an authority/),
    );
  });
});

describe("who was rejected", () => {
  it("does not come back with the same certificate under another fingerprint", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    // As with a signature written in another way: issuer and serial number are what an issuer knows it by.
    const [first, again] = [await root.issue({ serial: "77" }), await root.issue({ serial: "0077" })];
    expect(await judged(derOf(first))).toBe("good");
    await certificateDesk.reject(folder, "press-plc");
    expect(await judged(derOf(again))).toContain("it was rejected");
    expect(await judged(derOf(await root.issue({ serial: "78" })))).toBe("good");
  });

  it("does not come back as an authority with another certificate for the same key", async () => {
    const root = await TestAuthority.root();
    const line = await root.below();
    const renamed = await root.below({ name: "CN=Plant Cell", keys: line.keys });
    await trustAuthority(root);
    await storeIssuer(line);
    await certificateDesk.reject(folder, fingerprintOf(readCertificate(line.pem)));
    expect(await judged(derOf(await renamed.issue(), renamed.pem))).toContain("CN=Plant Cell was rejected");
    await trustAuthority(renamed);
    expect(await judged(derOf(await renamed.issue()))).toBe("good");
  });
});

describe("an authority", () => {
  it("is taken only as what it is, one certificate at a time", async () => {
    const root = await TestAuthority.root();
    const weak = await TestAuthority.root({ ca: false });
    await expect(certificateDesk.add(folder, root.pem, "device")).rejects.toMatchObject(invalid(/--authority/));
    await expect(trustAuthority(weak)).rejects.toMatchObject(invalid(/no certificate of an authority/));
    await expect(certificateDesk.add(folder, await makeCertificate(), "authority")).rejects.toMatchObject(
      invalid(/no certificate of an authority/),
    );
    await expect(certificateDesk.add(folder, `${root.pem}\n${weak.pem}`, "authority")).rejects.toMatchObject(
      invalid(/several certificates/),
    );
    expect(await certificateDesk.list(folder)).toEqual([]);
  });

  it("is no device: who shows its certificate is refused", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    expect(await judged(derOf(root.pem))).toContain("the certificate of an authority");
  });

  it("keeps its trust where it is stored as an issuer afterwards", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    expect(await storeIssuer(root)).toMatchObject({ role: "authority" });
    expect(await judged(derOf(await root.issue()))).toBe("good");
  });

  it("does not make an authority of a device that is trusted itself and says that it is one", async () => {
    const device = await TestAuthority.root({ name: "CN=Press" });
    const at = join(folder, "pki", "trusted");
    const fingerprint = fingerprintOf(readCertificate(device.pem));
    await certificateDesk.add(folder, await makeCertificate(), "device");
    await writeFile(join(at, `${fingerprint}.pem`), device.pem);
    expect(await judged(derOf(await device.issue({ name: "CN=Thief" }), device.pem))).toContain(
      "CN=Press is trusted by nobody here",
    );
  });
});

describe("a revocation list", () => {
  const required = { revocation: "required" } as const;

  it("is required by default rule: without one, or with one too old, nothing of the authority is accepted", async () => {
    const root = await TestAuthority.root();
    const line = await root.below();
    await trustAuthority(root);
    const sent = derOf(await line.issue(), line.pem);
    expect(await judged(sent, required)).toContain("there is no revocation list of CN=Plant Line here");
    await expect(addList(await line.list())).rejects.toMatchObject(
      invalid(/nobody here knows its authority CN=Plant Line/),
    );
    await storeIssuer(line);
    await addList(await line.list());
    expect(await judged(sent, required)).toContain("there is no revocation list of CN=Plant Root here");
    await addList(await root.list());
    expect(await judged(sent, required)).toBe("good");
    expect(await certificateDesk.revocations(folder)).toHaveLength(2);
    const later = { ...required, now: now + 31 * day };
    expect(await judged(sent, later)).toContain(
      "the revocation list of CN=Plant Line is too old: it ended on 2026-07-01",
    );
    expect(await judged(sent, { ...later, revocation: "ifKnown" })).toBe("good");
  });

  it.each([
    ["a server", "required"],
    ["a server", "ifKnown"],
    ["an authority between", "required"],
    ["an authority between", "ifKnown"],
  ] as const)("ends %s that it names, %s, at a connection that stands too", async (what, revocation) => {
    const root = await TestAuthority.root();
    const line = await root.below();
    await trustAuthority(root);
    await storeIssuer(line);
    await addList(await root.list());
    await addList(await line.list());
    const pem = await line.issue();
    expect(await judged(derOf(pem), { revocation })).toBe("good");
    const [issuer, revoked] = what === "a server" ? [line, pem] : [root, line.pem];
    await addList(await issuer.list({ thisUpdate: now, revoked: [serialOf(revoked)] }));
    const words = `${what === "a server" ? "it" : "CN=Plant Line"} is revoked since 2026-05-30`;
    expect(await listed(pem)).toMatchObject({ state: "trusted", against: words });
    expect(await judged(derOf(pem), { revocation })).toContain(words);
    // Too old, it still names whom it names.
    expect(await judged(derOf(pem), { revocation, now: now + 40 * day })).toContain(words);
  });

  it("ends a server too that a person trusts by itself", async () => {
    const root = await TestAuthority.root();
    const pem = await root.issue();
    await certificateDesk.add(folder, pem, "device");
    expect(await judged(derOf(pem), required)).toBe("good");
    await storeIssuer(root);
    await addList(await root.list({ revoked: [serialOf(pem)] }));
    expect(await listed(pem)).toMatchObject({ state: "trusted", against: "it is revoked since 2026-05-30" });
    expect(await judged(derOf(pem), required)).toContain("is trusted, but it is revoked since 2026-05-30");
    await certificateDesk.reject(folder, fingerprintOf(readCertificate(root.pem)));
    expect(await judged(derOf(pem), required)).toContain("revoked since");
  });

  it.each(["8f", "008f", "ff00", "1"])("finds serial number %s", async (serial) => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    await addList(await root.list({ revoked: [serial] }));
    expect(await judged(derOf(await root.issue({ serial })))).toContain("revoked since");
  });

  it("comes as DER, PEM or base64, and stays as it came", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    const der = await root.list({ revoked: ["aa"] });
    const base64 = der.toString("base64");
    const pem = `-----BEGIN X509 CRL-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END X509 CRL-----\n`;
    for (const form of [der, pem, Buffer.from(pem), base64])
      expect(await certificateDesk.addRevocations(folder, form, now)).toMatchObject({
        issuer: "CN=Plant Root",
        entries: 1,
      });
    expect(await certificateDesk.revocations(folder)).toHaveLength(1);
  });

  it("is refused in words where it says nothing that counts", async () => {
    const [root, thief] = [await TestAuthority.root(), await TestAuthority.root()];
    const mute = await root.below({ name: "CN=Mute", usage: KeyUsageFlags.keyCertSign });
    await trustAuthority(root);
    await storeIssuer(mute);
    const rows: [Buffer | string, RegExp][] = [
      [await root.list({ nextUpdate: now - 1 }), /too old: it ended on 2026-05-31/],
      [await root.list({ thisUpdate: now + 2 * day, nextUpdate: now + 9 * day }), /holds only from 2026-06-03/],
      [await root.list({ nextUpdate: undefined }), /does not say until when it holds/],
      [await root.list({ name: "CN=Nobody" }), /nobody here knows its authority CN=Nobody/],
      [await thief.list(), /is not signed by CN=Plant Root, but wrongly, or by another key/],
      [await root.list({ hash: "SHA-1" }), /with an algorithm that is out of use/],
      [await mute.list(), /is not signed by CN=Mute/],
      [await root.list({ extensions: [strangeExtension("2.5.29.27", true)] }), /only a part of one/],
      [await root.list({ extensions: [strangeExtension("2.5.29.28", true)] }), /only a part of one/],
      [
        await root.list({ revoked: ["aa"], entryExtensions: [strangeExtension("2.5.29.29", true)] }),
        /speaks for other authorities/,
      ],
      [root.pem, /no revocation list/],
      [root.der, /no revocation list/],
      ["hello", /no revocation list/],
      ["", /no revocation list/],
      [Buffer.alloc(3_000_000, 0x30), /larger than/],
    ];
    for (const [list, words] of rows) await expect(addList(list)).rejects.toMatchObject(invalid(words));
    expect(await certificateDesk.revocations(folder)).toEqual([]);
  });

  it("is not replaced by an older one, nor by one of another key under the same name", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    const pem = await root.issue();
    await addList(await root.list({ thisUpdate: now, revoked: [serialOf(pem)] }));
    await expect(addList(await root.list())).rejects.toMatchObject(invalid(/older than the one that is there/));
    const namesake = await TestAuthority.root();
    await storeIssuer(namesake);
    await addList(await namesake.list({ thisUpdate: now + 1 }), now + 2);
    expect(await certificateDesk.revocations(folder)).toHaveLength(2);
    expect(await judged(derOf(pem))).toContain("revoked since");
  });

  it("refuses everything of authorities where it is damaged on disk: it may have named anything", async () => {
    const root = await TestAuthority.root();
    await trustAuthority(root);
    await addList(await root.list());
    const { readdir } = await import("node:fs/promises");
    const [name = ""] = await readdir(join(folder, "pki", "lists"));
    const file = join(folder, "pki", "lists", name);
    await writeFile(file, (await readFile(file)).subarray(0, 40));
    expect(await judged(derOf(await root.issue()))).toContain("is damaged: bring it again");
    expect(await certificateDesk.list(folder)).toHaveLength(2);
    await addList(await root.list());
    expect(await judged(derOf(await root.issue()))).toBe("good");
  });
});
