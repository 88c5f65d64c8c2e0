import { describe, expect, it } from "vitest";
import { everywhere } from "../../core/site/island.ts";
import type { LockOutRecord } from "../../core/site/lock-out.ts";
import { Status } from "../../core/status.ts";
import { testPress } from "../../core/testing/plant.ts";
import { guardedPress, type Row, SiteBench } from "../testing/site-bench.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const cut = (equipment: string) => ({ equipment, who: "anna", since: 1 });
const lock = (id: string, person: string): LockOutRecord => ({
  ...{ id, equipment: "press", userId: `u-${person}`, person, reason: undefined, since: 1 },
});

describe("island mode (R18)", () => {
  it("cuts a machine off at once, and outlives the gateway", async () => {
    const bench = await SiteBench.started();
    const done = bench.site.cutOff(cut("press"));
    expect(bench.site.island("press")).toBe(true);
    expect(bench.changes).toEqual(["press"]);
    await done;
    const after = await SiteBench.started(guardedPress, bench.store);
    expect(after.site.island("press")).toBe(true);
    expect(await after.site.reconnect("press")).toBe(true);
    expect(after.site.island("press")).toBe(false);
    expect((await SiteBench.started(guardedPress, bench.store)).site.island("press")).toBe(false);
  });

  it("is noticed when another process sets it, for one machine or for the site", async () => {
    const bench = await SiteBench.started();
    await bench.store.putIsland(cut(everywhere));
    expect(bench.site.island("press")).toBe(false);
    await bench.noticed();
    expect([bench.site.island("press"), bench.changes]).toEqual([true, ["press"]]);
    await bench.store.removeIsland(everywhere);
    await bench.noticed();
    expect([bench.site.island("press"), bench.changes]).toEqual([false, ["press", "press"]]);
  });

  it("holds although the disk is full, says that it is not recorded, and is recorded as soon as it can be", async () => {
    const bench = await SiteBench.started();
    bench.store.broken = true;
    await expect(bench.site.cutOff(cut("press"))).rejects.toThrow(code("store/unavailable"));
    expect(bench.site.island("press")).toBe(true);
    bench.store.broken = false;
    await bench.noticed();
    expect(bench.site.island("press")).toBe(true);
    await bench.time.advance(2_000);
    expect([...bench.store.islandsKept.keys()]).toEqual(["press"]);
    expect(bench.site.island("press")).toBe(true);
  });

  it("stays where it cannot be taken back on the record", async () => {
    const bench = await SiteBench.started();
    await bench.site.cutOff(cut("press"));
    bench.store.broken = true;
    await expect(bench.site.reconnect("press")).rejects.toThrow(code("store/unavailable"));
    expect(bench.site.island("press")).toBe(true);
  });

  it("counts as set while it cannot be read", async () => {
    const bench = await SiteBench.started();
    bench.store.broken = true;
    await bench.noticed();
    expect([bench.site.island("press"), bench.changes]).toEqual([true, ["press"]]);
    bench.store.broken = false;
    await bench.time.advance(1_000);
    expect(bench.site.island("press")).toBe(false);
  });

  it("does not begin at all where the records cannot be read at the start", async () => {
    const bench = new SiteBench();
    bench.store.broken = true;
    await expect(bench.site.start()).rejects.toThrow(code("store/unavailable"));
  });
});

