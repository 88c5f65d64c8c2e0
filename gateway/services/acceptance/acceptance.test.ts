import { beforeEach, describe, expect, it } from "vitest";
import { acceptableIn, type Moment } from "../../core/acceptance/moment.ts";
import type { DeclaredCommand, Equipment, Plant, Writable } from "../../core/plant.ts";
import { testCaller } from "../../core/testing/caller.ts";
import { pressTags, testCommand, testPlant, testPress, testTag, testWritable } from "../../core/testing/plant.ts";
import { AcceptanceBench, digestOf } from "../testing/acceptance-bench.ts";
import { proposalLivesMs } from "./proposals.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });
const anna = testCaller({ userId: "anna", name: "Anna", role: "administrator" });
const bruno = testCaller({ userId: "bruno", name: "Bruno", role: "administrator" });

function withSpeed(speed: Partial<Writable>, press: Partial<Equipment> = {}, plant: Partial<Plant> = {}): Plant {
  const [, ...others] = pressTags;
  const tag = testTag(0, "speed", { writable: testWritable({ limits: [0, 500], maxStep: 50, ...speed }) });
  return testPlant(plant, { tags: [tag, ...others], commands: [testCommand("start")], ...press });
}

const plain = withSpeed({});
const wider = withSpeed({ limits: [0, 600] });
const narrower = withSpeed({ limits: [0, 400] });
const ovenTag = testTag(9, "setpoint", { name: "oven/setpoint", equipment: "oven", writable: testWritable() });
const oven = testPress({ id: "oven", local: "none", stop: undefined, state: undefined, tags: [ovenTag] });
const withOven: Plant = { ...plain, equipment: [...plain.equipment, oven], tags: [...plain.tags, ovenTag] };

let bench: AcceptanceBench;
beforeEach(() => {
  bench = new AcceptanceBench();
});

