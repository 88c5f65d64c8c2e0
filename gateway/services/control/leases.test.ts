import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import { LeaseBench } from "../testing/lease-bench.ts";

describe("at the edge of a slot", () => {
  it("the next guest is told of nobody, and can take control, in the very millisecond", async () => {
    const bench = new LeaseBench();
    const startMs = bench.time.wallMs();
    const slot = (from: number) => ({
      role: "guest" as const,
      slots: [{ equipment: "press", startMs: startMs + from, endMs: startMs + from + 10_100 }],
    });
    await bench.holder("Otto", slot(0));
    await bench.time.advance(10_100);
    const { caller: gina } = bench.enter("Gina", slot(10_100));
    expect(bench.control.view(gina, bench.press)).toMatchObject({ holder: undefined, take: { allowed: true } });
    expect([await bench.control.take(gina, "press", { phone: false }), bench.holds()]).toEqual([[], "Gina"]);
  });
});

describe("prompts of whoever has control (R40)", () => {
  it("go to every page of the sign-in each 5 s, with a number that never comes again", async () => {
    const bench = new LeaseBench();
    const { caller, page } = await bench.holder();
    const second = bench.open(caller);
    const other = bench.enter("Bruno").page;
    await bench.time.advance(20_250);
    expect(page.prompts).toHaveLength(5);
    expect(new Set(page.prompts.map(({ n }) => n)).size).toBe(5);
    expect(second.prompts).toEqual(page.prompts);
    expect(other.prompts).toEqual([]);
    expect(bench.holds()).toBe("Anna");
  });

  it("are answered by one page that is awake for all", async () => {
    const bench = new LeaseBench();
    const { caller, page } = await bench.holder();
    page.awake = false;
    bench.open(caller);
    await bench.time.advance(60_000);
    expect(bench.holds()).toBe("Anna");
  });

  it("keep control alive for 15 s each, never longer", async () => {
    const bench = new LeaseBench();
    const { page } = await bench.holder();
    await bench.time.advance(30_250);
    page.awake = false;
    const lastAnswered = page.prompts.length;
    await bench.time.advance(14_500);
    expect([bench.holds(), page.prompts.length - lastAnswered]).toEqual(["Anna", 2]);
    await bench.time.advance(750);
    expect(bench.holds()).toBeUndefined();
    expect(bench.news.at(-1)).toBe("expired → nobody");
  });

  it("count only from the sign-in that has control, and only the newest", async () => {
    const bench = new LeaseBench();
    const { caller, page } = await bench.holder();
    const { caller: other } = bench.enter("Bruno");
    page.awake = false;
    await bench.time.advance(5500);
    const old = page.prompts.at(-1)?.n ?? 0;
    await bench.time.advance(5000);
    const newest = page.prompts.at(-1)?.n ?? 0;
    const answer = { visible: true, active: false };
    bench.control.alive(other, { n: newest, ...answer });
    bench.control.alive(caller, { n: old, ...answer });
    bench.control.alive(caller, { n: newest + 1, ...answer });
    await bench.time.advance(5000);
    expect(bench.holds()).toBeUndefined();
  });

  it("are given again to a page that comes back, so that it need not wait for the next", async () => {
    const bench = new LeaseBench();
    const { caller, page } = await bench.holder();
    await bench.time.advance(5250);
    page.close();
    await bench.time.advance(14_000);
    expect(bench.holds()).toBe("Anna");
    const back = bench.open(caller);
    expect(back.prompts).toHaveLength(1);
    await bench.time.advance(14_000);
    expect(bench.holds()).toBe("Anna");
    expect(bench.news).toEqual(["taken → Anna (by Anna)"]);
  });

  it("are not given to a page that comes back under another sign-in, whoever it is", async () => {
    const bench = new LeaseBench();
    const { page } = await bench.holder();
    await bench.time.advance(5250);
    page.close();
    const { page: elsewhere } = bench.enter("Anna", { signInId: "another" });
    await bench.time.advance(15_000);
    expect([elsewhere.prompts, bench.holds()]).toEqual([[], undefined]);
  });

  it("tell whether a page is in front", async () => {
    const bench = new LeaseBench();
    const { caller, page } = await bench.holder();
    page.visible = false;
    await bench.time.advance(5250);
    expect(bench.control.view(caller, bench.press).visible).toBe(false);
  });
});

