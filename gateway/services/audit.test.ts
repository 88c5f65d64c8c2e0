import { beforeEach, describe, expect, it } from "vitest";
import type { Caller, Role } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import { silentLog } from "../core/log.ts";
import type { AuditEntry, AuditStore } from "../core/records-port.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { AuditDesk, auditEntry, denialNotes, mostWaitingEntries, retryEveryMs } from "./audit.ts";
import { searchAudit, searchMs } from "./audit-search.ts";

/** A store whose disk can fail. */
class FailingStore implements Pick<AuditStore, "append" | "list" | "head"> {
  readonly entries: AuditEntry[] = [];
  readonly asked: unknown[] = [];
  broken = false;

  async append(entry: AuditEntry) {
    if (this.broken) throw new PlanciaError("store/unavailable", "The disk is full");
    if (entry.action === "too large") throw new PlanciaError("request/too-large", "too large");
    this.entries.push(entry);
    return { ...entry, n: this.entries.length, hash: "" };
  }

  async list(filter: unknown) {
    this.asked.push(filter);
    return [];
  }

  async head() {
    return { count: 25_000, hash: "" };
  }
}

let store: FailingStore;
let time: ManualTime;
let desk: AuditDesk;
beforeEach(() => {
  store = new FailingStore();
  time = new ManualTime();
  desk = new AuditDesk({ store, clock: time, timers: time, log: silentLog });
});

const entry = (action: string) => auditEntry({ at: 1, class: "system", action, who: "test" });
const actions = () => store.entries.map((each) => each.action);
const unavailable = expect.objectContaining({ code: "store/unavailable" });

describe("the audit desk", () => {
  it("is unavailable from the first failure until it is written again, and says both", async () => {
    await desk.append(entry("before"));
    store.broken = true;
    await expect(desk.append(entry("not done"))).rejects.toThrow(unavailable);
    expect(desk.available()).toBe(false);
    await time.advance(retryEveryMs);
    expect(desk.available()).toBe(false);
    store.broken = false;
    await time.advance(retryEveryMs);
    expect(desk.available()).toBe(true);
    expect(actions()).toEqual(["before", "audit.interrupted", "audit.resumed"]);
    expect(time.pending).toBe(0);
  });

  it("tells of both moments once each, and a listener that fails keeps nothing from being written", async () => {
    const heard: boolean[] = [];
    desk.onChange(() => {
      throw new Error("deaf");
    });
    const stop = desk.onChange(() => heard.push(desk.available()));
    store.broken = true;
    desk.note(entry("first"));
    desk.note(entry("second"));
    await time.advance(retryEveryMs);
    expect(heard).toEqual([false]);
    store.broken = false;
    await time.advance(retryEveryMs);
    expect(heard).toEqual([false, true]);
    stop();
    store.broken = true;
    desk.note(entry("third"));
    await time.advance(0);
    expect([desk.available(), heard.length]).toEqual([false, 2]);
    store.broken = false;
    await time.advance(retryEveryMs);
    expect(actions()).toContain("third");
  });

  it("keeps what has happened until it can be written, in order", async () => {
    store.broken = true;
    desk.note(entry("first"));
    await time.advance(0);
    desk.note(entry("second"));
    store.broken = false;
    await time.advance(retryEveryMs);
    expect(actions()).toEqual(["audit.interrupted", "first", "second", "audit.resumed"]);
  });

  it("loses an entry that the store will never take, and none of those that follow", async () => {
    desk.note(entry("too large"));
    await time.advance(0);
    desk.note(entry("after"));
    await time.advance(0);
    expect(actions()).toEqual(["after"]);
    expect(desk.available()).toBe(true);
    expect(desk.state()).toEqual({ available: true, waiting: 0, dropped: 1 });
  });

  it("does not get stuck on an entry that the store will not take once it can be written again", async () => {
    store.broken = true;
    desk.note(entry("before"));
    await time.advance(0);
    desk.note(entry("too large"));
    desk.note(entry("after"));
    store.broken = false;
    await time.advance(retryEveryMs);
    expect(actions()).toEqual(["audit.interrupted", "before", "after", "audit.resumed"]);
  });

  it("writes what waited once, though an entry that succeeds wakes it while it is being written", async () => {
    store.broken = true;
    for (const action of ["first", "second", "third"]) {
      desk.note(entry(action));
      await time.advance(0);
    }
    store.broken = false;
    await Promise.all([desk.append(entry("now")), desk.append(entry("and now"))]);
    await time.advance(retryEveryMs);
    expect(actions().sort()).toEqual(
      ["audit.interrupted", "first", "second", "third", "now", "and now", "audit.resumed"].sort(),
    );
  });

  it("drops notes beyond the limit, counts them and says how many", async () => {
    store.broken = true;
    desk.note(entry("note"));
    await time.advance(0);
    for (let i = 0; i < mostWaitingEntries + 8; i++) desk.note(entry("note"));
    expect(desk.state()).toEqual({ available: false, waiting: mostWaitingEntries, dropped: 10 });
    store.broken = false;
    await time.advance(retryEveryMs);
    expect(store.entries.at(-1)).toMatchObject({ action: "audit.resumed", detail: { dropped: 10 } });
  });

  it("recovers at once when an entry can be written before the next try", async () => {
    store.broken = true;
    await expect(desk.append(entry("x"))).rejects.toThrow(unavailable);
    store.broken = false;
    await desk.append(entry("y"));
    await time.advance(0);
    expect(desk.available()).toBe(true);
  });

  it("stays available when an entry itself was wrong", async () => {
    await expect(desk.append(entry("too large"))).rejects.toThrow(
      expect.objectContaining({ code: "request/too-large" }),
    );
    expect(desk.available()).toBe(true);
  });

  it("tries once more when it is closed, and leaves no timer", async () => {
    store.broken = true;
    desk.note(entry("late"));
    await time.advance(0);
    store.broken = false;
    await desk.close();
    expect([actions().includes("late"), time.pending]).toEqual([true, 0]);
  });
});