describe("at start (R9)", () => {
  it("takes the first configuration as it stands, and says so in the audit", async () => {
    const desk = await bench.start(withOven);
    expect(desk.waits("press", "press/speed")).toBe(false);
    expect(desk.list(anna)).toEqual([]);
    expect(bench.actions()).toEqual(["config.first press", "config.first oven"]);
    expect([...bench.store.rows.values()].map(({ acceptedBy, address }) => [acceptedBy, address])).toEqual([
      ["system:first-start", "local"],
      ["system:first-start", "local"],
    ]);
  });

  it("lets everything wait until it is known what was accepted", () => {
    expect(bench.desk(plain).waits("press", "press/speed")).toBe(true);
  });

  it("lets a machine wait that the configuration does not have", async () => {
    expect((await bench.start(plain)).waits("lathe", "lathe/speed")).toBe(true);
  });

  it("keeps what narrows at once, so that the way back waits", async () => {
    await bench.start(plain);
    expect((await bench.start(narrower)).waits("press", "press/speed")).toBe(false);
    expect(bench.audit.at(-1)).toMatchObject({
      action: "config.narrowed",
      detail: { changes: { "press/speed: Limits": { from: "0 … 500", to: "0 … 400" } } },
    });
    expect(bench.store.rows.get("press")).toMatchObject({
      acceptedBy: "system:first-start",
      narrowedAt: bench.time.wallMs(),
    });
    expect((await bench.start(plain)).waits("press", "press/speed")).toBe(true);
  });

  it("lets what widens wait, start after start, and the rest of the machine go on", async () => {
    await bench.start(plain);
    for (let start = 0; start < 2; start++) {
      const desk = await bench.start(wider);
      expect(desk.waits("press", "press/speed")).toBe(true);
      expect(desk.waits("press", "press")).toBe(true);
      expect(desk.waits("press", "press/recipe")).toBe(false);
      expect(desk.waits("press", "press:start")).toBe(false);
      expect(bench.audit.at(-1)).toMatchObject({
        action: "config.waits",
        detail: { changes: { "press/speed: Limits": { from: "0 … 500", to: "0 … 600" } } },
      });
    }
  });

  it("keeps what narrows where something else widens", async () => {
    await bench.start(plain);
    await bench.start(withSpeed({ limits: [0, 600], maxStep: 10 }));
    const desk = await bench.start(plain);
    expect(desk.list(anna).flatMap(({ changes }) => changes.map(({ key }) => key))).toEqual(["maxStep"]);
  });

  it("lets the whole machine wait where its key is another one", async () => {
    await bench.start(plain);
    const desk = await bench.start(withSpeed({}, { local: { tag: "guard", remote: true } }));
    expect(["press/speed", "press/recipe", "press:start", "press"].map((each) => desk.waits("press", each))).toEqual(
      Array(4).fill(true),
    );
  });

  it("lets what the gateway writes by itself wait where its tag is new, or its device is another one, and not else", async () => {
    const beat = { equipment: "press", name: "press/speed", device: "plc" };
    expect(bench.desk(plain).placeWaits(beat)).toBe(true);
    await bench.start(plain);
    expect((await bench.start(withSpeed({}, { local: { tag: "guard", remote: true } }))).placeWaits(beat)).toBe(false);
    expect((await bench.start(wider)).placeWaits(beat)).toBe(true);
    const [device] = plain.devices;
    if (!device) throw new Error("the plant has a device");
    const elsewhere = { ...plain, devices: [{ ...device, driver: "another" }] };
    expect((await bench.start(elsewhere)).placeWaits({ ...beat, name: "press/recipe" })).toBe(true);
  });

  it("says where less than was accepted would follow the loss of control, and not where only people may do more (R9, R15)", async () => {
    const losing = (policy: "stop" | "continue", graceMs: number, speed: Partial<Writable> = {}) =>
      withSpeed(speed, { onLossOfControl: { policy, graceMs, command: undefined } });
    const waits = async (plant: Plant) => (await bench.start(plant)).lossWaits("press");
    expect(bench.desk(plain).lossWaits("press")).toBe(true);
    expect(await waits(losing("stop", 30_000))).toBe(false);
    expect(await waits(losing("stop", 20_000))).toBe(false);
    expect(await waits(losing("stop", 60_000))).toBe(true);
    expect(await waits(losing("continue", 20_000))).toBe(true);
    expect(await waits(losing("stop", 20_000))).toBe(false);
    expect(await waits(losing("stop", 20_000, { limits: [0, 600] }))).toBe(false);
    expect(await waits(plain)).toBe(true);
  });

  it("lets what the gateway does by itself go on, unless it would do something else than was accepted (R15)", async () => {
    const act = { target: "press:start", tags: ["press/recipe"], devices: ["plc"] };
    const others = async (plant: Plant) => (await bench.start(plant)).actsOtherwise("press", act);
    expect(bench.desk(plain).actsOtherwise("press", act)).toBe(true);
    expect(await others(plain)).toBe(false);
    // More for people, on the same machine and even on what it writes.
    expect(await others(wider)).toBe(false);
    expect(await others(withSpeed({}, { unattended: false, phoneControl: "operate" }))).toBe(false);
    const start = (more: Partial<DeclaredCommand>) =>
      withSpeed({}, { commands: [testCommand("start", { do: [{ write: "recipe", value: 1 }], ...more })] });
    expect(await others(start({ do: [{ write: "recipe", value: 2 }] }))).toBe(true);
    expect(await others(withSpeed({}, { local: { tag: "guard", remote: true } }))).toBe(true);
    const [device] = plain.devices;
    if (!device) throw new Error("the plant has a device");
    expect(await others({ ...plain, devices: [{ ...device, driver: "another" }] })).toBe(true);
  });

  it("lets a new machine wait as a whole, also at the start after", async () => {
    await bench.start(plain);
    for (let start = 0; start < 2; start++) {
      const desk = await bench.start(withOven);
      expect(desk.waits("oven", "oven/setpoint")).toBe(true);
      expect(desk.waits("press", "press/speed")).toBe(false);
    }
  });

  it("has forgotten a machine that went and came back", async () => {
    await bench.start(withOven);
    await bench.start(plain);
    expect(bench.actions().at(-1)).toBe("config.machine-gone oven");
    expect((await bench.start(withOven)).waits("oven", "oven/setpoint")).toBe(true);
  });

  it("takes a new machine that can only be looked at without asking anybody", async () => {
    await bench.start(plain);
    const tag = { ...ovenTag, writable: undefined };
    const watched = { ...withOven, equipment: [...plain.equipment, { ...oven, tags: [tag] }] };
    expect((await bench.start(watched)).waits("oven", "oven")).toBe(false);
    expect((await bench.start(withOven)).list(anna).map(({ whole, changes }) => [whole, changes.length])).toEqual([
      [false, 1],
    ]);
  });

  it.each([
    ["was cut short", (sheet: string) => sheet.slice(0, -10)],
    ["was changed by hand", (sheet: string) => sheet.replace("500", "600")],
    ["is of another form", () => '{"version":9}'],
  ])("lets the whole machine wait where the record %s", async (_what, spoil) => {
    await bench.start(plain);
    const row = bench.store.rows.get("press");
    if (row) bench.store.rows.set("press", { ...row, sheet: spoil(row.sheet) });
    expect((await bench.start(plain)).waits("press", "press/recipe")).toBe(true);
  });

  it("lets everything wait where the first configuration cannot be recorded", async () => {
    bench.store.broken = true;
    expect((await bench.start(plain)).waits("press", "press/speed")).toBe(true);
    bench.store.broken = false;
    expect((await bench.start(plain)).waits("press", "press/speed")).toBe(false);
  });
});

