import { describe, expect, it } from "vitest";
import type { Equipment } from "../../core/plant.ts";
import { LeaseBench } from "../testing/lease-bench.ts";

const loss = (
  policy: "continue" | "finish-cycle" | "hold" | "stop",
  more: { graceMs?: number; command?: string } = {},
) => ({
  onLossOfControl: { policy, graceMs: 30_000, command: undefined, ...more },
});

/** Somebody has had control for a while and is gone from here on; his last answer was to the prompt 250 ms ago. */
async function gone(press: Partial<Equipment> = loss("stop")) {
  const bench = new LeaseBench(press);
  const { caller, page } = await bench.holder();
  await bench.time.advance(20_500);
  page.close();
  return { bench, caller, lastAliveMs: bench.time.monotonicMs() - 250 };
}

describe("when whoever had control is gone (R15)", () => {
  it("the policy runs once, the grace time after the last sign of life, and on-call is told", async () => {
    const { bench, caller, lastAliveMs } = await gone();
    await bench.time.advance(14_500);
    expect(bench.control.view(caller, bench.press).loss?.runsAt).toBeUndefined();
    await bench.time.advance(500);
    const runsAt = bench.control.view(caller, bench.press).loss?.runsAt;
    expect(runsAt).toBe(bench.time.wallMs() + lastAliveMs + 30_000 - bench.time.monotonicMs());
    await bench.time.advance(14_500);
    expect(bench.acts).toEqual([]);
    await bench.time.advance(500);
    expect(bench.acts).toEqual(["stop press (loss-of-control: Anna was gone for longer than 30 s)"]);
    expect(bench.calls).toEqual(["Press: Anna is gone and nobody has control; a stop is requested"]);
    await bench.time.advance(600_000);
    expect([bench.acts.length, bench.calls.length]).toEqual([1, 1]);
    expect(bench.actions("loss.policy-ran")[0]).toMatchObject({
      who: "system:loss-of-control",
      detail: { holder: "Anna", policy: "stop", action: "stop", state: "Execute" },
    });
  });

  it.each<[string, Partial<Equipment>, readonly string[]]>([
    ["continue sends nothing", loss("continue"), []],
    ["hold runs its command", loss("hold", { command: "hold" }), ["press:hold (loss-of-control)"]],
    ["finish-cycle runs its command", loss("finish-cycle", { command: "end" }), ["press:end (loss-of-control)"]],
    ["finish-cycle without one sends nothing", loss("finish-cycle"), []],
  ])("%s, and on-call is told", async (_name, press, acts) => {
    const { bench } = await gone(press);
    await bench.time.advance(31_000);
    expect([bench.acts, bench.calls.length]).toEqual([acts, 1]);
  });

  it("a grace shorter than control lives runs the policy when control ends", async () => {
    const { bench } = await gone(loss("stop", { graceMs: 1000 }));
    await bench.time.advance(14_500);
    expect([bench.holds(), bench.acts]).toEqual(["Anna", []]);
    await bench.time.advance(750);
    expect(bench.acts).toHaveLength(1);
  });

  it.each<[string, (bench: LeaseBench) => unknown]>([
    ["he takes control again", async (bench) => bench.holder("Anna")],
    ["somebody else takes control", async (bench) => bench.holder("Bruno")],
    [
      "the key is turned to LOCAL, even for a moment",
      async (bench) => {
        bench.set("press/key", false);
        await bench.time.advance(500);
        bench.set("press/key", true);
      },
    ],
    ["the key is turned to LOCAL and back in one batch", (bench) => bench.see("press/key", false, true)],
    [
      "remote control is cut at the site",
      (bench) => {
        bench.site.cut = true;
      },
    ],
    ["the machine is at rest by then", (bench) => bench.set("press/running", false)],
  ])("nothing runs where before the end of the grace %s", async (_name, happens) => {
    const { bench } = await gone();
    await bench.time.advance(20_000);
    await happens(bench);
    await bench.time.advance(60_000);
    expect([bench.acts, bench.calls]).toEqual([[], []]);
  });

  it("a page that comes back without taking control does not cancel it: nobody would answer for the machine", async () => {
    const { bench, caller } = await gone();
    await bench.time.advance(20_000);
    bench.open(caller);
    await bench.time.advance(11_000);
    expect(bench.acts).toHaveLength(1);
  });

  it.each<[string, (bench: LeaseBench) => unknown]>([
    ["given back", (bench) => bench.control.release(bench.enter("Anna").caller, "press")],
    ["ended by the key on LOCAL (R39)", (bench) => bench.set("press/key", false)],
    [
      "taken by force",
      (bench) =>
        bench.control.force(bench.enter("Carla", { role: "supervisor" }).caller, "press", {
          phone: false,
          reason: "x",
        }),
    ],
  ])("never after control was %s", async (_name, end) => {
    const bench = new LeaseBench(loss("stop"));
    await bench.holder();
    await end(bench);
    await bench.time.advance(600_000);
    expect([bench.acts, bench.calls]).toEqual([[], []]);
  });

  it("a state that cannot be read counts as moving", async () => {
    const { bench } = await gone();
    bench.lose("press/running");
    await bench.time.advance(31_000);
    expect(bench.acts).toHaveLength(1);
  });

  it("on-call hears it once more where the effect is not confirmed", async () => {
    const { bench } = await gone();
    bench.actsEnd = "UNKNOWN";
    await bench.time.advance(31_000);
    expect(bench.calls[1]).toBe("Press: what should follow the loss of control is NOT CONFIRMED: call the site");
  });

  it("never once the gateway is stopping", async () => {
    const { bench } = await gone();
    await bench.time.advance(20_000);
    await bench.control.close();
    await bench.time.advance(60_000);
    expect([bench.acts, bench.time.pending]).toEqual([[], 0]);
  });
});

describe("control that was lost otherwise (R17)", () => {
  it.each([
    ["while the machine moves, on-call is told", true, 1],
    ["while it is at rest, nobody is", false, 0],
  ])("%s", async (_name, running, calls) => {
    const bench = new LeaseBench(loss("stop"));
    const { caller } = await bench.holder();
    bench.set("press/running", running);
    bench.today.set(caller.signInId, undefined);
    bench.rightsChanged();
    await bench.time.advance(60_000);
    expect([bench.acts, bench.calls.length]).toEqual([[], calls]);
  });

  it("is told at once where no policy is declared", async () => {
    const { bench } = await gone({});
    await bench.time.advance(15_250);
    expect(bench.calls).toEqual(["Press: Anna lost control; nobody has it and the machine may be moving"]);
  });
});
