import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import type { Cause } from "../../core/control/command.ts";
import { LeaseBench } from "../testing/lease-bench.ts";

const names = (causes: readonly Cause[]): string[] => causes.map((each) => each.cause);
const phone = { phone: true };
const desktop = { phone: false };

describe("taking control (R40, R44)", () => {
  it("is in the audit with who and from where before it happens", async () => {
    const bench = new LeaseBench();
    let written = (): void => undefined;
    bench.auditSlow = new Promise((resolve) => {
      written = resolve;
    });
    const { caller } = bench.enter("Anna");
    const taking = bench.control.take(caller, "press", desktop);
    await bench.time.advance(0);
    expect(bench.holds()).toBeUndefined();
    written();
    expect([await taking, bench.holds()]).toEqual([[], "Anna"]);
    expect(bench.actions("lease.taken")).toEqual([
      expect.objectContaining({
        class: "intervention",
        who: "Anna",
        address: "127.0.0.1",
        equipment: "press",
        detail: { to: "Anna" },
      }),
    ]);
  });

  it("is refused where the audit cannot be written", async () => {
    const bench = new LeaseBench();
    bench.auditBroken = true;
    const causes = await bench.control.take(bench.enter("Anna").caller, "press", desktop);
    expect([names(causes), bench.holds()]).toEqual([["audit-unavailable"], undefined]);
  });

  it("waits until what follows its loss is accepted (R9, R15)", async () => {
    const bench = new LeaseBench();
    bench.site.losingOtherwise = new Set(["press"]);
    const { caller } = bench.enter("Anna");
    expect(names(await bench.control.take(caller, "press", desktop))).toEqual(["approval-missing"]);
    bench.site.losingOtherwise = new Set();
    expect([await bench.control.take(caller, "press", desktop), bench.holds()]).toEqual([[], "Anna"]);
  });

  it("needs an open page of the same sign-in", async () => {
    const bench = new LeaseBench();
    const { caller, page } = bench.enter("Anna");
    page.close();
    expect(names(await bench.control.take(caller, "press", desktop))).toEqual(["communication-loss"]);
    bench.enter("Anna", { signInId: "another" });
    expect(names(await bench.control.take(caller, "press", desktop))).toEqual(["communication-loss"]);
  });

  it("is refused with all causes at once, and each refusal is in the audit once a minute", async () => {
    const bench = new LeaseBench();
    await bench.holder();
    bench.lose("press/key");
    const { caller } = bench.enter("Bruno", {}, "Mozilla/5.0 (Linux; Android 15) Mobile");
    const causes = await bench.control.take(caller, "press", desktop);
    expect(names(causes)).toEqual(["held-by-other", "local-control", "no-permission"]);
    await bench.control.take(caller, "press", desktop);
    expect(bench.actions("lease.refused").map(({ who, detail }) => [who, detail])).toEqual([
      ["Bruno", { wanted: "take", causes: ["held-by-other", "local-control", "no-permission"] }],
    ]);
  });

  it("happens once, however often it is clicked", async () => {
    const bench = new LeaseBench();
    const { caller } = bench.enter("Anna");
    const both = await Promise.all([1, 2].map(() => bench.control.take(caller, "press", desktop)));
    expect([both, bench.news]).toEqual([[[], []], ["taken → Anna (by Anna)"]]);
    expect(bench.actions("lease.taken")).toHaveLength(1);
  });

  it("of two at the same moment is one's, and the other is told whose", async () => {
    const bench = new LeaseBench();
    const both = await Promise.all(
      ["Anna", "Bruno"].map((name) => bench.control.take(bench.enter(name).caller, "press", desktop)),
    );
    expect(both.map(names)).toEqual([[], ["held-by-other"]]);
    expect(both[1]?.[0]?.text.en).toBe("Anna has control");
  });

  it("looks again after the audit was written: a key that was turned meanwhile counts", async () => {
    const bench = new LeaseBench();
    let written = (): void => undefined;
    bench.auditSlow = new Promise((resolve) => {
      written = resolve;
    });
    const taking = bench.control.take(bench.enter("Anna").caller, "press", desktop);
    await bench.time.advance(0);
    bench.set("press/key", false);
    written();
    expect([names(await taking), bench.holds()]).toEqual([["local-control"], undefined]);
  });

  it("R44: gives a person two machines, a guest one, under whatever sign-in", async () => {
    const bench = new LeaseBench();
    const { caller } = await bench.holder();
    const { caller: again } = bench.enter("Anna", { signInId: "another" });
    expect(names(await bench.control.take(again, "oven", desktop))).toEqual([]);
    const causes = await bench.control.take(caller, "mill", desktop);
    expect(names(causes)).toEqual(["rate-limited"]);
    expect(causes[0]?.text.en).toContain("Press, oven");
    bench.control.release(caller, "press");
    expect(names(await bench.control.take(caller, "mill", desktop))).toEqual([]);
    const slots = ["press", "oven"].map((equipment) => ({ equipment, startMs: 0, endMs: Number.MAX_SAFE_INTEGER }));
    const { caller: guest } = await bench.holder("Gast", { role: "guest", slots });
    expect(names(await bench.control.take(guest, "oven", desktop))).toContain("rate-limited");
  });

  it("R40: knows a phone by what it says, or by what its browser says", async () => {
    const bench = new LeaseBench({ phoneControl: "operate" });
    const { caller } = bench.enter("Anna");
    await bench.control.take(caller, "press", phone);
    expect(bench.control.view(caller, bench.press).phone).toBe(true);
    const { caller: other } = bench.enter("Bruno", {}, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)");
    expect(names(await bench.control.take(other, "mill", desktop))).toEqual(["no-permission"]);
  });

  it.each<[string, Partial<Caller>, string, string]>([
    ["a viewer", { role: "viewer" }, "take", "auth/forbidden"],
    ["an operator by force", { role: "operator" }, "force", "auth/forbidden"],
    ["whoever may not see the machine", { equipment: ["oven"] }, "take", "request/not-found"],
    ["a guest without a slot", { role: "guest" }, "take", "request/not-found"],
    ["a stop-only credential", { scope: "stop" }, "take", "request/not-found"],
  ])("is not for %s", async (_name, more, how, code) => {
    const bench = new LeaseBench();
    const { caller } = bench.enter("Anna", more);
    const wanted = { phone: false, reason: "x" };
    const taking =
      how === "take" ? bench.control.take(caller, "press", wanted) : bench.control.force(caller, "press", wanted);
    await expect(taking).rejects.toMatchObject({ code });
    await expect(bench.control.take(caller, "no-such-machine", desktop)).rejects.toMatchObject({
      code: "request/not-found",
    });
  });
});