describe("accepting on the box", () => {
  it("lets the target go on at once, with the whole diff on the record before", async () => {
    await bench.start(plain);
    const desk = await bench.start(wider);
    const heard: string[] = [];
    desk.onChange((equipment) => heard.push(equipment));
    await desk.acceptOnBox("press", digestOf(wider, "press"));
    expect(desk.waits("press", "press/speed")).toBe(false);
    expect(heard).toEqual(["press"]);
    expect(bench.audit.at(-1)).toMatchObject({
      ...{ action: "config.accepted", who: "system:command-line", address: "local", result: "done" },
      detail: {
        ...{ digest: digestOf(wider, "press"), digestBefore: digestOf(plain, "press") },
        changes: { "press/speed: Limits": { from: "0 … 500", to: "0 … 600" } },
      },
    });
    expect((await bench.start(wider)).waits("press", "press/speed")).toBe(false);
  });

  it("takes nothing but what was shown", async () => {
    await bench.start(plain);
    const desk = await bench.start(wider);
    await expect(desk.acceptOnBox("press", digestOf(plain, "press"))).rejects.toThrow(code("request/conflict"));
    await expect(desk.acceptOnBox("lathe", digestOf(wider, "press"))).rejects.toThrow(code("request/not-found"));
    await desk.acceptOnBox("press", digestOf(wider, "press"));
    await expect(desk.acceptOnBox("press", digestOf(wider, "press"))).rejects.toThrow(code("request/conflict"));
  });

  it("does not happen where the audit cannot be written, or what is accepted cannot be kept", async () => {
    await bench.start(plain);
    const desk = await bench.start(wider);
    bench.auditBroken = true;
    await expect(desk.acceptOnBox("press", digestOf(wider, "press"))).rejects.toThrow("audit full");
    bench.auditBroken = false;
    bench.store.broken = true;
    await expect(desk.acceptOnBox("press", digestOf(wider, "press"))).rejects.toThrow("disk full");
    expect(desk.waits("press", "press/speed")).toBe(true);
  });
});

