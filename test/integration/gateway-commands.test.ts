import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LoggedWrite } from "../../simulators/modbus/write-log.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** A C1 write from the door to the wire, judged by what the simulator saw on the wire. */
let plant: Plant;
let person: Person;
let firstTicket: { ticket: string; atMs: number };
let before = 0;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator", vera: "viewer" },
    change: ({ equipment }) => {
      // One write a second would make the tests wait; the ramp keeps it.
      for (const id of ["setpoint", "fan"]) {
        const tag = equipment["furnace"]?.tags[id];
        if (tag) tag["writable"] = { ...(tag["writable"] as object), every: "10ms" };
      }
    },
  });
  person = await plant.enter("olga");
  firstTicket = { ticket: await person.ticket(), atMs: performance.now() };
});
afterAll(() => plant?.close());

beforeEach(async () => {
  await plant.restore(person);
  before = plant.furnace.writes.count;
});

/** What has come over the wire in this test. */
const written = (): readonly LoggedWrite[] => plant.furnace.writes.since(before);

function float32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
}

describe("a set-point", () => {
  it("is VERIFIED by a new read after exactly one write on the wire", async () => {
    const { status, body } = await person.write("furnace/setpoint", 900);
    expect([status, body.state]).toEqual([200, "VERIFIED"]);
    expect(body).toMatchObject({ oldValue: 850, value: 900, readBack: 900, evidence: "readback", user: "olga" });
    expect(written()).toMatchObject([{ function: 16, address: 0, values: float32(900), outcome: "done" }]);
    expect(plant.furnace.model.readings.setpointC).toBe(900);
    expect((await person.get(`/commands/${body.id}`)).body).toMatchObject({ state: "VERIFIED" });
  });

  it("is FAILED when the machine keeps the old value", async () => {
    await plant.furnace.faults.set({ kind: "falsify", what: "readback", times: 1 });
    const { body } = await person.write("furnace/setpoint", 900, { wait: 10_000 });
    expect(body).toMatchObject({ state: "FAILED", readBack: 850 });
    expect(written()).toHaveLength(1);
  });

  it("is UNKNOWN when the answer to the write is lost, and is not sent again", async () => {
    await plant.furnace.faults.set({ kind: "drop-write-answer", times: 1 });
    const { status, body } = await person.write("furnace/setpoint", 900, { wait: 10_000 });
    expect([status, body.state]).toEqual([200, "UNKNOWN"]);
    // What the machine shows is told beside it; the judgement stays with the person.
    expect(body.readBack).toBe(900);
    await sleep(1500);
    expect(written()).toHaveLength(1);
    expect((await person.get(`/commands/${body.id}`)).body).toMatchObject({ state: "UNKNOWN" });
  });

  it("is FAILED with the device's own word when the controller refuses it", async () => {
    await plant.furnace.faults.set({ kind: "exception", code: 3, on: "writes", times: 1 });
    const { body } = await person.write("furnace/setpoint", 900, { wait: 10_000 });
    expect(body).toMatchObject({ state: "FAILED", causes: [{ cause: "device-rejected" }] });
    expect(written()).toHaveLength(1);
  });
});

describe("age (R2)", () => {
  it("a ticket that was held for 6 s is EXPIRED and nothing is written", async () => {
    await sleep(Math.max(0, firstTicket.atMs + 6000 - performance.now()));
    // A poll that was late in those seconds makes the value stale, which is a refusal of its own.
    await plant.restore(person);
    const { status, body } = await person.write("furnace/setpoint", 900, { ticket: firstTicket.ticket });
    expect([status, body.state, body.causes?.map(({ cause }) => cause)]).toEqual([200, "EXPIRED", ["expired"]]);
    expect(written()).toEqual([]);
  });

  it.each([
    ["no ticket", undefined],
    ["a made-up ticket", "12345.AAAA"],
  ])("%s is EXPIRED and nothing is written", async (_what, ticket) => {
    const { body } = await person.write("furnace/setpoint", 900, { ticket });
    expect(body.state).toBe("EXPIRED");
    expect(written()).toEqual([]);
  });

  it("a command that waits its turn on the wire until its ticket is too old does not leave", async () => {
    const ticket = await freshTicket();
    await plant.furnace.faults.set({ kind: "delay", ms: 900, on: "writes" });
    await sleep(4500);
    const [first, second] = await Promise.all([
      person.write("furnace/fan", 70, { ticket, wait: 10_000 }),
      sleep(50).then(() => person.write("furnace/setpoint", 900, { ticket, wait: 10_000 })),
    ]);
    expect([first.body.state, second.body.state]).toEqual(["VERIFIED", "EXPIRED"]);
    expect(written()).toMatchObject([{ address: 3, values: [70] }]);
  });
});

