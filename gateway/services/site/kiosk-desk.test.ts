import { beforeEach, describe, expect, it } from "vitest";
import type { Role } from "../../core/access/policy.ts";
import { textOf } from "../../core/text.ts";
import { EquipmentDesk } from "../equipment.ts";
import { ControlBench } from "../testing/control-bench.ts";
import { KioskBench } from "../testing/kiosk-bench.ts";
import { guardedPress } from "../testing/site-bench.ts";
import type { Kiosk, PinEntry } from "./kiosks.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const origin = { address: "192.0.2.7", userAgent: "" };
const anna: PinEntry = { user: "anna", pin: "482915" };
const bruno: PinEntry = { user: "bruno", pin: "730164" };

let control: ControlBench;
let bench: KioskBench;
let kiosk: Kiosk;
let bookingsBroken: boolean;
beforeEach(async () => {
  control = new ControlBench(guardedPress);
  for (const tag of ["press/chain", "press/reset_done"]) control.set(tag, true);
  bookingsBroken = false;
  bench = new KioskBench({
    plant: control.plant,
    values: control.image,
    equipment: new EquipmentDesk(control.desk),
    commands: control.commands,
    bookings: {
      list: async () => {
        if (bookingsBroken) throw new Error("disk full");
        return [];
      },
    },
    audit: control.desk.audit,
    clock: control.time,
    timers: control.time,
  });
  bench.put("anna", anna.pin);
  bench.put("bruno", bruno.pin);
  bench.put("vera", "482915", "viewer");
  bench.put("otto", "482915", "operator", ["oven"]);
  await bench.site.start();
  ({ kiosk } = await bench.enrolled());
  control.audit.length = 0;
});

const audited = () => control.audit.map(({ action, who, target, result }) => `${action} ${who} ${target} ${result}`);

describe("a kiosk", () => {
  it("is enrolled by its link once, and known by its key from then on", async () => {
    const secret = await bench.add("second");
    const { key } = await bench.desk.enrol(secret, origin);
    expect(bench.desk.authenticate(key)).toEqual({ id: "k-second", name: "second", equipment: "press" });
    await expect(bench.desk.enrol(secret, origin)).rejects.toThrow(code("auth/link-used"));
    expect(audited()).toEqual(["kiosk.enrolled kiosk:second kiosk:second done"]);
  });

  it("is not enrolled by a link that is too old, nor by anything else", async () => {
    const secret = await bench.add("late");
    await control.time.advance(900_000);
    for (const wrong of [secret, "", "k-late"])
      await expect(bench.desk.enrol(wrong, origin)).rejects.toThrow(code("auth/link-used"));
  });

  it("is nobody once it was removed, or its machine is gone", async () => {
    const { key } = await bench.enrolled("gone");
    const { key: elsewhere } = await bench.enrolled("elsewhere", "nowhere");
    expect(() => bench.desk.authenticate(elsewhere)).toThrow(code("auth/required"));
    await bench.store.removeKiosk("k-gone");
    await bench.site.refresh();
    expect(() => bench.desk.authenticate(key)).toThrow(code("auth/required"));
    expect(() => bench.desk.authenticate("")).toThrow(code("auth/required"));
  });

  it("shows its machine, and whose PIN is taken here", async () => {
    bench.control = { holder: "E. Greco", since: 5 };
    const now = await bench.desk.now(kiosk, origin);
    expect(now.state.equipment.id).toBe("press");
    expect(now.state.stop.allowed).toBe(true);
    expect(now.attendants).toEqual(["anna", "bruno"]);
    expect(now.control).toEqual({ holder: "E. Greco", since: 5 });
    expect(now.confirmation).toEqual({ holdsMs: 60_000, given: undefined, obstacle: undefined });
    expect(now.record).toEqual({ commands: [], booking: undefined, next: undefined });
  });

  it("shows the machine although the records cannot be read", async () => {
    bookingsBroken = true;
    const now = await bench.desk.now(kiosk, origin);
    expect([now.record, now.state.equipment.id]).toEqual([undefined, "press"]);
    bookingsBroken = false;
    await control.time.advance(2_000);
    await bench.desk.now(kiosk, origin);
    await control.time.advance(0);
    expect((await bench.desk.now(kiosk, origin)).record).toBeDefined();
  });
});