describe("lock-outs (R21)", () => {
  it("hang side by side, each lifted by itself, and outlive the gateway", async () => {
    const bench = await SiteBench.started();
    const done = bench.site.lockOut(lock("l1", "anna"));
    expect(bench.site.lockOuts("press").map(({ person }) => person)).toEqual(["anna"]);
    await done;
    await bench.site.lockOut(lock("l2", "bruno"));
    const after = await SiteBench.started(guardedPress, bench.store);
    expect(after.site.lockOuts("press").map(({ person }) => person)).toEqual(["anna", "bruno"]);
    expect([await after.site.lift("l1"), await after.site.lift("l1")]).toEqual([true, false]);
    expect(after.site.lockOuts("press").map(({ person }) => person)).toEqual(["bruno"]);
    expect(after.site.lockOuts("oven")).toEqual([]);
  });

  it("are one a person", async () => {
    const bench = await SiteBench.started();
    await bench.site.lockOut(lock("l1", "anna"));
    expect(() => bench.site.lockOut(lock("l2", "anna"))).toThrow(code("request/conflict"));
  });

  it("hold although the disk is full", async () => {
    const bench = await SiteBench.started();
    bench.store.broken = true;
    await expect(bench.site.lockOut(lock("l1", "anna"))).rejects.toThrow(code("store/unavailable"));
    expect(bench.site.lockOuts("press")).toHaveLength(1);
    bench.store.broken = false;
    await bench.time.advance(2_000);
    expect([...bench.store.lockOutsKept.keys()]).toEqual(["l1"]);
  });
});

