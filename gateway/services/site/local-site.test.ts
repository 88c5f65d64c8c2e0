import { beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry, UserRecord } from "../../core/records-port.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { MemorySite } from "../testing/memory-site.ts";
import { countedSecrets, plainPasswords } from "../testing/people-bench.ts";
import { kioskLinkHoldsMs, mostKioskLinks } from "./kiosks.ts";
import {
  addKioskLocally,
  cutOffLocally,
  kiosksLocally,
  type LocalSiteSettings,
  liftLocally,
  lockOutLocally,
  lockOutsLocally,
  reconnectLocally,
  removeKioskLocally,
  setPinLocally,
} from "./local-site.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

let site: MemorySite;
let audit: AuditEntry[];
let time: ManualTime;
let settings: LocalSiteSettings;
const users = new Map<string, Pick<UserRecord, "id" | "name" | "role">>([
  ["anna", { id: "u-anna", name: "Anna", role: "operator" }],
  ["vera", { id: "u-vera", name: "Vera", role: "viewer" }],
  ["gino", { id: "u-gino", name: "Gino", role: "guest" }],
]);
beforeEach(() => {
  site = new MemorySite();
  audit = [];
  time = new ManualTime();
  settings = {
    site,
    people: { findUserByName: async (name) => users.get(name.toLowerCase()) as UserRecord | undefined },
    audit: {
      append: async (entry) => {
        audit.push(entry);
        return { ...entry, n: audit.length, hash: "" };
      },
    },
    passwords: plainPasswords,
    secrets: countedSecrets,
    clock: time,
  };
});
const audited = () =>
  audit.map(({ action, who, equipment, target }) => [action, who, equipment, target].join(" ").trim());

describe("on the box", () => {
  it("the site and single machines are cut off and connected, each by itself", async () => {
    await cutOffLocally(settings, "press");
    await cutOffLocally(settings, undefined);
    expect((await reconnectLocally(settings, "press")).map(({ equipment }) => equipment)).toEqual(["*"]);
    await cutOffLocally(settings, "oven");
    expect((await reconnectLocally(settings, undefined)).map(({ equipment }) => equipment)).toEqual(["oven"]);
    expect(audited()).toEqual([
      "site.island-on system:command-line press",
      "site.island-on system:command-line",
      "site.island-off system:command-line press",
      "site.island-on system:command-line oven",
      "site.island-off system:command-line",
    ]);
  });

  it("what is not cut off is not connected, and the answer says what is", async () => {
    await expect(reconnectLocally(settings, "press")).rejects.toThrow("press is not cut off by itself");
    await cutOffLocally(settings, undefined);
    await expect(reconnectLocally(settings, "press")).rejects.toThrow("plancia island off");
  });

  it("a person is locked out under the account of that name, or without one", async () => {
    expect(await lockOutLocally(settings, { equipment: "press", person: "ANNA", reason: "belt" })).toMatchObject({
      userId: "u-anna",
      person: "Anna",
    });
    expect(await lockOutLocally(settings, { equipment: "press", person: "Fitter", reason: undefined })).toMatchObject({
      userId: undefined,
      person: "Fitter",
    });
    await expect(lockOutLocally(settings, { equipment: "press", person: "anna", reason: undefined })).rejects.toThrow(
      code("request/conflict"),
    );
    expect((await lockOutsLocally(settings)).map(({ person }) => person)).toEqual(["Anna", "Fitter"]);
  });

  it("a lock-out is lifted by saying whose it is", async () => {
    const { id } = await lockOutLocally(settings, { equipment: "press", person: "anna", reason: undefined });
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    await expect(liftLocally(settings, id, "Bruno")).rejects.toThrow(code("auth/forbidden"));
    await expect(liftLocally(settings, "none", "anna")).rejects.toThrow(code("request/not-found"));
    await liftLocally(settings, id, "anna");
    expect(await lockOutsLocally(settings)).toEqual([]);
  });

  it("a kiosk gets a link that is good once, for a quarter of an hour", async () => {
    const { kiosk, secret } = await addKioskLocally(settings, { equipment: "press", name: " Press panel " });
    expect(kiosk.name).toBe("Press panel");
    expect(JSON.stringify([audit, [...site.kiosksKept], [...site.links]])).not.toContain(secret);
    await time.advance(kioskLinkHoldsMs);
    expect(await site.enrolKiosk(countedSecrets.hash(secret), "key", time.wallMs())).toBeUndefined();
    const again = await addKioskLocally(settings, { equipment: "press", name: "Second" });
    expect(await site.enrolKiosk(countedSecrets.hash(again.secret), "key", time.wallMs())).toBeDefined();
    await expect(addKioskLocally(settings, { equipment: "oven", name: "second" })).rejects.toThrow(
      code("request/conflict"),
    );
    for (const name of ["", "x".repeat(101), "a\nb"])
      await expect(addKioskLocally(settings, { equipment: "press", name })).rejects.toThrow(code("request/invalid"));
  });

  it("lets only so many links be open at a time; those used and those that ended do not count", async () => {
    const add = (name: string) => addKioskLocally(settings, { equipment: "press", name });
    const { secret } = await add("first");
    for (let n = 1; n < mostKioskLinks; n++) await add(`panel ${n}`);
    await expect(add("one more")).rejects.toThrow(`${mostKioskLinks} links are open already`);
    expect(audited()).toHaveLength(mostKioskLinks);
    await site.enrolKiosk(countedSecrets.hash(secret), "key", time.wallMs());
    await add("one more");
    await expect(add("two more")).rejects.toThrow(code("request/conflict"));
    await time.advance(kioskLinkHoldsMs);
    await add("two more");
  });

  it("a kiosk is removed", async () => {
    const { kiosk } = await addKioskLocally(settings, { equipment: "press", name: "Panel" });
    await removeKioskLocally(settings, kiosk.id);
    await expect(removeKioskLocally(settings, kiosk.id)).rejects.toThrow(code("request/not-found"));
    expect(await kiosksLocally(settings)).toEqual([]);
    expect(audited()).toEqual([
      "kiosk.added system:command-line press kiosk:Panel",
      "kiosk.removed system:command-line press kiosk:Panel",
    ]);
  });

  it("a PIN is set for those who may operate, and never stands anywhere", async () => {
    await setPinLocally(settings, "anna", "482915");
    expect(site.pins.get("u-anna")).toBe("plain 482915");
    expect(JSON.stringify(audit)).not.toContain("482915");
    await expect(setPinLocally(settings, "anna", "123456")).rejects.toThrow(code("user/pin-weak"));
    await expect(setPinLocally(settings, "nobody", "482915")).rejects.toThrow(code("request/not-found"));
    for (const name of ["vera", "gino"])
      await expect(setPinLocally(settings, name, "482915")).rejects.toThrow(code("request/invalid"));
  });
});