describe("a PIN", () => {
  it("opens nothing outside the times of the account, and its name is not shown", async () => {
    bench.outside.add("u-anna");
    await expect(bench.desk.confirm(kiosk, anna, origin)).rejects.toThrow(code("auth/failed"));
    expect((await bench.desk.now(kiosk, origin)).attendants).toEqual(["bruno"]);
    bench.outside.clear();
    await bench.desk.confirm(kiosk, anna, origin);
    expect(audited().at(-1)).toContain("site.confirmed anna");
  });

  const cases: readonly (readonly [string, PinEntry])[] = [
    ["is wrong", { user: "anna", pin: "482916" }],
    ["is another's", { user: "anna", pin: bruno.pin }],
    ["is of somebody unknown", { user: "nobody", pin: anna.pin }],
    ["is of somebody who only watches", { user: "vera", pin: "482915" }],
    ["is of somebody of another machine", { user: "otto", pin: "482915" }],
    ["is the hash of one", { user: "anna", pin: "plain 482915" }],
  ];
  it.each(cases)("is refused with one answer where it %s, and that is on the record", async (_name, entry) => {
    await expect(bench.desk.cutOff(kiosk, entry, origin)).rejects.toThrow("The name or the PIN is wrong");
    expect(bench.site.island("press")).toBe(false);
    expect(audited()).toEqual([`kiosk.pin-failed ${entry.user} kiosk:panel refused`]);
    expect(JSON.stringify(control.audit)).not.toContain(entry.pin);
  });

  it("that is wrong again and again slows this kiosk, the right one too, and no other", async () => {
    for (let i = 0; i < 3; i++)
      await expect(bench.desk.confirm(kiosk, { ...anna, pin: "000001" }, origin)).rejects.toThrow(code("auth/failed"));
    await expect(bench.desk.confirm(kiosk, anna, origin)).rejects.toThrow(
      expect.objectContaining({ code: "auth/slow-down", retryAfterS: 7 }),
    );
    const { kiosk: other } = await bench.enrolled("other");
    await bench.desk.confirm(other, anna, origin);
    expect(bench.site.permit("press")?.by).toBe("anna");
  });

  it.each<Role>(["operator", "supervisor", "administrator"])("of an %s is taken", async (role) => {
    bench.put("anna", anna.pin, role);
    await bench.site.refresh();
    await bench.desk.cutOff(kiosk, anna, origin);
    expect(bench.site.island("press")).toBe(true);
  });

  it("goes with its person: disabled, it opens nothing", async () => {
    bench.store.people.delete("u-anna");
    await bench.site.refresh();
    await expect(bench.desk.confirm(kiosk, anna, origin)).rejects.toThrow(code("auth/failed"));
  });
});