describe("the moment", () => {
  const rows: readonly (readonly [Moment, allowed: boolean, said: boolean])[] = [
    [{ kind: "state", name: "Execute" }, false, true],
    [{ kind: "state", name: "unknown" }, false, true],
    [{ kind: "state", name: "Idle" }, true, false],
    [{ kind: "state", name: "Aborted" }, true, false],
    [{ kind: "not-declared" }, true, true],
    [{ kind: "no-gateway" }, true, true],
  ];
  it.each(rows)("%o: accepted %s, with words %s", async (moment, allowed, said) => {
    const { say } = acceptableIn(moment);
    expect([acceptableIn(moment).allowed, say !== undefined && say.en !== say.it]).toEqual([allowed, said]);
    await bench.start(plain);
    bench.moment = moment;
    const desk = await bench.start(wider);
    const accepting = desk.acceptOnBox("press", digestOf(wider, "press"));
    if (allowed) expect(await accepting).toEqual(acceptableIn(moment));
    else await expect(accepting).rejects.toThrow(code("site/not-now"));
    expect(desk.waits("press", "press/speed")).toBe(!allowed);
  });
});

describe("a machine that begins to run while it is accepted", () => {
  it("keeps its changes waiting, and the record says so", async () => {
    await bench.start(plain);
    const desk = await bench.start(wider);
    const accepting = desk.acceptOnBox("press", digestOf(wider, "press"));
    bench.moment = { kind: "state", name: "Execute" };
    await expect(accepting).rejects.toThrow(code("site/not-now"));
    expect(desk.waits("press", "press/speed")).toBe(true);
    expect(bench.actions().slice(-2)).toEqual(["config.accepted press", "config.accepted-failed press"]);
  });
});

