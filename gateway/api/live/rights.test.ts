import { afterEach, describe, expect, it } from "vitest";
import { LiveBench } from "../testing/live-bench.ts";

let live: LiveBench;

function start(...limits: ConstructorParameters<typeof LiveBench>): LiveBench {
  live = new LiveBench(...limits);
  return live;
}

async function caller(name: string) {
  return (await live.bench.people.enter(name)).caller;
}

afterEach(() => live.hub.close());

describe("rights", () => {
  it("that end with the slot end at that very moment, with nothing after it", async () => {
    start();
    const endMs = live.time.wallMs() + 10_000;
    live.bench.people.book("inside", { equipment: "press", startMs: 0, endMs });
    const peer = await live.watch("inside", ["press/speed"]);
    await live.time.advance(endMs - live.time.wallMs() - 1);
    peer.take();
    live.bench.set("press/speed", 1);
    expect(peer.takeOf("samples")).toHaveLength(1);
    await live.time.advance(1);
    live.bench.set("press/speed", 2);
    await live.time.advance(250);
    const types = peer.take().map((message) => message.type);
    expect(types.filter((type) => type !== "beat")).toEqual(["revoked"]);
    live.bench.set("press/speed", 3);
    await live.time.advance(2000);
    const after = peer.take();
    expect(after.filter((message) => message.type === "samples")).toEqual([]);
    expect(after.find((message) => message.type === "beat")).toMatchObject({ links: [] });
    expect(peer.closed).toBeUndefined();
  });

  it("that begin with the slot bring the tags that were asked for", async () => {
    start();
    const startMs = live.time.wallMs() + 5000;
    live.bench.people.book("inside", { equipment: "press", startMs, endMs: startMs + 60_000 });
    const peer = await live.watch("inside", ["press/speed"]);
    await live.time.advance(4000);
    live.bench.set("press/speed", 8);
    expect(peer.takeOf("samples")).toEqual([]);
    await live.time.advance(2000);
    const sent = peer.take().filter((message) => message.type !== "beat");
    expect(sent).toMatchObject([
      { type: "subscribed", id: 1, tags: [{ tag: "press/speed" }], refused: [] },
      { type: "samples", samples: [[0, 8, 0, expect.any(Number)]] },
      { type: "event", event: { kind: "equipment", equipment: "press" } },
    ]);
  });

  it("that begin with the slot are told once, also when another event finds them first", async () => {
    start();
    const startMs = live.time.wallMs() + 5100;
    live.bench.people.book("inside", { equipment: "press", startMs, endMs: startMs + 60_000 });
    const guest = await live.watch("inside", ["press/speed"]);
    const viewer = await live.watch("viewer", ["press/speed"]);
    await live.time.advance(startMs - live.time.wallMs());
    for (const peer of [guest, viewer]) peer.take();
    await live.bench.useCases.commands.stop(await caller("inside"), "press", { reason: undefined, waitMs: 0 });
    await live.time.advance(500);
    const numbers = guest.takeOf("event").map((event) => event.seq);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThan(1);
    const kinds = viewer.takeOf("event").map((event) => event.event.kind);
    expect(new Set(kinds)).toEqual(new Set(["command"]));
  });

  it("that an administrator narrows reach open sockets", async () => {
    const peer = await start().watch("viewer", ["*"]);
    live.bench.people.put("viewer", "viewer", ["oven"]);
    live.bench.people.changed();
    await live.time.advance(100);
    const handles = live.bench.plant.tags.filter((tag) => tag.equipment === "press").map((tag) => tag.handle);
    expect(peer.takeOf("revoked")).toEqual([{ type: "revoked", handles }]);
    live.bench.set("press/speed", 9);
    live.bench.set("oven/temperature", 9);
    await live.time.advance(200);
    expect(peer.takeOf("samples").flatMap((frame) => frame.samples.map(([handle]) => handle))).toEqual([
      live.handle("oven/temperature"),
    ]);
  });

  it("keep what had not left yet of the tags that stay", async () => {
    const peer = await start().watch("viewer", ["*"], 1000);
    await live.time.advance(1000);
    live.bench.set("oven/temperature", 1);
    await live.time.advance(10);
    live.bench.set("oven/temperature", 2);
    live.bench.people.put("viewer", "viewer", ["oven"]);
    live.bench.people.changed();
    peer.take();
    await live.time.advance(100);
    expect(peer.takeOf("samples")).toMatchObject([
      { samples: [[live.handle("oven/temperature"), 2, 0, expect.any(Number)]] },
    ]);
  });

  it("end with the sign-in, and with a disabled user", async () => {
    const left = await start().watch("viewer", ["*"]);
    const disabled = await live.watch("operator", ["*"]);
    const stays = await live.watch("supervisor", ["*"]);
    live.bench.people.put("operator", "operator");
    const operator = live.bench.people.users.get("u-operator");
    if (operator) live.bench.people.users.set("u-operator", { ...operator, disabled: true });
    // The first sign-in of this test is the viewer's.
    await live.bench.people.signOut({ ...(await caller("viewer")), signInId: "s-1" });
    await live.time.advance(100);
    expect([left.closed?.code, disabled.closed?.code, stays.closed?.code]).toEqual([4401, 4401, undefined]);
  });

  it("end with the access token unless it is renewed in time", async () => {
    const ends = await start().watch("viewer", ["*"]);
    const goesOn = await live.watch("operator", ["*"]);
    await live.time.advance(500_000);
    const { accessToken: token } = await live.bench.people.enter("operator");
    goesOn.say({ type: "authenticate", token });
    await live.time.advance(101_000);
    expect(ends.closed).toEqual({ code: 4401, reason: "the access token has ended" });
    expect(goesOn.closed).toBeUndefined();
  });

  it("are not carried over by the token of somebody else", async () => {
    const peer = await start().watch("viewer", ["*"]);
    const { accessToken: token } = await live.bench.people.enter("administrator");
    peer.say({ type: "authenticate", token });
    await live.time.advance(0);
    expect(peer.takeOf("error")).toMatchObject([{ code: "auth/forbidden" }]);
  });

  it("that cannot be read hold for a moment only", async () => {
    const peer = await start().watch("viewer", ["*"]);
    live.bench.people.broken = true;
    live.bench.people.changed();
    await live.time.advance(4000);
    expect(peer.closed).toBeUndefined();
    await live.time.advance(2000);
    expect(peer.closed?.code).toBe(4503);
  });

  it("that bring machines to many people at once are one event a machine, and push nobody out", async () => {
    start({ events: 4 });
    const { people } = live.bench;
    const names = Array.from({ length: 20 }, (_, n) => `many-${n}`);
    for (const name of names) people.put(name, "viewer", []);
    const peers = [];
    for (const name of names) peers.push(await live.watch(name, ["*"]));
    for (const peer of peers) peer.take();
    for (const name of names) people.put(name, "viewer", ["*"]);
    people.changed();
    await live.time.advance(0);
    const numbers = new Set<number>();
    for (const peer of peers) {
      expect(peer.closed).toBeUndefined();
      const told = peer.takeOf("event");
      expect(told.map(({ event }) => "equipment" in event && event.equipment)).toEqual(["press", "oven"]);
      for (const { seq } of told) numbers.add(seq);
    }
    expect(numbers.size).toBe(2);
  });

  it("that change for many in one moment are told to each by what it had, asked for and calls it", async () => {
    start();
    const { people, plant } = live.bench;
    const of = (machine: string) => plant.tags.filter((tag) => tag.equipment === machine).map((tag) => tag.handle);
    const all = [...of("press"), ...of("oven")].sort((a, b) => a - b);
    // Who had what, by which pattern, as which subscription; then what is lost, and what is there anew.
    const rows = [
      { name: "both-1", had: ["*"], pattern: "*", id: 1, lost: of("oven"), list: undefined },
      { name: "both-2", had: ["*"], pattern: "*", id: 1, lost: of("oven"), list: undefined },
      { name: "oven-7", had: ["oven"], pattern: "*", id: 7, lost: of("oven"), list: of("press") },
      { name: "oven-8", had: ["oven"], pattern: "*", id: 8, lost: of("oven"), list: of("press") },
      { name: "press-1", had: ["*"], pattern: "press/*", id: 1, lost: undefined, list: undefined },
      { name: "none-1", had: [], pattern: "press/speed", id: 1, lost: undefined, list: [live.handle("press/speed")] },
    ];
    expect(all.length).toBe(plant.tags.length);
    const peers = [];
    for (const { name, had, pattern, id } of rows) {
      people.put(name, "viewer", had);
      const peer = await live.enter(name);
      peer.say({ type: "subscribe", id, tags: [pattern], intervalMs: 100 });
      await live.time.advance(0);
      peers.push(peer);
    }
    await live.time.advance(1000);
    for (const peer of peers) peer.take();
    for (const { name } of rows) people.put(name, "viewer", ["press"]);
    people.changed();
    await live.time.advance(0);
    for (const [n, { name, id, lost, list }] of rows.entries()) {
      const told = peers[n]?.take() ?? [];
      const revoked = told.flatMap((each) => (each.type === "revoked" ? [each.handles] : []));
      expect(revoked, name).toEqual(lost ? [lost] : []);
      const lists = told.flatMap((each) =>
        each.type === "subscribed"
          ? [{ id: each.id, handles: each.tags.map(({ handle }) => handle).sort((a, b) => a - b) }]
          : [],
      );
      expect(lists, name).toEqual(list ? [{ id, handles: list }] : []);
      const values = told.flatMap((each) => (each.type === "samples" ? each.samples.map(([handle]) => handle) : []));
      expect(values, name).toEqual(list ?? []);
    }
  });

  it("are not read anew for each message of a socket that sees the same machines", async () => {
    const peer = await start().watch("viewer", ["*"]);
    let asked = 0;
    const { tags } = live.bench.useCases.equipment;
    live.bench.useCases.equipment.tags = (...question) => {
      asked++;
      return tags.apply(live.bench.useCases.equipment, question);
    };
    for (let n = 0; n < 5; n++) {
      peer.say({ type: "active" });
      await live.time.advance(100);
    }
    expect(asked).toBe(0);
  });
});
