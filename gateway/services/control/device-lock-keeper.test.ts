import { describe, expect, it } from "vitest";
import { LeaseBench } from "../testing/lease-bench.ts";

const press = { deviceLock: { device: "plc", address: "ns=1;s=Press.Lock" } };
const desktop = { phone: false };

describe("the device's own lock (R40)", () => {
  it("is taken before control, renewed with the prompts, given back at the end", async () => {
    const bench = new LeaseBench(press);
    const { caller } = bench.enter("Anna");
    expect(bench.control.view(caller, bench.press).deviceLock).toBe("unknown");
    await bench.control.take(caller, "press", desktop);
    expect([bench.locks.asked, bench.control.view(caller, bench.press).deviceLock]).toEqual([["lock"], "held"]);
    await bench.time.advance(15_500);
    expect(bench.locks.asked).toEqual(["lock", "renew", "renew", "renew"]);
    bench.control.release(caller, "press");
    await bench.time.advance(0);
    expect([bench.locks.asked.at(-1), bench.control.view(caller, bench.press).deviceLock]).toEqual(["unlock", "free"]);
  });

  it("that the device refuses is control refused, with its words", async () => {
    const bench = new LeaseBench(press);
    bench.locks.standing = { outcome: "refused", detail: "locked by ENG-PC-7" };
    const { caller } = bench.enter("Anna");
    const causes = await bench.control.take(caller, "press", desktop);
    expect(causes.map(({ cause, text }) => [cause, text.en])).toEqual([
      ["held-by-other", "The device does not give its own lock: locked by ENG-PC-7"],
    ]);
    expect([bench.holds(), bench.control.view(caller, bench.press).deviceLock]).toEqual([undefined, "other"]);
    expect(bench.locks.asked).toEqual(["lock"]);
  });

  it("that the device does not have is a fault of the machine", async () => {
    const bench = new LeaseBench(press);
    bench.locks.standing = { outcome: "unsupported", detail: "no such node" };
    const causes = await bench.control.take(bench.enter("Anna").caller, "press", desktop);
    expect(causes.map(({ cause }) => cause)).toEqual(["device-unhealthy"]);
  });

  it("is given up after 5 s without an answer", async () => {
    const bench = new LeaseBench(press);
    bench.locks.standing = "never";
    const taking = bench.control.take(bench.enter("Anna").caller, "press", desktop);
    await bench.time.advance(5000);
    expect((await taking).map(({ cause }) => cause)).toEqual(["held-by-other"]);
  });

  it("that is lost ends control", async () => {
    const bench = new LeaseBench(press);
    await bench.holder();
    bench.locks.standing = { outcome: "refused", detail: "the lock is not ours" };
    await bench.time.advance(6000);
    expect(bench.news.at(-1)).toBe("ended → nobody (device-lock-lost)");
  });

  it("stays with control that passes on", async () => {
    const bench = new LeaseBench(press);
    await bench.holder();
    const { caller: carla } = bench.enter("Carla", { role: "supervisor" });
    await bench.control.force(carla, "press", { phone: false, reason: "x" });
    expect([bench.holds(), bench.locks.asked]).toEqual(["Carla", ["lock"]]);
  });

  it("is given back where control is not granted after all", async () => {
    const bench = new LeaseBench(press);
    bench.auditBroken = true;
    await bench.control.take(bench.enter("Anna").caller, "press", desktop);
    await bench.time.advance(0);
    expect(bench.locks.asked).toEqual(["lock", "unlock"]);
  });

  it("is not given back while control just passes on, even if its holder lets go meanwhile", async () => {
    const bench = new LeaseBench(press);
    const { caller: anna } = await bench.holder();
    let written = (): void => undefined;
    bench.auditSlow = new Promise((resolve) => {
      written = resolve;
    });
    const { caller: carla } = bench.enter("Carla", { role: "supervisor" });
    const taking = bench.control.force(carla, "press", { phone: false, reason: "x" });
    await bench.time.advance(0);
    bench.control.release(anna, "press");
    written();
    expect([await taking, bench.holds(), bench.locks.asked]).toEqual([[], "Carla", ["lock"]]);
  });

  it("is given back when the gateway stops", async () => {
    const bench = new LeaseBench(press);
    await bench.holder();
    await bench.control.close();
    expect(bench.locks.asked).toEqual(["lock", "unlock"]);
  });
});
