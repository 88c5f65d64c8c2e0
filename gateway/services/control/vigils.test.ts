import { describe, expect, it } from "vitest";
import { LeaseBench } from "../testing/lease-bench.ts";

const minute = 60_000;

/** An unattended press in Execute, whose holder's page answers while nobody touches it. */
async function unattended() {
  const bench = new LeaseBench({ unattended: true });
  const changed: string[] = [];
  bench.control.onChanged((equipment) => changed.push(equipment));
  const { caller, page } = await bench.holder();
  const asked = (): number | undefined => bench.control.view(caller, bench.press).areYouThere;
  return { bench, caller, page, changed, asked };
}

describe("are you there? (R43)", () => {
  it("is asked after ten minutes for one minute, then on-call is told once; control goes on", async () => {
    const { bench, changed, asked } = await unattended();
    await bench.time.advance(10 * minute - 250);
    expect([asked(), changed]).toEqual([undefined, []]);
    await bench.time.advance(250);
    expect([asked(), changed]).toEqual([bench.time.wallMs() + minute, ["press"]]);
    await bench.time.advance(minute);
    expect([asked(), bench.calls]).toEqual([
      undefined,
      ["Press runs unattended and whoever has control does not answer"],
    ]);
    await bench.time.advance(60 * minute);
    expect([bench.calls.length, bench.holds()]).toEqual([1, "Anna"]);
  });

  it("is answered by a touch of the page, or by any request that does something", async () => {
    const { bench, caller, page, asked } = await unattended();
    await bench.time.advance(10 * minute);
    page.active = true;
    await bench.time.advance(5250);
    page.active = false;
    expect(asked()).toBeUndefined();
    await bench.time.advance(10 * minute);
    expect(asked()).toBeDefined();
    bench.control.acted(caller);
    await bench.time.advance(250);
    expect([asked(), bench.calls]).toEqual([undefined, []]);
  });

  it("is not answered by somebody else's doings", async () => {
    const { bench, asked } = await unattended();
    await bench.time.advance(10 * minute);
    bench.control.acted(bench.enter("Bruno").caller);
    await bench.time.advance(250);
    expect(asked()).toBeDefined();
  });

  it.each<[string, ConstructorParameters<typeof LeaseBench>[0], boolean, number]>([
    ["of an attended machine", { unattended: false }, true, 0],
    ["while the machine stands", { unattended: true }, false, 0],
    ["while it runs", { unattended: true }, true, 1],
  ])("is asked only where it matters: %s", async (_name, press, running, times) => {
    const bench = new LeaseBench(press);
    await bench.holder();
    bench.set("press/running", running);
    await bench.time.advance(12 * minute);
    expect(bench.calls).toHaveLength(times);
  });

  it("is asked where the state cannot be read: it may be Execute", async () => {
    const { bench, asked } = await unattended();
    bench.lose("press/running");
    await bench.time.advance(10 * minute);
    expect(asked()).toBeDefined();
  });
});