describe("the emergency-stop chain (R20)", () => {
  const back: readonly Row[] = [
    ["chain", true],
    ["reset_done", true],
  ];

  it("is ready after a start with the chain closed, and not before it was read", async () => {
    const bench = new SiteBench();
    await bench.site.start();
    expect([bench.site.chain("press")?.ready, bench.why]).toEqual([false, "cannot be read"]);
    bench.see(["key", true], ["chain", true], ["reset_done", true]);
    expect(bench.site.chain("press")).toEqual({ closed: true, ready: true, why: undefined });
  });

  it.each<[string, (bench: SiteBench) => void]>([
    [
      "for a while",
      (bench) => {
        bench.see(["chain", null, Status.Bad_Timeout]);
        bench.see(["chain", true]);
      },
    ],
    ["within one batch", (bench) => bench.see(["chain", null, Status.Bad_Timeout], ["chain", true])],
    [
      "as a value that is only the last one usable",
      (bench) => {
        bench.see(["chain", true, Status.Uncertain_LastUsableValue]);
        bench.see(["chain", true]);
      },
    ],
    [
      "and was seen open when it came back",
      (bench) => {
        bench.see(["chain", null, Status.Bad_Timeout]);
        bench.see(["chain", false]);
      },
    ],
  ])("says when it came into sight again after it could not be seen, %s", async (_what, gap) => {
    const bench = await SiteBench.started();
    expect(bench.site.chainSeenAgainMs("press")).toBeUndefined();
    await bench.time.advance(1_000);
    bench.changes.length = 0;
    gap(bench);
    expect(bench.site.chainSeenAgainMs("press")).toBe(bench.time.monotonicMs());
    expect(bench.changes).toContain("press");
  });

  it("tells of no gap where nothing but the chain's first sight came", async () => {
    const bench = new SiteBench();
    await bench.site.start();
    bench.see(["chain", null, Status.Bad_WaitingForInitialData]);
    bench.see(["chain", true]);
    bench.see(["chain", true], ["reset_done", false]);
    expect(bench.site.chainSeenAgainMs("press")).toBeUndefined();
  });

  it("asks nothing of a machine that declares none", async () => {
    const bench = await SiteBench.started({});
    expect(bench.site.chain("press")).toBeUndefined();
  });

  it("waits for reset and key, and tells of each step", async () => {
    const bench = await SiteBench.started();
    bench.see(["chain", false], ["reset_done", false]);
    await bench.time.advance(1_000);
    bench.see(["chain", true]);
    expect(bench.why).toBe("was open: reset at the machine, turn the key to LOCAL and back to REMOTE");
    await bench.time.advance(1_000);
    bench.see(["reset_done", true]);
    bench.see(["key", false]);
    expect(bench.why).toBe("was open: turn the key back to REMOTE");
    bench.see(["key", true]);
    expect(bench.site.chain("press")?.ready).toBe(true);
    expect(bench.changes).toHaveLength(5);
    expect(bench.actions()).toEqual([
      "site.chain-unknown system:chain",
      "site.chain-opened system:chain",
      "site.chain-ready system:chain",
    ]);
  });

  it("sees a chain that opened and closed within one batch", async () => {
    const bench = await SiteBench.started();
    await bench.time.advance(1_000);
    bench.see(["chain", false], ["chain", true]);
    expect(bench.why).toBe("was open: reset at the machine, turn the key to LOCAL and back to REMOTE");
  });

  it("sees a key that was on LOCAL only within one batch", async () => {
    const bench = await SiteBench.started();
    bench.see(["chain", false], ["reset_done", false]);
    await bench.time.advance(1_000);
    bench.see(...back);
    bench.see(["key", false], ["key", true]);
    expect(bench.site.chain("press")?.ready).toBe(true);
  });

  it("takes LOCAL and the opening in one batch for an opening after LOCAL", async () => {
    const bench = await SiteBench.started();
    bench.see(["chain", false], ["key", false], ["key", true]);
    await bench.time.advance(1_000);
    bench.see(...back);
    expect(bench.why).toBe("was open: turn the key to LOCAL and back to REMOTE");
  });

  it("does not believe a reset that was read before the chain closed again", async () => {
    const bench = await SiteBench.started({ ...guardedPress, local: "none" });
    await bench.time.advance(1_000);
    bench.see(["chain", false]);
    await bench.time.advance(300);
    bench.see(["chain", true]);
    expect(bench.why).toBe("was open: reset at the machine");
    await bench.time.advance(300);
    bench.confirm("reset_done");
    expect(bench.why).toBeUndefined();
    expect(bench.actions()).toEqual([
      "site.chain-unknown system:chain",
      "site.chain-opened system:chain",
      "site.chain-ready system:chain",
    ]);
  });

  it("does not believe a key that was read before the chain opened", async () => {
    const bench = await SiteBench.started();
    bench.see(["key", false]);
    await bench.time.advance(1_000);
    bench.see(["chain", false]);
    bench.see(["key", true]);
    await bench.time.advance(1_000);
    bench.see(...back);
    bench.confirm("reset_done", "key");
    expect(bench.why).toBe("was open: turn the key to LOCAL and back to REMOTE");
  });

  it("waits on after the gateway was killed in between", async () => {
    const bench = await SiteBench.started();
    bench.see(["chain", false], ["reset_done", false]);
    await bench.time.advance(0);
    const after = new SiteBench(guardedPress, bench.store);
    await after.site.start();
    after.see(["key", true], ["chain", true], ["reset_done", true]);
    expect(after.why).toBe("was open: turn the key to LOCAL and back to REMOTE");
    after.see(["key", false]);
    after.see(["key", true]);
    expect(after.site.chain("press")?.ready).toBe(true);
    await after.time.advance(0);
    expect(bench.store.chainsKept.size).toBe(0);
  });

  it("asks for nothing where it was closed before a restart and is closed after it, and the audit says that the time between is not known", async () => {
    const bench = await SiteBench.started();
    await bench.time.advance(0);
    const after = new SiteBench(guardedPress, bench.store);
    await after.site.start();
    expect(after.actions()).toEqual([]);
    after.see(["key", true], ["chain", true], ["reset_done", true]);
    expect([after.site.chain("press")?.ready, after.actions()]).toEqual([true, ["site.chain-unknown system:chain"]]);
    after.see(["chain", null, Status.Bad_Timeout]);
    after.see(["chain", true]);
    expect(after.actions()).toEqual(["site.chain-unknown system:chain"]);
  });

  it("writes what it waits for until it is written", async () => {
    const bench = await SiteBench.started();
    bench.store.broken = true;
    bench.see(["chain", false]);
    await bench.time.advance(5_000);
    expect(bench.store.chainsKept.size).toBe(0);
    bench.store.broken = false;
    await bench.time.advance(2_000);
    expect(bench.store.chainsKept.get("press")).toMatchObject({ closed: false });
    await bench.site.stop();
    expect(bench.time.pending).toBe(0);
  });
});

