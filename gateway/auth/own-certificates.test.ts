import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../core/log.ts";
import { authorityDays, createAuthority, createLeaf, leafDays } from "./own-authority.ts";
import { ownCertificates, renewAuthorityBeforeMs, renewLeafBeforeMs } from "./own-certificates.ts";
import { createSeals } from "./seals.ts";

const dayMs = 24 * 3_600_000;
const start = Date.UTC(2026, 10, 26);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-own-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = ["gateway.plant.example", "192.0.2.7", "::1"];
const seals = createSeals(new Uint8Array(32).fill(7));
const at = (nowMs: number, more: readonly string[] = []) =>
  ownCertificates({ folder, seals, name: "Plancia Test", names: [...names, ...more], log: silentLog }, nowMs);

describe("the gateway's own certificates", () => {
  it("are an authority and a leaf for every name and address, for the owner's eyes alone", async () => {
    const { authority, leaf } = await at(start);
    const [ca, cert] = [new X509Certificate(authority.pem), new X509Certificate(leaf.cert)];
    expect([ca.ca, cert.ca, cert.verify(ca.publicKey), cert.checkIssued(ca)]).toEqual([true, false, true, true]);
    expect(cert.checkHost("gateway.plant.example")).toBe("gateway.plant.example");
    expect(cert.checkIP("192.0.2.7")).toBe("192.0.2.7");
    expect(cert.checkIP("::1")).toBeDefined();
    expect(cert.checkHost("elsewhere.example")).toBeUndefined();
    expect(authority.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(authority.pem).not.toContain("PRIVATE");
    for (const file of ["ca.pem", "server.pem"]) {
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(folder, file), "utf8")).not.toContain("PRIVATE");
    }
  });

  it("stay the same from start to start", async () => {
    const first = await at(start);
    expect(await at(start + dayMs)).toEqual(first);
  });

  it("of before keys were sealed stay the same and are sealed", async () => {
    const authority = await createAuthority("Plancia Test", start);
    const leaf = await createLeaf(authority, names, start);
    for (const [file, { key, cert }] of [["ca.pem", authority] as const, ["server.pem", leaf] as const]) {
      writeFileSync(join(folder, file), `${key}\n${cert}\n`, { mode: 0o600 });
    }
    const found = await at(start);
    expect(found.authority.pem).toBe(authority.cert.trim());
    expect(found.leaf.key).toBe(leaf.key.trim());
    for (const file of ["ca.pem", "server.pem"]) {
      const text = readFileSync(join(folder, file), "utf8");
      expect([text.includes("PRIVATE"), text.startsWith("plancia-sealed-key s1.")]).toEqual([false, true]);
    }
    expect(await at(start)).toEqual(found);
  });

  it("are refused under another key and left as they are; the right key finds them again", async () => {
    const first = await at(start);
    const before = readFileSync(join(folder, "ca.pem"), "utf8");
    const other = createSeals(new Uint8Array(32).fill(8));
    const wrong = ownCertificates({ folder, seals: other, name: "Plancia Test", names, log: silentLog }, start);
    await expect(wrong).rejects.toThrow(
      expect.objectContaining({
        code: "start/unsafe",
        message: expect.stringMatching(/ca\.pem is sealed under another key/),
      }),
    );
    expect(readFileSync(join(folder, "ca.pem"), "utf8")).toBe(before);
    expect(await at(start)).toEqual(first);
  });

  it("the leaf under another key is made anew by the authority", async () => {
    const first = await at(start);
    const stranger = createSeals(new Uint8Array(32).fill(8)).seal(first.leaf.key, "own certificate server");
    writeFileSync(join(folder, "server.pem"), `plancia-sealed-key ${stranger}\n${first.leaf.cert}`);
    const next = await at(start);
    expect(next.authority).toEqual(first.authority);
    expect(next.leaf.cert).not.toBe(first.leaf.cert);
  });

  it.each([
    ["before it ends", leafDays * dayMs - renewLeafBeforeMs + dayMs, [], () => undefined],
    ["for another name", 0, ["other.example"], () => undefined],
    [
      "when it is cut",
      0,
      [],
      () => writeFileSync(join(folder, "server.pem"), readFileSync(join(folder, "server.pem")).subarray(0, 300)),
    ],
    ["when it is rubbish", 0, [], () => writeFileSync(join(folder, "server.pem"), "rubbish")],
    ["with a clock before its beginning", -3 * dayMs, [], () => undefined],
  ])("the leaf is made anew %s, by the same authority", async (_why, laterMs, more, harm) => {
    const first = await at(start);
    harm();
    const next = await at(start + laterMs, more);
    expect(next.authority).toEqual(first.authority);
    expect(next.leaf.cert).not.toBe(first.leaf.cert);
    expect(next.leaf.endsAtMs).toBeLessThanOrEqual(next.authority.endsAtMs);
  });

  it("the authority is made anew shortly before its end, and the leaf with it", async () => {
    const first = await at(start);
    const next = await at(start + authorityDays * dayMs - renewAuthorityBeforeMs + dayMs);
    expect(next.authority.fingerprint).not.toBe(first.authority.fingerprint);
    expect(new X509Certificate(next.leaf.cert).verify(new X509Certificate(next.authority.pem).publicKey)).toBe(true);
  });

  it("say so where the folder takes no file", async () => {
    writeFileSync(join(folder, "plain"), "");
    folder = join(folder, "plain");
    await expect(at(start)).rejects.toThrow(expect.objectContaining({ code: "start/read-only" }));
    folder = join(folder, "..");
  });
});
