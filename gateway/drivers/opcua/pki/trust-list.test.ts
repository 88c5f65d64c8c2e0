import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { makeCertificate, now } from "../testing/certificates.ts";
import { factsOf, readCertificate } from "./certificate.ts";
import { add, listCertificates, placeOf, quarantine, reject, rememberTrusted, trust } from "./trust-list.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "opcua-pki-"));
  const path = folder;
  onTestFinished(() => rm(path, { recursive: true, force: true }));
});
const seen = { device: "press-plc", endpoint: "opc.tcp://press", reason: "unknown", at: now };

describe("the trust list", () => {
  it("is empty before anything was seen", async () => {
    expect(await listCertificates(folder)).toEqual([]);
    expect(await placeOf(folder, "0".repeat(64))).toBeUndefined();
  });

  it.each(["press-plc", "../trusted/x", "__proto__", "toString", "00".repeat(32), ""])(
    "knows no certificate of %j",
    async (which) => {
      await expect(trust(folder, which)).rejects.toMatchObject({ code: "request/not-found" });
      await expect(reject(folder, which)).rejects.toMatchObject({ code: "request/not-found" });
    },
  );

  it("asks which one when a device has shown several", async () => {
    await quarantine(folder, await makeCertificate(), seen);
    await quarantine(folder, await makeCertificate({ dns: ["second.example"] }), seen);
    await expect(trust(folder, "press-plc")).rejects.toMatchObject({ code: "request/conflict" });
    const [first] = await listCertificates(folder);
    const withColons = first?.fingerprint.replace(/(..)(?!$)/g, "$1:") ?? "";
    expect(await trust(folder, withColons)).toMatchObject({ state: "trusted", devices: ["press-plc"] });
    expect(await trust(folder, "press-plc")).toMatchObject({ state: "trusted" });
  });

  it("takes 16 digits of a fingerprint and no fewer, with or without colons, whoever else begins like it", async () => {
    await quarantine(folder, await makeCertificate(), seen);
    const [waiting] = await listCertificates(folder);
    const fingerprint = waiting?.fingerprint ?? "";
    for (const short of [
      fingerprint.slice(0, 8),
      fingerprint.slice(0, 15),
      fingerprint.slice(0, 14).replace(/..(?!$)/g, "$&:"),
    ]) {
      const refused = {
        code: "request/invalid",
        message: expect.stringMatching(/digits of a fingerprint; .* 16 at least/),
      };
      await expect(trust(folder, short)).rejects.toMatchObject(refused);
      await expect(reject(folder, short)).rejects.toMatchObject(refused);
    }
    expect(await listCertificates(folder)).toMatchObject([{ state: "quarantine" }]);
    const sixteen = fingerprint.slice(0, 16);
    const wrong = `${sixteen.slice(0, 15)}${sixteen.endsWith("0") ? "1" : "0"}`;
    await expect(trust(folder, wrong)).rejects.toMatchObject({ code: "request/not-found" });
    expect(await trust(folder, sixteen.toUpperCase().replace(/..(?!$)/g, "$&:"))).toMatchObject({ state: "trusted" });
    expect(await reject(folder, sixteen)).toMatchObject({ state: "rejected" });
  });

  it("takes a certificate from a person's hand, and nothing that is none", async () => {
    const pem = await makeCertificate();
    expect(await add(folder, pem)).toMatchObject({ state: "trusted", subject: "CN=Press" });
    expect(await add(folder, pem)).toMatchObject({ state: "trusted" });
    await expect(add(folder, "hello")).rejects.toMatchObject({ code: "request/invalid" });
    expect(await listCertificates(folder)).toHaveLength(1);
  });

  it("lets a rejection win over everything else", async () => {
    const pem = await makeCertificate();
    const { fingerprint } = factsOf(readCertificate(pem));
    await add(folder, pem);
    await reject(folder, fingerprint);
    expect(await placeOf(folder, fingerprint)).toBe("rejected");
    await trust(folder, fingerprint);
    expect(await placeOf(folder, fingerprint)).toBe("trusted");
  });

  it("is whole after two people decide the same at once, or differently", async () => {
    const pem = await makeCertificate();
    const { fingerprint } = factsOf(readCertificate(pem));
    await quarantine(folder, pem, seen);
    await Promise.all([trust(folder, fingerprint), trust(folder, fingerprint)]);
    expect(await listCertificates(folder)).toMatchObject([{ fingerprint, state: "trusted", devices: ["press-plc"] }]);
    await Promise.all([trust(folder, fingerprint), reject(folder, fingerprint)]);
    expect(await listCertificates(folder)).toMatchObject([{ fingerprint, state: "rejected" }]);
  });

  it("notes every device that connects at the same moment", async () => {
    const { fingerprint } = await add(folder, await makeCertificate());
    const devices = Array.from({ length: 25 }, (_, n) => `plc-${n}`);
    await Promise.all(devices.map((device) => rememberTrusted(folder, seen.endpoint, fingerprint, device)));
    const [entry] = await listCertificates(folder);
    expect([...(entry?.devices ?? [])].sort()).toEqual(devices.sort());
  });

  it("has each certificate once, and a device that showed it while it was judged takes nothing back", async () => {
    const pem = await makeCertificate();
    const { fingerprint } = await add(folder, pem);
    await quarantine(folder, pem, seen);
    // As a process leaves it that dies in the middle of a decision.
    const quarantined = join(folder, "pki", "quarantine");
    await mkdir(quarantined, { recursive: true });
    await writeFile(join(quarantined, `${fingerprint}.pem`), pem);
    expect(await listCertificates(folder)).toMatchObject([{ fingerprint, state: "trusted" }]);
    expect(await reject(folder, fingerprint)).toMatchObject({ state: "rejected" });
    expect(await readdir(quarantined)).toEqual([]);
  });

  it("keeps a hundred unknown ones at most, the newest", async () => {
    const pem = await makeCertificate();
    const quarantined = join(folder, "pki", "quarantine");
    await mkdir(quarantined, { recursive: true });
    for (let n = 0; n < 100; n++) await writeFile(join(quarantined, `${n.toString(16).padStart(64, "0")}.pem`), pem);
    await quarantine(folder, pem, seen);
    const pems = (await readdir(quarantined)).filter((name) => name.endsWith(".pem"));
    expect(pems).toHaveLength(100);
    expect(pems).toContain(`${factsOf(readCertificate(pem)).fingerprint}.pem`);
  });

  it("does not stumble over strange files", async () => {
    await quarantine(folder, await makeCertificate(), seen);
    const [entry] = await listCertificates(folder);
    const at = (name: string) => join(folder, "pki", "quarantine", name);
    await writeFile(at("notes.txt"), "hello");
    await writeFile(at(`${"ab".repeat(32)}.pem`), "no certificate");
    await writeFile(at(`${entry?.fingerprint}.json`), "{ half");
    expect(await listCertificates(folder)).toEqual([
      { ...entry, devices: [], endpoint: undefined, reason: undefined, lastSeen: undefined },
    ]);
  });
});
