import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LiveView } from "../rig/live-view.ts";
import { type Person, request } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** The socket end to end: what moves in the furnace is what a reader sees. */
let plant: Plant;
let olga: Person;

beforeAll(async () => {
  plant = await startPlant({ people: { olga: "operator", vera: "viewer", oskar: "operator" } });
  olga = await plant.enter("olga");
  await plant.restore(olga);
});
afterAll(() => plant?.close());

describe("the live socket", () => {
  it("gives one full set, then what changes, as the machine has it", async () => {
    const view = await olga.watch(["furnace/*"]);
    const { tags, refused } = view.of("subscribed")[0] ?? { tags: [], refused: [] };
    expect(refused).toEqual([]);
    await view.until(() => view.of("samples").length > 0);
    expect(
      view
        .of("samples")[0]
        ?.samples.map(([handle]) => handle)
        .sort(),
    ).toEqual(tags.map(({ handle }) => handle).sort());
    plant.furnace.model.set("fanPercent", 44);
    await view.until(() => view.sample("furnace/fan")?.value === 44);
    plant.furnace.model.moveDoor("open");
    await view.until(() => view.sample("furnace/door")?.value === false);
    plant.furnace.model.moveDoor("closed");
    view.close();
  });

  it("beats each second with the link's age and a ticket that signs a write", async () => {
    const view = await olga.watch(["furnace/setpoint"]);
    await view.until(() => view.of("beat").length >= 4, 8000);
    const beats = view.of("beat");
    const gaps = beats.slice(1).map((beat, n) => beat.at - (beats[n]?.at ?? 0));
    for (const gap of gaps) expect(Math.abs(gap - 1000)).toBeLessThan(500);
    expect(new Set(beats.map((beat) => beat.ticket)).size).toBeGreaterThan(2);
    expect(beats.at(-1)?.links).toMatchObject([{ device: "furnace-plc", state: "connected" }]);
    const { body } = await olga.write("furnace/setpoint", 860, { ticket: view.ticket });
    expect(body.state).toBe("VERIFIED");
    await view.until(() => view.sample("furnace/setpoint")?.value === 860);
    view.close();
  });

  it("tells everybody who may see it what a command went through", async () => {
    const watcher = await (await plant.enter("vera")).watch(["furnace/setpoint"]);
    const { body } = await olga.write("furnace/fan", 70);
    const states = () => watcher.of("event").flatMap(({ event }) => (event.kind === "command" ? [event.command] : []));
    await watcher.until(() => states().some((command) => command.state === "VERIFIED"));
    expect(states().every((command) => command.id === body.id)).toBe(true);
    expect(states().map((command) => command.state)[0]).toBe("SENT");
    watcher.close();
  });

  it("takes no token that is not one, and closes", async () => {
    const view = new LiveView(plant.url);
    await new Promise((resolve) => view.socket.once("open", resolve));
    view.say({ type: "authenticate", token: "not-a-token" });
    expect(await view.closed).toBe(4401);
    expect(view.of("samples")).toEqual([]);
  });

  it("ends within 1 s when the command line disables the person, and so do both tokens", async () => {
    const oskar = await plant.enter("oskar");
    const view = await oskar.watch(["furnace/*"]);
    let closedAt = 0;
    const closed = view.closed.then((code) => {
      closedAt = performance.now();
      return code;
    });
    const ended = await plant.plancia(["user", "disable", "oskar"]);
    const disabledAt = performance.now();
    expect(ended.code).toBe(0);
    expect(await closed).toBe(4401);
    expect(closedAt - disabledAt).toBeLessThan(1000);
    expect((await oskar.get("/equipment")).status).toBe(401);
    expect((await oskar.stop("furnace", oskar.stopToken)).status).toBe(401);
    const again = await request(plant.url, "POST", "/auth/login", {
      body: { username: "oskar", password: "kettle-moon-harvest-32" },
    });
    expect(again.status).toBe(401);
    expect(plant.furnace.model.readings.running).toBe(true);
  });

  it("takes the machine away within 1 s from somebody whose rights to it end", async () => {
    await plant.addUser("ada", "administrator");
    await plant.addUser("otto", "operator");
    const ada = await plant.enter("ada");
    const view = await (await plant.enter("otto")).watch(["furnace/*"]);
    const { items } = (await ada.get<{ items: { id: string; name: string }[] }>("/users")).body;
    const otto = items.find((user) => user.name === "otto");
    const changedAt = performance.now();
    const response = await fetch(`${plant.url}/api/v1/users/${otto?.id}`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${ada.accessToken}`, "content-type": "application/json" },
      body: JSON.stringify({ equipment: ["other"] }),
    });
    expect(response.status).toBe(200);
    await view.until(() => view.of("revoked").length > 0, 3000);
    expect(performance.now() - changedAt).toBeLessThan(1000);
    const at = view.received.findIndex((message) => message.type === "revoked");
    await view.until(() => view.received.slice(at).filter((message) => message.type === "beat").length > 2);
    expect(view.received.slice(at).filter((message) => message.type === "samples")).toEqual([]);
    view.close();
  });
});
