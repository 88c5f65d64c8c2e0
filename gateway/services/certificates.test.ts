import { beforeEach, describe, expect, it } from "vitest";
import { MemoryTrustList, memoryJudge, waiting } from "../api/testing/certificates.ts";
import { type Caller, type Role, roles } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import type { AuditEntry } from "../core/records-port.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import type { CertificateJudge } from "./certificates.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
let list: MemoryTrustList;
let written: Pick<AuditEntry, "action" | "who" | "target" | "detail">[];
let again: string[];
let stale: boolean;
let full: boolean;
let judge: CertificateJudge;
let time: ManualTime;
let warned: string[];

beforeEach(() => {
  list = new MemoryTrustList();
  written = [];
  again = [];
  stale = false;
  full = false;
  const note = ({ action, who, target, detail }: AuditEntry) => void written.push({ action, who, target, detail });
  const audit = {
    note,
    append: async (entry: AuditEntry) => {
      if (full) throw new PlanciaError("store/unavailable", "full");
      note(entry);
    },
  };
  const gate = {
    assertFresh: () => {
      if (stale) throw new PlanciaError("auth/step-up-required", "again");
    },
  };
  const device = (id: string, reason: string) => void again.push(`${id}: ${reason}`);
  time = new ManualTime();
  warned = [];
  judge = memoryJudge({ audit, clock: time, gate, again: device, warn: (words) => warned.push(words) }, list);
});

function caller(role: Role): Caller {
  const base = { userId: "ada", name: "Ada", equipment: ["*"], signInId: "s", secondFactor: true, slots: [] };
  return { ...base, role, scope: "full", address: "192.0.2.1" };
}
const administrator = caller("administrator");

describe("who", () => {
  const readers = new Set<Role>(["engineer", "administrator"]);

  it.each(roles.map((role) => [role, readers.has(role)] as const))("%s sees the list: %s", async (role, sees) => {
    const asked = judge.list(caller(role));
    if (sees) expect(await asked).toMatchObject([{ driver: "opcua", fingerprint: waiting.fingerprint }]);
    else await expect(asked).rejects.toEqual(code("auth/forbidden"));
  });

  it.each(roles.filter((role) => role !== "administrator"))("%s decides nothing", async (role) => {
    await expect(judge.trust(caller(role), waiting.fingerprint)).rejects.toEqual(code("auth/forbidden"));
    await expect(judge.reject(caller(role), waiting.fingerprint)).rejects.toEqual(code("auth/forbidden"));
    await expect(judge.add(caller(role), "opcua", "pem")).rejects.toEqual(code("auth/forbidden"));
    expect([written, again, list.entries.get(waiting.fingerprint)]).toEqual([[], [], waiting]);
  });

  it("asks for a fresh second factor", async () => {
    stale = true;
    await expect(judge.trust(administrator, waiting.fingerprint)).rejects.toEqual(code("auth/step-up-required"));
    expect(list.entries.get(waiting.fingerprint)).toEqual(waiting);
  });
});

describe("a decision", () => {
  it("to trust is on the record with whose it is, and the device connects at once", async () => {
    const decided = await judge.trust(administrator, waiting.fingerprint.toUpperCase());
    expect(decided).toMatchObject({ state: "trusted", driver: "opcua" });
    const detail = { subject: "CN=press", devices: ["plc"] };
    expect(written).toMatchObject([{ action: "certificate.trusted", who: "Ada", target: waiting.fingerprint, detail }]);
    expect(again).toEqual(["plc: its certificate is trusted now"]);
  });

  it("to reject closes what stands on it", async () => {
    expect(await judge.reject(administrator, waiting.fingerprint)).toMatchObject({ state: "rejected" });
    expect(written).toMatchObject([{ action: "certificate.rejected", target: waiting.fingerprint }]);
    expect(again).toEqual(["plc: its certificate is rejected now"]);
  });

  it("made on the command line reaches the connections too, each decision once", async () => {
    await judge.follow();
    await list.trust("", waiting.fingerprint);
    await judge.follow();
    await judge.follow();
    expect(again).toEqual(["plc: its certificate is trusted now"]);
    await judge.reject(administrator, waiting.fingerprint);
    await judge.follow();
    expect(again.slice(1)).toEqual(["plc: its certificate is rejected now"]);
  });

  it("is not made where it cannot be put on the record", async () => {
    full = true;
    await expect(judge.trust(administrator, waiting.fingerprint)).rejects.toEqual(code("store/unavailable"));
    expect([again, list.entries.get(waiting.fingerprint)]).toEqual([[], waiting]);
  });

  it.each(["a1a1a1a1", "plc", "ff".repeat(32), ""])(
    "needs the whole fingerprint of one that is known, not %s",
    async (which) => {
      await expect(judge.trust(administrator, which)).rejects.toEqual(code("request/not-found"));
      expect(written).toEqual([]);
    },
  );
});