describe("reading the audit", () => {
  const caller = (role: Role, equipment: readonly string[], scope: Caller["scope"] = "full"): Caller => {
    return {
      userId: "u",
      name: "u",
      role,
      equipment,
      signInId: "s",
      secondFactor: false,
      scope,
      slots: [],
      address: "",
    };
  };

  it.each([
    ["viewer", ["*"], "full"],
    ["operator", ["*"], "full"],
    ["guest", ["*"], "full"],
    ["administrator", ["*"], "stop"],
  ] as const)("is refused to a %s", async (role, equipment, scope) => {
    await expect(desk.list(caller(role, equipment, scope), { limit: 1 })).rejects.toThrow(
      expect.objectContaining({ code: "auth/forbidden" }),
    );
    expect(store.asked).toEqual([]);
  });

  it.each([
    ["administrator", ["press"], undefined],
    ["supervisor", ["*"], undefined],
  ] as const)("shows a %s of %j all of it, five hundred rows at most", async (role, equipment, visible) => {
    expect(await desk.list(caller(role, equipment), { limit: 1e9, who: "x" })).toEqual({
      entries: [],
      next: undefined,
    });
    expect(store.asked).toEqual([{ limit: 500, who: "x", visible, beforeN: undefined }]);
  });

  it.each([[["press", "mill*"]], [[]]])("shows a supervisor of %j only what he may see", async (equipment) => {
    await desk.list(caller("supervisor", equipment), { limit: 50 });
    expect(store.asked.map((asked) => (asked as { visible: unknown }).visible)).toEqual(Array(3).fill(equipment));
  });

  it("looks for a text step by step, from the newest on, so that nobody waits for it", async () => {
    const steps = () =>
      (store.asked as { fromN: number; beforeN: number }[]).map(({ fromN, beforeN }) => [fromN, beforeN]);
    expect(await desk.list(caller("administrator", []), { limit: 50, text: "x" })).toEqual({
      entries: [],
      next: undefined,
    });
    expect(steps()).toEqual([
      [15_001, 25_001],
      [5_001, 15_001],
      [1, 5_001],
    ]);
  });

  it("answers a search that takes too long with where to go on", async () => {
    const slow = Object.assign(store, {
      list: async () => {
        await time.advance(searchMs);
        return [];
      },
    });
    const answer = await searchAudit(slow, time, { limit: 50, text: "x", beforeN: undefined });
    expect(answer).toEqual({ entries: [], next: 5_001 });
    expect(await searchAudit(slow, time, { limit: 50, text: "x", beforeN: answer.next })).toEqual({
      entries: [],
      next: undefined,
    });
  });
});

describe("notes of denials", () => {
  it("are written once a minute for the same person and route", async () => {
    const denied = denialNotes(desk, time);
    const caller: Caller = {
      userId: "u",
      name: "Vito",
      role: "viewer",
      equipment: [],
      signInId: "s",
      secondFactor: false,
      scope: "full",
      slots: [],
      address: "192.0.2.1",
    };
    for (let i = 0; i < 100; i++) denied(caller, "people:manage", "GET /api/v1/users");
    denied(caller, "people:manage", "POST /api/v1/users");
    await time.advance(60_000);
    denied(caller, "people:manage", "GET /api/v1/users");
    await time.advance(0);
    expect(store.entries).toHaveLength(3);
    expect(store.entries[0]).toMatchObject({
      action: "access.denied",
      who: "Vito",
      target: "GET /api/v1/users",
      detail: { permission: "people:manage" },
    });
  });
});