describe("an attendant's confirmation (R20)", () => {
  it("is good for the longest time that a command allows, and once", async () => {
    const bench = await SiteBench.started();
    const untilMs = bench.site.confirm("press", "anna");
    expect(untilMs - bench.time.monotonicMs()).toBe(60_000);
    expect(bench.site.permit("press")).toMatchObject({ by: "anna", untilMs });
    expect([bench.site.takePermit("press", 60_000), bench.site.takePermit("press", 60_000)]).toEqual([true, false]);
    expect(bench.actions()).toEqual(["site.chain-unknown system:chain", "site.permit-used anna used"]);
  });

  it("ends after its time", async () => {
    const bench = await SiteBench.started();
    bench.site.confirm("press", "anna");
    await bench.time.advance(59_999);
    expect(bench.site.permit("press")?.by).toBe("anna");
    await bench.time.advance(1);
    expect([bench.site.permit("press"), bench.site.takePermit("press", 60_000)]).toEqual([undefined, false]);
  });

  it("is too old for a command that allows less, and good for the other one still", async () => {
    const bench = await SiteBench.started();
    bench.site.confirm("press", "anna");
    await bench.time.advance(19_999);
    expect(bench.site.permit("press", 20_000)?.by).toBe("anna");
    await bench.time.advance(1);
    expect([bench.site.permit("press", 20_000), bench.site.takePermit("press", 20_000)]).toEqual([undefined, false]);
    expect(bench.site.takePermit("press", 60_000)).toBe(true);
  });

  const ends: readonly (readonly [string, (bench: SiteBench) => void])[] = [
    ["the key is turned to LOCAL", (bench) => bench.see(["key", false])],
    ["the key was on LOCAL for a moment", (bench) => bench.see(["key", false], ["key", true])],
    ["the key cannot be read", (bench) => bench.see(["key", null, Status.Bad_NoCommunication])],
    ["the chain opens", (bench) => bench.see(["chain", false])],
    ["the chain opens for a moment", (bench) => bench.see(["chain", false], ["chain", true])],
    ["the chain cannot be read", (bench) => bench.see(["chain", null, Status.Bad_Timeout])],
    ["somebody locks the machine out", (bench) => void bench.site.lockOut(lock("l1", "bruno"))],
    ["the machine is cut off", (bench) => void bench.site.cutOff(cut("press"))],
    ["the site is cut off", (bench) => void bench.site.cutOff(cut(everywhere))],
  ];
  it.each(ends)("dies when %s, and does not come back", async (_name, happens) => {
    const bench = await SiteBench.started();
    bench.site.confirm("press", "anna");
    bench.changes.length = 0;
    happens(bench);
    expect(bench.site.permit("press")).toBeUndefined();
    expect(bench.changes).toContain("press");
    bench.see(["key", true], ["chain", true]);
    expect([bench.site.permit("press"), bench.site.takePermit("press", 60_000)]).toEqual([undefined, false]);
  });

  it("dies when another process cuts the machine off", async () => {
    const bench = await SiteBench.started();
    bench.site.confirm("press", "anna");
    await bench.store.putIsland(cut("press"));
    await bench.noticed();
    expect(bench.site.permit("press")).toBeUndefined();
  });

  it("does not outlive the gateway", async () => {
    const bench = await SiteBench.started();
    bench.site.confirm("press", "anna");
    expect((await SiteBench.started(guardedPress, bench.store)).site.permit("press")).toBeUndefined();
  });

  it.each(ends)("is not taken when %s", async (_name, happens) => {
    const bench = await SiteBench.started();
    happens(bench);
    if (bench.site.obstacle("press") === undefined) return;
    expect(() => bench.site.confirm("press", "anna")).toThrow(code("site/not-now"));
  });

  it("is not taken where no command waits for it", async () => {
    const bench = await SiteBench.started({ ...guardedPress, commands: testPress().commands });
    expect(() => bench.site.confirm("press", "anna")).toThrow(code("site/not-now"));
  });
});
