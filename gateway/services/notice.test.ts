import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "../core/access/policy.ts";
import { silentLog } from "../core/log.ts";
import { testPlant } from "../core/testing/plant.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { type RecordsBench, recordsBench, testUser } from "../stores/records/testing/bench.ts";
import { AuditDesk } from "./audit.ts";
import { NoticeDesk, noticeOf } from "./notice.ts";

let bench: RecordsBench;
let desk: NoticeDesk;
const { site, security } = testPlant();
const caller: Caller = {
  ...{ userId: "anna", name: "Anna", role: "viewer", equipment: [], signInId: "s", secondFactor: false },
  ...{ scope: "full", slots: [], address: "192.0.2.1" },
};

beforeEach(async () => {
  bench = await recordsBench();
  await bench.records.people.addUser(testUser("anna"));
  desk = deskOf(site);
});
afterEach(() => bench[Symbol.asyncDispose]());

function deskOf(of: typeof site): NoticeDesk {
  const time = new ManualTime();
  const audit = new AuditDesk({ store: bench.records.audit, clock: time, timers: time, log: silentLog });
  return new NoticeDesk({ plant: { site: of, security }, store: bench.records.installation, audit, clock: time });
}

describe("the notice before sign-in", () => {
  it("is filled in with whom to ask and for how long", () => {
    const text = { en: "{intervention} {administration} {sign-in} {contact} {x}", it: "{contact}" };
    const filled = noticeOf({ site: { ...site, notice: { text, contact: "Ada", checked: true } }, security });
    expect(filled.text).toEqual({ en: "1827 1827 366 Ada {x}", it: "Ada" });
    expect(noticeOf({ site, security }).text.en).toContain("+39 02 0000000");
  });

  it("is read once by each person, and that is on the record", async () => {
    expect(await desk.isRead(caller)).toBe(false);
    await desk.read(caller, desk.notice.version);
    await desk.read(caller, desk.notice.version);
    expect(await desk.isRead(caller)).toBe(true);
    const entries = await bench.records.audit.list({ limit: 9 });
    expect(entries).toMatchObject([
      { action: "notice.read", who: "Anna", address: "192.0.2.1", detail: { version: desk.notice.version } },
    ]);
  });

  it("is to be read again once its text is another one", async () => {
    await desk.read(caller, desk.notice.version);
    const changed = deskOf({ ...site, notice: { text: { en: "New.", it: "Nuovo." }, checked: true } });
    expect(await changed.isRead(caller)).toBe(false);
    await expect(changed.read(caller, desk.notice.version)).rejects.toThrow(
      expect.objectContaining({ code: "request/conflict" }),
    );
  });
});