describe("once (R5)", () => {
  it("the same key twice at the same moment is one write and one command", async () => {
    const ticket = await person.ticket();
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => person.write("furnace/setpoint", 870, { key, ticket })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ body }) => body.state)).toEqual(["VERIFIED", "VERIFIED", "VERIFIED"]);
    expect(written()).toHaveLength(1);
    const later = await person.write("furnace/setpoint", 870, { key });
    expect(later.body.id).toBe(answers[0]?.body.id);
    expect(written()).toHaveLength(1);
    expect((await person.write("furnace/setpoint", 880, { key })).status).toBe(422);
    expect(written()).toHaveLength(1);
  });
});

describe("refused before the wire, with causes", () => {
  it.each<[string, string, number, () => void | Promise<void>, string]>([
    ["the key on LOCAL", "setpoint", 900, () => plant.furnace.model.turnKey("local"), "local-control"],
    ["above the limit", "setpoint", 1101, () => undefined, "value-not-allowed"],
    ["too large a step", "setpoint", 951, () => undefined, "step-limit"],
    ["a pulled cable", "setpoint", 900, () => plant.furnace.faults.set({ kind: "cut" }), "device-unhealthy"],
    ["a value that only commands write", "stop_request", 1, () => undefined, "no-permission"],
    ["a value that can only be read", "temperature", 900, () => undefined, "no-permission"],
  ])("%s", async (_what, tag, value, prepare, cause) => {
    await prepare();
    // Until the gateway has seen it.
    const causes = async () => {
      const { status, body } = await person.write(`furnace/${tag}`, value);
      return status === 409 ? (body.causes ?? []).map((each) => each.cause) : [status, body.state];
    };
    if (cause === "local-control") await seen("furnace/key", false);
    if (cause === "device-unhealthy") {
      await expect
        .poll(async () => (await person.value("furnace/temperature")).status, { timeout: 20_000 })
        .not.toBe(0);
    }
    expect(await causes()).toContain(cause);
    await plant.furnace.faults.clear();
    await sleep(300);
    expect(written()).toEqual([]);
  });

  it("the second within a second on a tag that takes one a second", async () => {
    expect((await person.write("furnace/ramp", 12)).body.state).toBe("VERIFIED");
    const { status, body } = await person.write("furnace/ramp", 13);
    expect([status, body.causes?.map((each) => each.cause)]).toEqual([409, ["rate-limited"]]);
    expect(written()).toHaveLength(1);
  });

  it("a viewer", async () => {
    const viewer = await plant.enter("vera");
    expect((await viewer.write("furnace/setpoint", 900)).status).toBe(403);
    expect(written()).toEqual([]);
  });
});

it("commands given while the device was away never run on its return (F18)", async () => {
  await plant.furnace.faults.set({ kind: "cut" });
  const answers = await Promise.all([860, 870, 880].map((value) => person.write("furnace/setpoint", value)));
  for (const { body } of answers) expect(body.state).not.toBe("VERIFIED");
  await plant.restore(person);
  await sleep(1500);
  expect(written()).toEqual([]);
});

async function seen(tag: string, value: unknown): Promise<void> {
  await expect.poll(async () => (await person.value(tag)).value, { timeout: 5000, interval: 20 }).toBe(value);
}

/** One that was issued just now, not up to a second ago. */
async function freshTicket(): Promise<string> {
  const old = await person.ticket();
  let ticket = old;
  while (ticket === old) {
    await sleep(20);
    ticket = await person.ticket();
  }
  return ticket;
}