describe("what a kiosk sets", () => {
  it("confirms that the zone is clear, under the person's name", async () => {
    await bench.desk.confirm(kiosk, { user: "ANNA", pin: anna.pin }, origin);
    expect(bench.site.permit("press")?.by).toBe("anna");
    expect((await bench.desk.now(kiosk, origin)).confirmation?.given).toEqual({ by: "anna", leftMs: 60_000 });
    expect(audited()).toEqual(["site.confirmed anna kiosk:panel done"]);
  });

  it("confirms nothing while the key is on LOCAL", async () => {
    control.set("press/key", false);
    await expect(bench.desk.confirm(kiosk, anna, origin)).rejects.toThrow(code("site/not-now"));
    expect(audited().filter((each) => !each.includes("chain-unknown"))).toEqual([]);
  });

  it("confirms nothing that is not on the record", async () => {
    control.auditBroken = true;
    await expect(bench.desk.confirm(kiosk, anna, origin)).rejects.toThrow("audit full");
    expect(bench.site.permit("press")).toBeUndefined();
  });

  it("locks out for one person each, and each lifts his own alone", async () => {
    await bench.desk.lockOut(kiosk, anna, "belt change", origin);
    await bench.desk.lockOut(kiosk, bruno, undefined, origin);
    const [ofAnna, ofBruno] = bench.site.lockOuts("press");
    expect([ofAnna?.person, ofAnna?.reason, ofBruno?.person]).toEqual(["anna", "belt change", "bruno"]);
    await expect(bench.desk.lift(kiosk, bruno, ofAnna?.id ?? "", origin)).rejects.toThrow(code("auth/forbidden"));
    await expect(bench.desk.lift(kiosk, anna, "none", origin)).rejects.toThrow(code("request/not-found"));
    await bench.desk.lift(kiosk, anna, ofAnna?.id ?? "", origin);
    expect(bench.site.lockOuts("press").map(({ person }) => person)).toEqual(["bruno"]);
    await expect(bench.desk.lockOut(kiosk, bruno, undefined, origin)).rejects.toThrow(code("request/conflict"));
    expect(audited()).toEqual([
      "site.locked-out anna kiosk:panel done",
      "site.locked-out bruno kiosk:panel done",
      "site.lock-out-lifted anna kiosk:panel done",
    ]);
  });

  it("lifts nothing of another machine", async () => {
    await bench.site.lockOut({
      ...{ id: "far", equipment: "oven", userId: "u-anna", person: "anna", reason: undefined, since: 0 },
    });
    await expect(bench.desk.lift(kiosk, anna, "far", origin)).rejects.toThrow(code("request/not-found"));
  });

  it("locks out and cuts off although neither disk nor audit can be written", async () => {
    control.auditBroken = true;
    bench.store.broken = true;
    await expect(bench.desk.lockOut(kiosk, anna, undefined, origin)).rejects.toThrow(code("store/unavailable"));
    await expect(bench.desk.cutOff(kiosk, anna, origin)).rejects.toThrow(code("store/unavailable"));
    expect([bench.site.lockOuts("press").length, bench.site.island("press")]).toEqual([1, true]);
    await expect(bench.desk.reconnect(kiosk, anna, origin)).rejects.toThrow("audit full");
    expect(bench.site.island("press")).toBe(true);
  });

  it("cuts its machine off and connects it again", async () => {
    await bench.desk.cutOff(kiosk, anna, origin);
    expect((await bench.desk.now(kiosk, origin)).islands).toMatchObject([{ equipment: "press", who: "anna" }]);
    await bench.desk.reconnect(kiosk, bruno, origin);
    expect(bench.site.island("press")).toBe(false);
    expect(audited()).toEqual(["site.island-on anna kiosk:panel done", "site.island-off bruno kiosk:panel done"]);
  });

  it("does not connect what was cut off on the box for the whole site", async () => {
    await bench.site.cutOff({ equipment: "*", who: "system:command-line", since: 0 });
    await expect(bench.desk.reconnect(kiosk, anna, origin)).rejects.toThrow(code("site/not-now"));
    expect(bench.site.island("press")).toBe(true);
  });

  it("notes when what was recorded could not be done after all", async () => {
    await bench.desk.cutOff(kiosk, anna, origin);
    bench.store.broken = true;
    await expect(bench.desk.reconnect(kiosk, anna, origin)).rejects.toThrow(code("store/unavailable"));
    expect(audited().at(-1)).toBe("site.island-off-failed anna kiosk:panel store/unavailable");
  });
});

describe("what a kiosk asks of the machine", () => {
  it("stops it without a PIN, in its own name", async () => {
    const stopping = bench.desk.stop(kiosk, { reason: undefined, waitMs: 3000 }, origin);
    await control.run(1000);
    const record = await stopping;
    expect([record.state, record.userName, record.address]).toEqual(["VERIFIED", "kiosk:panel", "192.0.2.7"]);
    expect(control.machine.get("press/running")).toBe(false);
  });

  it("declines only what waits at its machine", async () => {
    await expect(bench.desk.decline(kiosk, "c1", origin)).rejects.toThrow(code("request/not-found"));
    bench.pending.push({
      ...{ id: "c1", command: textOf("start"), user: "E. Greco", consequence: undefined },
      ...{ approval: false, until: undefined },
    });
    // What the pipeline does not know any more is not found either.
    await expect(bench.desk.decline(kiosk, "c1", origin)).rejects.toThrow(code("request/not-found"));
  });
});