describe("handing over (R41)", () => {
  async function asked() {
    const bench = new LeaseBench();
    const anna = await bench.holder();
    const bruno = bench.enter("Bruno");
    expect(bench.control.request(bruno.caller, "press", desktop)).toEqual([]);
    return { bench, anna, bruno };
  }

  it("passes control when the holder accepts, with his words, audited before", async () => {
    const { bench, anna, bruno } = await asked();
    const view = bench.control.view(anna.caller, bench.press);
    expect(view.request).toEqual({ user: "Bruno", mine: false, answerBefore: bench.time.wallMs() + 30_000 });
    expect(await bench.control.answer(anna.caller, "press", { accept: true, note: "Tank is low" })).toEqual([]);
    expect([bench.holds(), bench.news.at(-1)]).toEqual(["Bruno", "handed-over → Bruno (by Anna, Tank is low)"]);
    expect(bench.actions("lease.handed-over")[0]).toMatchObject({
      who: "Anna",
      detail: { from: "Anna", to: "Bruno", reason: "Tank is low" },
    });
    await bench.time.advance(30_000);
    expect([bench.holds(), bruno.page.prompts.length > 5]).toEqual(["Bruno", true]);
  });

  it("does not, when it cannot be written down", async () => {
    const { bench, anna } = await asked();
    bench.auditBroken = true;
    const causes = await bench.control.answer(anna.caller, "press", { accept: true, note: undefined });
    expect([names(causes), bench.holds()]).toEqual([["audit-unavailable"], "Anna"]);
  });

  it.each<[string, (bench: LeaseBench, bruno: Caller) => void, string]>([
    ["is gone", (bench, { signInId }) => bench.today.set(signInId, undefined), "no-permission"],
    [
      "lost the right",
      (bench, caller) => bench.today.set(caller.signInId, { ...caller, role: "viewer" }),
      "no-permission",
    ],
  ])("does not, when whoever asked %s", async (_name, change, cause) => {
    const { bench, anna, bruno } = await asked();
    change(bench, bruno.caller);
    const causes = await bench.control.answer(anna.caller, "press", { accept: true, note: undefined });
    expect([names(causes), bench.holds()]).toEqual([[cause], "Anna"]);
    expect(causes[0]?.text.en).toBe("Bruno: Not in your role");
  });

  it("passes to nobody where the request was taken back meanwhile, and the record says so", async () => {
    const { bench, anna, bruno } = await asked();
    const { caller: carla } = bench.enter("Carla");
    let written = (): void => undefined;
    bench.auditSlow = new Promise((resolve) => {
      written = resolve;
    });
    const answered = bench.control.answer(anna.caller, "press", { accept: true, note: undefined });
    answered.catch(() => undefined);
    bench.control.withdraw(bruno.caller, "press");
    expect(names(bench.control.request(carla, "press", desktop))).toEqual(["held-by-other"]);
    written();
    await expect(answered).rejects.toMatchObject({ code: "request/conflict" });
    expect(bench.holds()).toBe("Anna");
    expect(bench.actions("lease.refused").at(-1)).toMatchObject({ who: "Anna", detail: { wanted: "accept" } });
  });

  it("does not, when the page of whoever asked is gone", async () => {
    const { bench, anna, bruno } = await asked();
    bruno.page.close();
    const causes = await bench.control.answer(anna.caller, "press", { accept: true, note: undefined });
    expect([names(causes), bench.holds()]).toEqual([["communication-loss"], "Anna"]);
  });

  it("is declined with words, taken back, or left unanswered", async () => {
    const { bench, anna, bruno } = await asked();
    await bench.control.answer(anna.caller, "press", { accept: false, note: "In ten minutes" });
    bench.control.request(bruno.caller, "press", desktop);
    bench.control.withdraw(bruno.caller, "press");
    bench.control.request(bruno.caller, "press", desktop);
    await bench.time.advance(30_000);
    expect(bench.news.slice(1)).toEqual([
      "requested → Anna (by Bruno)",
      "declined → Anna (by Anna, In ten minutes)",
      "requested → Anna (by Bruno)",
      "withdrawn → Anna (by Bruno)",
      "requested → Anna (by Bruno)",
      "withdrawn → Anna (by Bruno, unanswered)",
    ]);
    expect(bench.actions("lease.withdrawn").map(({ who }) => who)).toEqual(["Bruno", "system:lease"]);
    await expect(bench.control.answer(anna.caller, "press", { accept: true, note: undefined })).rejects.toMatchObject({
      code: "request/conflict",
    });
  });

  it.each([true, false])("answers only the request that is meant: accept %s", async (accept) => {
    const { bench, anna, bruno } = await asked();
    bench.control.withdraw(bruno.caller, "press");
    const { caller: carla } = bench.enter("Carla");
    bench.control.request(carla, "press", desktop);
    const to = (user: string) => bench.control.answer(anna.caller, "press", { accept, user });
    await expect(to("Bruno")).rejects.toMatchObject({ code: "request/conflict" });
    expect([bench.holds(), bench.control.view(anna.caller, bench.press).request?.user]).toEqual(["Anna", "Carla"]);
    expect(await to("Carla")).toEqual([]);
    expect(bench.holds()).toBe(accept ? "Carla" : "Anna");
  });

  it("is answered by nobody but the holder, and asked by one at a time", async () => {
    const { bench, bruno } = await asked();
    const { caller: carla } = bench.enter("Carla");
    for (const accept of [true, false]) {
      const causes = await bench.control.answer(bruno.caller, "press", { accept, note: undefined });
      expect(names(causes)).toEqual(["held-by-other"]);
    }
    expect(bench.control.request(carla, "press", desktop)[0]?.text.en).toBe("Bruno has asked for it already");
    expect(() => bench.control.withdraw(carla, "press")).toThrow(expect.objectContaining({ code: "request/conflict" }));
    expect(() => bench.control.request(carla, "oven", desktop)).toThrow(
      expect.objectContaining({ code: "request/conflict" }),
    );
  });
});

