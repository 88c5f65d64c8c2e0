import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { makeCertificate, now } from "../testing/certificates.ts";
import { readCertificate } from "./certificate.ts";
import { certificateDesk } from "./desk.ts";
import { ownIdentity, ownIdentityBefore } from "./own-certificate.ts";

const day = 86_400_000;
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opcua-pki-"));
  const path = folder;
  onTestFinished(() => rm(path, { recursive: true, force: true }));
});

describe("the gateway's own certificate", () => {
  it("is made once, stays, and its key is for the owner only", async () => {
    const [first, second] = await Promise.all([ownIdentity(folder), ownIdentity(folder)]);
    expect(second.certificate.fingerprint256).toBe(first.certificate.fingerprint256);
    const again = await ownIdentity(folder);
    expect(again.applicationUri).toBe(first.applicationUri);
    expect(first.applicationUri).toMatch(/^urn:.+:plancia:[0-9a-f]{8}$/);
    expect(again.certificate.fingerprint256).toBe(first.certificate.fingerprint256);
    expect((await stat(join(folder, "pki", "own", "key.pem"))).mode & 0o777).toBe(0o600);
    expect(await certificateDesk.own(folder)).toMatchObject({ file: join(folder, "pki", "own", "certificate.der") });
  });

  it("is refused when the key is not its own", async () => {
    await ownIdentity(folder);
    await writeFile(join(folder, "pki", "own", "certificate.pem"), await makeCertificate());
    await expect(ownIdentity(folder)).rejects.toMatchObject({ code: "start/damaged" });
  });

  it("is made anew with a new key for the same application, and the one until now is kept for going back", async () => {
    const first = await certificateDesk.own(folder);
    expect(first).toMatchObject({ before: undefined, kept: false });
    await expect(certificateDesk.goBackToOwn(folder, now)).rejects.toMatchObject({ code: "request/conflict" });
    const keyOf = async () => (await ownIdentity(folder)).key.export({ type: "pkcs8", format: "pem" });
    const firstKey = await keyOf();
    const second = await certificateDesk.renewOwn(folder, now + 5 * day);
    const before = { fingerprint: first.fingerprint, pem: first.pem, notAfter: first.notAfter };
    expect(second).toMatchObject({ applicationUri: first.applicationUri, subject: first.subject, before, kept: false });
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect([second.notBefore, second.notAfter]).toEqual([now + 4 * day, now + 3655 * day]);
    expect(await keyOf()).not.toEqual(firstKey);
    expect(await readFile(second.file)).toEqual(Buffer.from(readCertificate(second.pem).raw));
    expect((await ownIdentityBefore(folder))?.key.export({ type: "pkcs8", format: "pem" })).toEqual(firstKey);
    for (const part of ["key.pem", join("before", "key.pem")])
      expect((await stat(join(folder, "pki", "own", part))).mode & 0o777).toBe(0o600);
    const back = await certificateDesk.goBackToOwn(folder, now + 6 * day);
    expect(back).toMatchObject({ ...before, before: { fingerprint: second.fingerprint }, kept: true });
    expect(await keyOf()).toEqual(firstKey);
    expect(await certificateDesk.goBackToOwn(folder, now)).toMatchObject({ fingerprint: second.fingerprint });
    expect(await certificateDesk.renewOwn(folder, now)).toMatchObject({ kept: false });
  });

  it("is not gone back to after its end", async () => {
    const { notAfter } = await certificateDesk.own(folder);
    await certificateDesk.renewOwn(folder, notAfter - day);
    await expect(certificateDesk.goBackToOwn(folder, notAfter + 1)).rejects.toMatchObject({ code: "request/conflict" });
  });

  it.each([
    ["before the new one is whole", ["key.pem"], "the old"],
    ["before anything is exchanged", ["key.pem", "certificate.pem"], "the new"],
    ["with the new key in place and the old certificate", ["key.pem", "certificate.pem", "own key"], "the new"],
  ])("is whole after a kill %s", async (_when, left, wanted) => {
    const other = await mkdtemp(join(tmpdir(), "opcua-pki-"));
    onTestFinished(() => rm(other, { recursive: true, force: true }));
    const old = await certificateDesk.own(folder);
    const made = await certificateDesk.own(other);
    const own = (place: string, name: string) => join(place, "pki", "own", name);
    await mkdir(own(folder, "next"), { recursive: true });
    for (const name of left.slice(0, 2)) await copyFile(own(other, name), join(own(folder, "next"), name));
    if (left.length > 2) await copyFile(own(other, "key.pem"), own(folder, "key.pem"));
    const found = await certificateDesk.own(folder);
    expect(found.fingerprint).toBe((wanted === "the new" ? made : old).fingerprint);
    if (wanted === "the new" && left.length === 2) expect(found.before?.fingerprint).toBe(old.fingerprint);
  });
});