describe("accepting from afar", () => {
  const digest = digestOf(wider, "press");
  const started = async (plant: Plant = wider, before: Plant = plain) => {
    await bench.start(before);
    return bench.start(plant);
  };

  it("takes two administrators: one confirms, another accepts", async () => {
    const desk = await started();
    await expect(desk.accept(bruno, "press", digest)).rejects.toThrow(code("config/second-person"));
    await desk.confirm(anna, "press", digest);
    expect(desk.list(bruno)).toMatchObject([{ confirmedBy: { name: "Anna" } }]);
    await expect(desk.accept(anna, "press", digest)).rejects.toThrow(code("config/second-person"));
    expect(desk.waits("press", "press/speed")).toBe(true);
    await desk.accept(bruno, "press", digest);
    expect(desk.waits("press", "press/speed")).toBe(false);
    expect(bench.actions().slice(-2)).toEqual(["config.confirmed press", "config.accepted press"]);
    expect(bench.audit.at(-1)).toMatchObject({ who: "Bruno", detail: { confirmedBy: "Anna" } });
    expect(bench.store.rows.get("press")).toMatchObject({ acceptedBy: "Anna, Bruno", address: "127.0.0.1" });
  });

  it("confirms exactly one text, for one shift", async () => {
    const desk = await started();
    await expect(desk.confirm(anna, "press", digestOf(plain, "press"))).rejects.toThrow(code("request/conflict"));
    await desk.confirm(anna, "press", digest);
    await bench.time.advance(proposalLivesMs - 1);
    expect(desk.list(bruno)[0]?.confirmedBy?.name).toBe("Anna");
    await bench.time.advance(1);
    await expect(desk.accept(bruno, "press", digest)).rejects.toThrow(code("config/second-person"));
  });

  it.each([
    ["is disabled", undefined],
    ["has another role", { role: "supervisor", equipment: ["*"] } as const],
    ["has other machines", { role: "administrator", equipment: ["oven"] } as const],
  ])("lets a confirmation die with the right of whoever gave it, for good: who %s", async (_what, now) => {
    const desk = await started();
    await desk.confirm(anna, "press", digest);
    bench.rightsAre(anna.userId, now);
    expect(desk.list(bruno)[0]?.confirmedBy).toBeUndefined();
    expect(bench.actions().at(-1)).toBe("config.confirmation-lapsed press");
    bench.rightsAre(anna.userId, { role: "administrator", equipment: ["*"] });
    await expect(desk.accept(bruno, "press", digest)).rejects.toThrow(code("config/second-person"));
  });

  it("accepts nothing when that right goes while the acceptance is being recorded", async () => {
    const desk = await started();
    await desk.confirm(anna, "press", digest);
    const pushed = bench.audit.push.bind(bench.audit);
    bench.audit.push = (...entries) => {
      if (entries[0]?.action === "config.accepted") bench.rightsAre(anna.userId, undefined);
      return pushed(...entries);
    };
    await expect(desk.accept(bruno, "press", digest)).rejects.toThrow(code("config/second-person"));
    expect(desk.waits("press", "press/speed")).toBe(true);
    expect(bench.actions()).toContain("config.accepted-failed press");
  });

  it("lets a confirmation die with the gateway", async () => {
    const desk = await started();
    await desk.confirm(anna, "press", digest);
    const again = await bench.start(wider);
    await expect(again.accept(bruno, "press", digest)).rejects.toThrow(code("config/second-person"));
  });

  it("waits for the machine like the box does", async () => {
    const desk = await started();
    await desk.confirm(anna, "press", digest);
    bench.moment = { kind: "state", name: "Execute" };
    await expect(desk.accept(bruno, "press", digest)).rejects.toThrow(code("site/not-now"));
    expect(desk.list(anna)).toMatchObject([{ now: { allowed: false } }]);
    bench.moment = { kind: "state", name: "Stopped" };
    await desk.accept(bruno, "press", digest);
    expect(desk.waits("press", "press")).toBe(false);
  });

  it.each(["viewer", "operator", "supervisor", "guest"] as const)("is nothing for a %s", async (role) => {
    const desk = await started();
    await desk.confirm(anna, "press", digest);
    const person = testCaller({ userId: "carla", role });
    await expect(desk.confirm(person, "press", digest)).rejects.toThrow(code("auth/forbidden"));
    await expect(desk.accept(person, "press", digest)).rejects.toThrow(code("auth/forbidden"));
  });

  it("is nothing for a stop token, nor on a machine that the administrator does not have", async () => {
    const desk = await started();
    await desk.confirm(anna, "press", digest);
    await expect(desk.accept({ ...bruno, scope: "stop" }, "press", digest)).rejects.toThrow(code("auth/forbidden"));
    const elsewhere = { ...bruno, equipment: ["oven"] };
    expect(desk.list(elsewhere)).toEqual([]);
    await expect(desk.accept(elsewhere, "press", digest)).rejects.toThrow(code("request/not-found"));
  });

  it("takes a second factor where it is needed now or was needed before", async () => {
    const security = { ...testPlant().security, secondFactor: "required" } as const;
    const strict = withSpeed({}, {}, { security });
    const loose = withSpeed({}, {}, { security: { ...security, secondFactor: "off" } });
    for (const [before, now] of [
      [strict, loose] as const,
      [strict, withSpeed({ limits: [0, 600] }, {}, { security })] as const,
    ]) {
      bench = new AcceptanceBench();
      const desk = await started(now, before);
      const of = digestOf(now, "press");
      await expect(desk.confirm(anna, "press", of)).rejects.toThrow(code("auth/forbidden"));
      await desk.confirm({ ...anna, secondFactor: true, factorFreshUntilMs: Number.POSITIVE_INFINITY }, "press", of);
      await expect(desk.accept(bruno, "press", of)).rejects.toThrow(code("auth/forbidden"));
      await desk.accept({ ...bruno, secondFactor: true, factorFreshUntilMs: Number.POSITIVE_INFINITY }, "press", of);
      expect(desk.waits("press", "press")).toBe(false);
    }
  });

  it("can be looked at by whoever sees the system, and by nobody else", async () => {
    const desk = await started();
    expect(desk.list(testCaller({ role: "operator" }))).toHaveLength(1);
    expect(() => desk.list(testCaller({ role: "viewer" }))).toThrow(code("auth/forbidden"));
  });
});