describe("taking by force (R41)", () => {
  it("passes control to a supervisor, with the reason for both sides and the audit", async () => {
    const bench = new LeaseBench();
    const anna = await bench.holder();
    const { caller: carla } = bench.enter("Carla", { role: "supervisor" });
    expect(bench.control.view(carla, bench.press).force).toBe(true);
    expect(await bench.control.force(carla, "press", { phone: false, reason: "Wrong recipe" })).toEqual([]);
    expect(bench.news.at(-1)).toBe("forced → Carla (by Carla, Wrong recipe)");
    expect(bench.control.view(anna.caller, bench.press)).toMatchObject({ holder: "Carla", mine: false });
    expect(bench.actions("lease.forced")[0]).toMatchObject({
      who: "Carla",
      detail: { from: "Anna", to: "Carla", reason: "Wrong recipe" },
    });
    await bench.time.advance(15_250);
    expect(bench.holds()).toBe("Carla");
  });

  it("is no way around key, lock or span", async () => {
    const bench = new LeaseBench();
    const { caller: carla } = bench.enter("Carla", { role: "supervisor" });
    await bench.control.take(carla, "oven", desktop);
    await bench.control.take(carla, "mill", desktop);
    await bench.holder();
    expect(bench.control.view(carla, bench.press).force).toBe(false);
    const causes = await bench.control.force(carla, "press", { phone: false, reason: "x" });
    expect([names(causes), bench.holds()]).toEqual([["rate-limited"], "Anna"]);
  });
});

describe("control as one caller sees it", () => {
  it("tells whether it could be taken, by whom it is held, and what it is", async () => {
    const bench = new LeaseBench({ onLossOfControl: { policy: "hold", graceMs: 30_000, command: "hold" } });
    const { caller: bruno } = bench.enter("Bruno");
    expect(bench.control.view(bruno, bench.press)).toMatchObject({
      holder: undefined,
      take: { allowed: true, causes: [] },
      force: false,
      loss: { policy: "hold", graceMs: 30_000 },
      deviceLock: undefined,
    });
    const { caller: anna } = await bench.holder();
    await bench.time.advance(1000);
    expect(names(bench.control.view(bruno, bench.press).take.causes)).toEqual(["held-by-other"]);
    const own = bench.control.view(anna, bench.press);
    expect(own).toMatchObject({ holder: "Anna", mine: true, since: bench.time.wallMs() - 1000, visible: true });
    expect(names(own.take.causes)).toEqual(["already-so"]);
  });

  it("leaves to the page whether it is connected", () => {
    const bench = new LeaseBench();
    const { caller, page } = bench.enter("Anna");
    page.close();
    expect(bench.control.view(caller, bench.press).take.allowed).toBe(true);
  });
});
