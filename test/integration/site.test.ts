import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command, CommandProblem } from "../../gateway/api/wire/command.ts";
import type { EquipmentView } from "../../gateway/api/wire/equipment.ts";
import { anna, bruno, guardedFurnace, KioskDevice, setPins } from "../rig/kiosk.ts";
import { plancia } from "../rig/node-process.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/**
 * R18, R20 and R21 on a whole gateway: set on the box and at the kiosk, and none of it from afar.
 */
let plant: Plant;
let olga: Person;
let kiosk: KioskDevice;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator", anna: "operator", bruno: "supervisor", adam: "administrator", vera: "viewer" },
    change: guardedFurnace,
  });
  await setPins(plant);
  ({ device: kiosk } = await KioskDevice.enrol(plant, "furnace", "Furnace panel"));
});
afterAll(() => plant.close());
beforeEach(async () => {
  olga = await plant.enter("olga");
  await plant.restore(olga);
});

const machine = async (): Promise<EquipmentView> => (await olga.get<EquipmentView>("/equipment/furnace")).body;

/** Within the second in which a change must be noticed, and a little for the machine that this runs on. */
async function within<Value>(
  ms: number,
  look: () => Promise<Value>,
  wanted: (value: Value) => boolean,
): Promise<Value> {
  const until = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (wanted(value) || performance.now() > until) return value;
    await sleep(25);
  }
}

/** Control of the furnace, which a socket that answers keeps. */
async function select(): Promise<Command & CommandProblem> {
  const key = crypto.randomUUID();
  const ticket = await olga.ticket();
  return (await olga.post<Command & CommandProblem>("/commands", { target: "furnace:warm", key, ticket })).body;
}

async function operate(id: string): Promise<Command & CommandProblem> {
  const ticket = await olga.ticket();
  return (await olga.post<Command & CommandProblem>(`/commands/${id}/operate`, { ticket })).body;
}

const causes = (answer: CommandProblem) => answer.causes?.map(({ cause }) => cause) ?? [];

describe("island (R18)", () => {
  it("is noticed within 1 s when set on the box, cuts every command, and leaves viewing and stop", async () => {
    const on = await plant.plancia(["island", "on", "furnace"]);
    expect([on.code, on.stdout]).toEqual([0, "island on: remote control of furnace is cut off\n"]);
    expect((await within(1_000, machine, ({ island }) => island)).island).toBe(true);
    const write = await olga.write("furnace/setpoint", 851);
    expect([write.status, causes(write.body)]).toEqual([409, ["island"]]);
    expect(causes(await select())).toContain("island");
    expect((await olga.value("furnace/setpoint")).value).toBe(850);
    expect((await olga.stop("furnace")).body.state).toBe("VERIFIED");
    const off = await plant.plancia(["island", "off", "furnace"]);
    expect([off.code, off.stdout]).toEqual([0, "island off: furnace\n"]);
    expect((await within(1_000, machine, ({ island }) => !island)).island).toBe(false);
  });

  it("of the whole site outlives the gateway, and no kiosk lifts it", async () => {
    await plant.plancia(["island", "on"]);
    await within(1_000, machine, ({ island }) => island);
    await plant.kill();
    await plant.start();
    olga = await plant.enter("olga");
    expect((await machine()).island).toBe(true);
    const lift = await kiosk.post("/island", { ...anna, on: false });
    expect([lift.status, lift.body.code]).toEqual([409, "site/not-now"]);
    expect((await kiosk.now()).body.island).toMatchObject({ cut: true, site: true, who: "system:command-line" });
    const off = await plant.plancia(["island", "off"]);
    expect(off.code).toBe(0);
    expect((await within(1_000, machine, ({ island }) => !island)).island).toBe(false);
  });

  it("is switched at the kiosk with a PIN, and cancels what waits", async () => {
    const selected = await select();
    expect(selected.state).toBe("SELECTED");
    const cut = await kiosk.post("/island", { ...anna, on: true });
    expect([cut.status, cut.body.island.cut, (await machine()).island]).toEqual([200, true, true]);
    const ended = await olga.get<Command>(`/commands/${selected.id}`);
    expect(ended.body.state).toBe("CANCELLED");
    expect((await kiosk.post("/island", { ...bruno, on: false })).body.island.cut).toBe(false);
  });
});