describe("one that was brought", () => {
  it("is trusted before any device has shown it", async () => {
    expect(await judge.add(administrator, "opcua", "pem")).toMatchObject({ state: "trusted", subject: "CN=brought" });
    expect(written).toMatchObject([{ action: "certificate.trusted", target: "b2".repeat(32) }]);
  });

  it.each([
    ["opcua", "no PEM"],
    ["modbus", "pem"],
  ])("of %s with %s is refused and nothing is written", async (driver, pem) => {
    await expect(judge.add(administrator, driver, pem)).rejects.toEqual(code("request/invalid"));
    expect([written, list.entries.size]).toEqual([[], 1]);
  });
});

describe("what authorities say", () => {
  it.each([
    ["authority", "certificate.authority-trusted"],
    ["issuer", "certificate.issuer-stored"],
  ] as const)("an %s is taken as one, on the record", async (role, action) => {
    expect(await judge.add(administrator, "opcua", "pem", role)).toMatchObject({ state: "trusted", role });
    expect(written).toMatchObject([{ action, target: "b2".repeat(32) }]);
  });

  it("a revocation list is taken by administrators alone, with a fresh factor and on the record", async () => {
    await expect(judge.addRevocations(caller("engineer"), "opcua", "list")).rejects.toEqual(code("auth/forbidden"));
    await expect(judge.addRevocations(administrator, "opcua", "no list")).rejects.toEqual(code("request/invalid"));
    await expect(judge.addRevocations(administrator, "modbus", "list")).rejects.toEqual(code("request/invalid"));
    expect(written).toEqual([]);
    expect(await judge.addRevocations(administrator, "opcua", "list")).toMatchObject({ driver: "opcua", entries: 1 });
    expect(written).toMatchObject([{ action: "certificate.revocation-list", detail: { issuer: "CN=Plant CA" } }]);
    expect(await judge.revocations(caller("engineer"))).toMatchObject([{ issuer: "CN=Plant CA" }]);
    stale = true;
    await expect(judge.addRevocations(administrator, "opcua", "list")).rejects.toEqual(code("auth/step-up-required"));
  });

  it("lets those that wait try again when an authority or a list is new, and nobody who is connected", async () => {
    const other = { ...waiting, fingerprint: "e5".repeat(32), state: "trusted", devices: ["mill"] } as const;
    list.entries.set(other.fingerprint, other);
    list.entries.set(waiting.fingerprint, { ...waiting, devices: ["plc", "mill"] });
    await judge.follow();
    await judge.add(administrator, "opcua", "pem", "authority");
    await judge.addRevocations(administrator, "opcua", "list");
    await judge.follow();
    expect(again).toEqual(["plc: an authority is judged anew", "plc: an authority is judged anew"]);
    list.entries.set(waiting.fingerprint, { ...waiting, state: "trusted", authority: "CN=Plant CA" });
    await judge.follow();
    expect(again).toHaveLength(2);
  });

  it("what is taken back ends what stands on it, once", async () => {
    const accepted = { ...waiting, state: "trusted", authority: "CN=Plant CA" } as const;
    list.entries.set(waiting.fingerprint, accepted);
    await judge.follow();
    list.entries.set(waiting.fingerprint, { ...accepted, against: "it is revoked since 2026-05-30" });
    await judge.follow();
    await judge.follow();
    expect(again).toEqual(["plc: its certificate is no longer good (it is revoked since 2026-05-30) now"]);
  });
});

describe("the gateway's own", () => {
  const end = Date.UTC(2036, 0, 1);
  const day = 86_400_000;

  it("is renewed by itself thirty days before its end, on the record, and not before", async () => {
    await time.advance(end - 31 * day - time.wallMs());
    await judge.renewDue();
    expect([written, warned]).toEqual([[], []]);
    await time.advance(end - 30 * day - time.wallMs());
    await judge.renewDue();
    await judge.renewDue();
    expect(written).toMatchObject([{ action: "certificate.own-renewed", who: "system", target: "opcua" }]);
    expect(warned).toEqual([expect.stringMatching(/renewed before its end on 2036-01-01: let the devices trust/)]);
    const [own] = await judge.own(caller("engineer"));
    expect(own).toMatchObject({ fingerprint: "c4".repeat(32), before: { fingerprint: "c3".repeat(32) } });
  });

  it("gone back to stays, warned of, and is renewed at its end all the same", async () => {
    await time.advance(end - 30 * day - time.wallMs());
    await judge.renewDue();
    expect(await judge.changeOwn(administrator, "opcua", "before")).toMatchObject({ kept: true, renewsAt: end });
    expect(written.at(-1)).toMatchObject({ action: "certificate.own-kept", who: "Ada" });
    await judge.renewDue();
    expect(warned.at(-1)).toMatch(/ends on 2036-01-01 and is kept by hand/);
    await time.advance(end + 1 - time.wallMs());
    await judge.renewDue();
    expect(written.at(-1)).toMatchObject({ action: "certificate.own-renewed" });
  });

  it("is changed by administrators alone, with a fresh factor", async () => {
    await expect(judge.changeOwn(caller("engineer"), "opcua", "new")).rejects.toEqual(code("auth/forbidden"));
    stale = true;
    await expect(judge.changeOwn(administrator, "opcua", "new")).rejects.toEqual(code("auth/step-up-required"));
    expect(list.ownOne.fingerprint).toBe("c3".repeat(32));
  });
});