describe("standing, as the pipeline asks", () => {
  it("is of one sign-in: another one of the same person is somebody else", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    const { caller: again } = bench.enter("Anna", { signInId: "another" });
    const { leases } = bench.control;
    expect(leases.standing(caller, "press")).toEqual({ holder: "self", name: "Anna" });
    expect(leases.standing(again, "press")).toEqual({ holder: "other", name: "Anna" });
    expect(leases.standing(caller, "oven")).toEqual({ holder: "nobody", name: undefined });
    expect(leases.standing(caller, "no-such-machine").holder).toBe("nobody");
  });

  it("is over with its time even when no timer has run since", async () => {
    const bench = new LeaseBench();
    const { caller, page } = await bench.holder();
    page.awake = false;
    const { leases } = bench.control;
    const seen: string[] = [];
    bench.time.after(15_000 - 0.5, () => seen.push(leases.standing(caller, "press").holder));
    bench.time.after(15_000, () => seen.push(leases.standing(caller, "press").holder));
    await bench.time.advance(15_000);
    expect(seen).toEqual(["self", "nobody"]);
  });

  it("tells at once that selects and approvals die, and whose go on (R41)", async () => {
    const bench = new LeaseBench();
    const told: unknown[] = [];
    bench.control.leases.onChange((equipment, unlessOf) => told.push([equipment, unlessOf]));
    const { caller } = await bench.holder();
    const { caller: boss } = bench.enter("Carla", { role: "supervisor" });
    await bench.control.request(boss, "press", { phone: false });
    expect(told).toEqual([["press", "s-Anna"]]);
    await bench.control.force(boss, "press", { phone: false, reason: "fire drill" });
    bench.control.release(boss, "press");
    expect(told.slice(1)).toEqual([
      ["press", "s-Carla"],
      ["press", undefined],
    ]);
    expect(bench.control.release(caller, "press")).toEqual([]);
  });

  it("says when the last page of a sign-in is gone (R6)", async () => {
    const bench = new LeaseBench();
    const gone: string[] = [];
    bench.control.leases.onDisconnected((signInId) => gone.push(signInId));
    const { caller, page } = bench.enter("Anna");
    const second = bench.open(caller);
    page.close();
    expect([bench.control.leases.connected("s-Anna"), gone]).toEqual([true, []]);
    second.close();
    second.close();
    expect([bench.control.leases.connected("s-Anna"), gone]).toEqual([false, ["s-Anna"]]);
  });
});

describe("control ends at once", () => {
  const guest = { role: "guest", equipment: [] } as const;

  it.each<[rule: string, name: string, end: (bench: LeaseBench, caller: Caller) => void, reason: string]>([
    ["R39", "with the key on LOCAL", (bench) => bench.set("press/key", false), "local-control"],
    [
      "R39",
      "with the key on LOCAL and back in one batch",
      (bench) => bench.see("press/key", false, true),
      "local-control",
    ],
    [
      "R21",
      "with a personal lock",
      (bench) => {
        bench.site.lockedOut = [{ id: "l", equipment: "press", person: "Bianchi", reason: undefined, since: 0 }];
        bench.site.changed("press");
      },
      "locked-out",
    ],
    [
      "R18",
      "with the island switch",
      (bench) => {
        bench.site.cut = true;
        bench.site.changed("*");
      },
      "island",
    ],
    [
      "R20",
      "when the emergency-stop chain comes into sight again",
      (bench) => {
        bench.site.chainSeenAgain = bench.time.monotonicMs() + 1;
        bench.site.changed("press");
      },
      "chain-unseen",
    ],
    [
      "R40",
      "with the sign-in",
      (bench, { signInId }) => {
        bench.today.set(signInId, undefined);
        bench.rightsChanged();
      },
      "sign-in-ended",
    ],
    [
      "R40",
      "with the right",
      (bench, caller) => {
        bench.today.set(caller.signInId, { ...caller, role: "viewer" });
        bench.rightsChanged();
      },
      "right-lost",
    ],
  ])("%s: %s", async (_rule, _name, end, reason) => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    end(bench, caller);
    expect(bench.news.at(-1)).toBe(`ended → nobody (${reason})`);
    expect(bench.actions("lease.ended")).toEqual([
      expect.objectContaining({ who: "system:lease", detail: { holder: "Anna", reason } }),
    ]);
  });

  it("R20: a chain that came into sight again before control was taken ends nothing", async () => {
    const bench = new LeaseBench();
    bench.site.chainSeenAgain = bench.time.monotonicMs();
    await bench.time.advance(1000);
    await bench.holder();
    bench.site.changed("press");
    await bench.time.advance(1000);
    expect(bench.holds()).toBe("Anna");
  });

  it("R40: with a guest's slot, to the look", async () => {
    const bench = new LeaseBench();
    const endMs = bench.time.wallMs() + 20_000;
    await bench.holder("Gast", { ...guest, slots: [{ equipment: "press", startMs: 0, endMs }] });
    await bench.time.advance(19_999);
    expect(bench.holds()).toBe("Gast");
    await bench.time.advance(251);
    expect(bench.news.at(-1)).toBe("ended → nobody (booking-ended)");
  });

  it("R39: with a key that is not Good for 5 s, not before", async () => {
    const bench = new LeaseBench();
    await bench.holder();
    bench.lose("press/key");
    await bench.time.advance(4750);
    expect(bench.holds()).toBe("Anna");
    bench.unreadable.clear();
    bench.refresh();
    await bench.time.advance(1000);
    bench.lose("press/key");
    await bench.time.advance(4750);
    expect(bench.holds()).toBe("Anna");
    await bench.time.advance(500);
    expect(bench.news.at(-1)).toBe("ended → nobody (key-unreadable)");
  });

  it("even where the audit cannot be written", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    bench.auditBroken = true;
    bench.control.release(caller, "press");
    expect(bench.holds()).toBeUndefined();
  });

  it("never because the wall clock moved", async () => {
    const bench = new LeaseBench();
    await bench.holder();
    const wall = bench.time.wallMs.bind(bench.time);
    let shiftMs = -3_600_000;
    bench.time.wallMs = () => wall() + shiftMs;
    await bench.time.advance(10_000);
    shiftMs = 86_400_000;
    await bench.time.advance(10_000);
    expect(bench.holds()).toBe("Anna");
  });
});