describe("lock-out (R21)", () => {
  it("hangs for each person by itself, from the box and from the kiosk, and blocks every command", async () => {
    const added = await plant.plancia(["lock-out", "add", "furnace", "--person", "Fitter", "--reason", "belt"]);
    const id = /remove ([0-9a-f]{12}) --person Fitter/.exec(added.stdout)?.[1] ?? "";
    expect([added.code, id]).toEqual([0, expect.stringMatching(/./)]);
    const locked = await kiosk.post("/lock-out", { ...anna, reason: "seal" });
    const ofAnna = locked.body.lockOuts.find(({ person }) => person === "anna");
    await within(1_000, machine, ({ lockOuts }) => lockOuts.length === 2);
    const write = await olga.write("furnace/setpoint", 851);
    expect([write.status, causes(write.body)]).toEqual([409, ["locked-out"]]);
    expect(write.body.causes?.[0]?.text.en).toBe("Locked out by Fitter, anna");

    const byBruno = await kiosk.post("/lock-out/lift", { ...bruno, id: ofAnna?.id });
    const ofFitter = await kiosk.post("/lock-out/lift", { ...anna, id });
    expect([byBruno.status, ofFitter.status]).toEqual([403, 403]);
    expect((await kiosk.post("/lock-out/lift", { ...anna, id: ofAnna?.id })).body.lockOuts).toHaveLength(1);
    const wrong = await plant.plancia(["lock-out", "remove", id, "--person", "anna"]);
    expect([wrong.code, wrong.stderr]).toEqual([1, `plancia: lock-out ${id} is Fitter's, not anna's; it stays\n`]);
    expect((await plant.plancia(["lock-out", "remove", id, "--person", "fitter"])).code).toBe(0);
    await within(1_000, machine, ({ lockOuts }) => lockOuts.length === 0);
    expect((await olga.write("furnace/setpoint", 851)).body.state).toBe("VERIFIED");
  });

  it("is neither set nor lifted from afar, by whoever asks and whatever is guessed", async () => {
    const locked = await kiosk.post("/lock-out", { ...anna });
    const id = locked.body.lockOuts[0]?.id;
    const attempts: readonly (readonly [string, string, unknown])[] = [
      ["POST", "/kiosk/lock-out", anna],
      ["POST", "/kiosk/lock-out/lift", { ...anna, id }],
      ["POST", "/kiosk/island", { ...anna, on: false }],
      ["DELETE", `/equipment/furnace/lock-outs/${id}`, undefined],
      ["DELETE", `/lock-outs/${id}`, undefined],
      ["POST", "/equipment/furnace/lock-out", {}],
      ["PATCH", "/equipment/furnace", { lockOuts: [] }],
      ["POST", "/equipment/furnace/island", { on: false }],
    ];
    for (const name of ["adam", "bruno", "anna", "vera"]) {
      const { accessToken } = await plant.enter(name);
      for (const [method, path, body] of attempts) {
        const response = await fetch(`${plant.url}/api/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${accessToken}`,
            origin: plant.url,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        expect([name, method, path, [401, 404].includes(response.status)]).toEqual([name, method, path, true]);
      }
    }
    expect((await machine()).lockOuts.map(({ person }) => person)).toEqual(["anna"]);
    expect((await kiosk.post("/lock-out/lift", { ...anna, id })).status).toBe(200);
  });

  it("outlives the gateway", async () => {
    const locked = await kiosk.post("/lock-out", { ...anna });
    await plant.kill();
    const offline = await plant.plancia(["lock-out", "list", "--json"]);
    expect(JSON.parse(offline.stdout)).toMatchObject([{ person: "anna", equipment: "furnace" }]);
    await plant.start();
    olga = await plant.enter("olga");
    expect((await machine()).lockOuts.map(({ person }) => person)).toEqual(["anna"]);
    await kiosk.post("/lock-out/lift", { ...anna, id: locked.body.lockOuts[0]?.id });
  });
});

describe("start permit by an attendant (R20)", () => {
  it("is asked for at the kiosk, given with a PIN, and good for one command", async () => {
    const selected = await select();
    expect(selected.state).toBe("SELECTED");
    const refused = await operate(selected.id);
    expect(causes(refused)).toEqual(["start-permit-missing"]);
    const again = await select();
    const { body } = await kiosk.now();
    expect(body.pending).toMatchObject([
      { id: again.id, user: "olga", consequence: { en: "The chamber heats up" }, approval: false },
    ]);
    const confirmed = await kiosk.post("/confirm", anna);
    expect(confirmed.body.confirmation?.given?.by).toBe("anna");
    expect((await operate(again.id)).state).toBe("VERIFIED");
    expect((await kiosk.now()).body.confirmation?.given).toBeUndefined();
  });

  it("ends with the key on LOCAL, and with the gateway", async () => {
    await kiosk.post("/confirm", anna);
    plant.furnace.model.turnKey("local");
    await within(3_000, kiosk.now.bind(kiosk), ({ body }) => body.local?.remote === false);
    expect((await kiosk.now()).body.confirmation).toMatchObject({ obstacle: "key" });
    plant.furnace.model.turnKey("remote");
    await within(3_000, kiosk.now.bind(kiosk), ({ body }) => body.local?.remote === true);
    expect((await kiosk.now()).body.confirmation?.given).toBeUndefined();
    await kiosk.post("/confirm", anna);
    await plant.kill();
    await plant.start();
    expect((await kiosk.now()).body.confirmation?.given).toBeUndefined();
  });

  it("is declined at the kiosk without a PIN, and whoever asked sees by whom", async () => {
    const selected = await select();
    expect((await kiosk.post("/decline", { command: selected.id })).status).toBe(200);
    const ended = await olga.get<Command>(`/commands/${selected.id}`);
    expect(ended.body.state).toBe("CANCELLED");
    expect(JSON.stringify(ended.body.events)).toContain("declined by kiosk:Furnace panel");
  });
});

describe("the emergency-stop chain (R20)", () => {
  const chain = async () => (await machine()).emergencyStop;
  const why = "was open: turn the key to LOCAL and back to REMOTE";

  it("is waited for after it was open, although the gateway was killed in between", async () => {
    expect((await chain())?.ready).toBe(true);
    plant.furnace.model.moveDoor("open");
    await within(3_000, chain, (now) => now?.closed === false);
    expect(await chain()).toMatchObject({ closed: false, ready: false, why: { en: "is open" } });
    await plant.kill();
    plant.furnace.model.moveDoor("closed");
    await plant.start();
    olga = await plant.enter("olga");
    await within(5_000, chain, (now) => now?.why?.en === why);
    expect(await chain()).toMatchObject({ closed: true, ready: false, why: { en: why } });
    const refused = await select();
    expect(causes(refused)).toContain("start-permit-missing");
    plant.furnace.model.turnKey("local");
    await within(3_000, chain, (now) => now?.why?.en === "was open: turn the key back to REMOTE");
    plant.furnace.model.turnKey("remote");
    expect((await within(3_000, chain, (now) => now?.ready === true))?.ready).toBe(true);
  });
});

describe("the kiosk", () => {
  it("is nobody through a proxy, and nobody once it was removed", async () => {
    const { id, device } = await KioskDevice.enrol(plant, "furnace", "Second panel");
    expect((await device.now()).status).toBe(200);
    expect((await device.now({ "x-forwarded-for": "192.0.2.9" })).status).toBe(403);
    expect((await plant.plancia(["kiosk", "remove", id])).code).toBe(0);
    expect((await within(1_000, device.now.bind(device), ({ status }) => status === 401)).status).toBe(401);
  });

  it("is not held up by wrong log-ins, and a wrong PIN holds up this kiosk alone", async () => {
    const login = () =>
      fetch(`${plant.url}/api/v1/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "anna", password: "wrong wrong wrong" }),
      });
    for (let i = 0; i < 8; i++) await login();
    expect((await login()).status).toBe(429);
    expect((await kiosk.post("/confirm", anna)).status).toBe(200);
    const { device } = await KioskDevice.enrol(plant, "furnace", "Third panel");
    for (let i = 0; i < 3; i++) expect((await device.post("/confirm", { ...anna, pin: "000001" })).status).toBe(401);
    expect((await device.post("/confirm", anna)).status).toBe(429);
    expect((await kiosk.post("/confirm", anna)).status).toBe(200);
  });

  it("leaves no PIN and no link in the audit or the log", async () => {
    const { secret } = await addAnother();
    const adam = await plant.enter("adam");
    const { body } = await adam.get<{ items: { action: string; who: string; target?: string }[] }>("/audit?limit=500");
    const text = `${JSON.stringify(body)}${plant.gateway.stdout}${plant.gateway.stderr}`;
    for (const kept of [anna.pin, bruno.pin, secret]) expect(text).not.toContain(kept);
    expect(body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: "site.confirmed", who: "anna", target: "kiosk:Furnace panel" }),
        expect.objectContaining({ action: "site.island-on", who: "anna", target: "kiosk:Furnace panel" }),
        expect.objectContaining({ action: "site.locked-out", who: "system:command-line" }),
        expect.objectContaining({ action: "kiosk.removed", who: "system:command-line" }),
      ]),
    );
  });

  async function addAnother(): Promise<{ secret: string }> {
    const ended = await plant.plancia(["kiosk", "add", "furnace", "--name", "Never opened", "--url", plant.url]);
    return { secret: /secret=(\S+)/.exec(ended.stdout)?.[1] ?? "none" };
  }
});

describe("on the box", () => {
  it.each([
    [["island", "on", "furnac"], 'there is no equipment furnac – did you mean "furnace"?'],
    [["lock-out", "add", "furnac", "--person", "x"], 'there is no equipment furnac – did you mean "furnace"?'],
    [["kiosk", "add", "oven", "--name", "x", "--url", "http://h"], "there is no equipment oven"],
    [["kiosk", "add", "furnace", "--name", "x"], "give --url"],
    [["island", "off", "furnace"], "furnace is not cut off by itself"],
  ])("%j says what is wrong in one line", async (args, words) => {
    const { code, stderr } = await plant.plancia(args);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^plancia: [^\n]*\n$/)]);
    expect(stderr).toContain(words);
  });

  it("a PIN that is easily guessed is refused, and not repeated", async () => {
    const { code, stderr } = await plant.plancia(["user", "pin", "anna", "--pin-stdin"], "654321\n");
    expect([code, stderr]).toEqual([1, "plancia: a PIN must not be a run such as 123456 or 876543\n"]);
  });

  it("cuts nothing off in a folder that is no gateway's", async () => {
    const { code, stderr } = await plancia(["island", "on", "--data", "/nowhere"]);
    expect([code, stderr]).toEqual([1, "plancia: there is no data folder /nowhere; --data names another\n"]);
  });

  it("a viewer gets no PIN", async () => {
    expect((await plant.plancia(["user", "pin", "vera", "--pin-stdin"], "482915\n")).stderr).toContain("operators");
  });
});
