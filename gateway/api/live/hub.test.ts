import { afterEach, describe, expect, it } from "vitest";
import { LiveBench } from "../testing/live-bench.ts";

let live: LiveBench;

function start(...limits: ConstructorParameters<typeof LiveBench>): LiveBench {
  live = new LiveBench(...limits);
  return live;
}

afterEach(() => live.hub.close());

describe("the first message", () => {
  it("says who it is and is answered with the person and the end of the token", async () => {
    const peer = await start().enter("viewer");
    expect(peer.takeOf("authenticated")).toEqual([
      expect.objectContaining({
        user: expect.objectContaining({ name: "viewer" }),
        expiresAt: live.time.wallMs() + 600_000,
      }),
    ]);
  });

  it("has five seconds", async () => {
    const peer = start().open();
    await live.time.advance(4999);
    expect(peer.closed).toBeUndefined();
    await live.time.advance(1);
    expect(peer.closed?.code).toBe(4401);
    expect(live.hub.statistics().sockets).toBe(0);
  });

  it.each([{ type: "authenticate", token: "wrong" }, { type: "subscribe", id: 1, tags: ["*"] }, "rubbish"])(
    "that is none closes the socket and gets no sample",
    async (message) => {
      const peer = start().open();
      peer.say(message);
      await live.time.advance(10);
      live.bench.set("press/speed", 1);
      await live.time.advance(2000);
      expect(peer.closed?.code).toBeGreaterThanOrEqual(4400);
      expect(peer.take().map((sent) => sent.type)).toEqual(["error"]);
      expect(peer.terminated).toBe(true);
    },
  );

  it("is not taken from a stop token", async () => {
    const peer = start().open();
    const { stopToken: token } = await live.bench.people.enter("operator");
    peer.say({ type: "authenticate", token });
    await live.time.advance(10);
    expect(peer.closed?.code).toBe(4401);
  });

  it("may be followed at once by others, which are answered in their order", async () => {
    const peer = start().open();
    const { accessToken: token } = await live.bench.people.enter("viewer");
    peer.say({ type: "authenticate", token });
    peer.say({ type: "subscribe", id: 3, tags: ["press/speed"] });
    await live.time.advance(10);
    expect(peer.take().map((sent) => sent.type)).toEqual(["authenticated", "subscribed", "samples"]);
  });
});

describe("a subscription", () => {
  it("names what it holds and what was refused, then gives one full set", async () => {
    const peer = await start().enter("inside");
    peer.take();
    peer.say({ type: "subscribe", id: 1, tags: ["press/*", "oven/*", "__proto__/x", "oven/count"] });
    await live.time.advance(0);
    const [subscribed, samples] = peer.take();
    expect(subscribed).toMatchObject({ type: "subscribed", id: 1, refused: ["oven/*", "__proto__/x", "oven/count"] });
    expect(subscribed?.type === "subscribed" && subscribed.tags[0]).toEqual({
      handle: 0,
      tag: "press/speed",
      type: "double",
      unit: "1/min",
    });
    expect(samples?.type === "samples" && samples.samples).toHaveLength(6);
    expect(samples?.type === "samples" && samples.samples[0]).toEqual([0, 400, 0, live.time.wallMs()]);
  });

  it("sends the first change after silence at once, later ones at the interval, the newest of each", async () => {
    const peer = await start().watch("viewer", ["press/speed"], 500);
    await live.time.advance(500);
    peer.take();
    live.bench.set("press/speed", 1);
    expect(peer.takeOf("samples").map((frame) => frame.samples[0]?.[1])).toEqual([1]);
    live.bench.set("press/speed", 2);
    await live.time.advance(300);
    live.bench.set("press/speed", 3);
    expect(peer.takeOf("samples")).toEqual([]);
    await live.time.advance(200);
    expect(peer.takeOf("samples").map((frame) => frame.samples[0]?.[1])).toEqual([3]);
    await live.time.advance(5000);
    expect(peer.takeOf("samples")).toEqual([]);
  });

  it("shares one frame with every other of the same tags and interval", async () => {
    const first = await start().watch("viewer", ["press/*"]);
    const second = await live.watch("operator", ["press/*"]);
    const apart = await live.watch("operator", ["press/*"], 200);
    await live.time.advance(1000);
    for (const peer of [first, second, apart]) peer.take();
    const before = live.hub.statistics();
    live.bench.set("press/speed", 5);
    expect(first.frames[0]).toBe(second.frames[0]);
    expect(apart.frames[0]).not.toBe(first.frames[0]);
    const after = live.hub.statistics();
    expect([after.frames - before.frames, after.encoded - before.encoded, after.groups]).toEqual([3, 2, 2]);
  });

  it("ends with unsubscribe, and is replaced by another of the same id", async () => {
    const peer = await start().watch("viewer", ["press/*"]);
    peer.say({ type: "subscribe", id: 1, tags: ["oven/temperature"] });
    await live.time.advance(1000);
    peer.take();
    live.bench.set("press/speed", 6);
    live.bench.set("oven/temperature", 7);
    expect(peer.takeOf("samples").flatMap((frame) => frame.samples.map(([handle]) => handle))).toEqual([
      live.handle("oven/temperature"),
    ]);
    peer.say({ type: "unsubscribe", id: 1 });
    await live.time.advance(1000);
    peer.take();
    live.bench.set("oven/temperature", 8);
    await live.time.advance(1000);
    expect(peer.takeOf("samples")).toEqual([]);
    expect(live.hub.statistics().groups).toBe(0);
  });

  it("is bounded in number and in tags", async () => {
    const peer = await start({ subscriptionsPerSocket: 2, tagsPerSocket: 8 }).enter("viewer");
    for (const [id, tags] of [
      [1, ["press/*"]],
      [2, ["press/*"]],
      [3, ["press/key"]],
      [4, ["press/guard"]],
    ] as const) {
      peer.say({ type: "subscribe", id, tags: [...tags] });
    }
    await live.time.advance(0);
    const sent = peer.take();
    expect(sent.filter((message) => message.type === "subscribed").map((message) => message.id)).toEqual([1, 3]);
    expect(sent.filter((message) => message.type === "error").map((message) => message.code)).toEqual([
      "request/too-large",
      "request/too-large",
    ]);
  });

  it("carries NaN and 64-bit integers as text", async () => {
    const peer = await start().watch("viewer", ["oven/*"]);
    live.bench.machine.set("oven/count", -(2n ** 63n));
    live.bench.set("oven/temperature", Number.NaN);
    const values = peer.takeOf("samples")[0]?.samples.map(([, value]) => value);
    expect(values).toEqual(["NaN", "-9223372036854775808"]);
  });
});

describe("a slow reader", () => {
  it("gets the newest value of each tag when it can, and is told how many it missed", async () => {
    const peer = await start({ bufferBytes: 100 }).watch("viewer", ["press/*"]);
    const other = await live.watch("viewer", ["press/*"]);
    peer.paused = true;
    for (let n = 1; n <= 50; n++) {
      live.bench.set("press/speed", n);
      await live.time.advance(100);
    }
    const bytes = peer.frames.reduce((sum, frame) => sum + frame.length, 0);
    expect(bytes).toBeLessThan(1000);
    expect(other.takeOf("samples")).toHaveLength(50);
    peer.take();
    peer.resume();
    await live.time.advance(60);
    const sent = peer.take();
    expect(sent.map((message) => message.type)).toEqual(["conflated", "samples"]);
    expect(sent[0]).toEqual({ type: "conflated", count: expect.any(Number) });
    expect(sent[1]).toMatchObject({ samples: [[live.handle("press/speed"), 50, 0, expect.any(Number)]] });
    live.bench.set("press/speed", 51);
    expect(peer.takeOf("samples")).toHaveLength(1);
  });

  it("loses no event", async () => {
    const peer = await start({ bufferBytes: 100 }).enter("viewer");
    peer.take();
    peer.paused = true;
    peer.bufferedAmount = 200;
    for (let n = 0; n < 5; n++)
      await live.bench.useCases.commands.stopAll(await caller("operator"), { reason: undefined, waitMs: 0 });
    await live.time.advance(500);
    expect(peer.takeOf("event")).toEqual([]);
    peer.resume();
    await live.time.advance(60);
    const numbers = peer.takeOf("event").map((event) => event.seq);
    expect(numbers.length).toBeGreaterThanOrEqual(20);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  });

  it("that falls behind the kept events is closed, since it would miss some", async () => {
    const peer = await start({ bufferBytes: 100, events: 4 }).enter("viewer");
    peer.bufferedAmount = 200;
    for (let n = 0; n < 5; n++)
      await live.bench.useCases.commands.stopAll(await caller("operator"), { reason: undefined, waitMs: 0 });
    peer.resume();
    await live.time.advance(1000);
    expect(peer.closed?.code).toBe(4408);
  });

  it("that answers no ping is cut", async () => {
    const peer = await start().watch("viewer", ["press/*"]);
    peer.answersPings = false;
    await live.time.advance(31_000);
    expect(peer.terminated).toBe(true);
    expect(live.hub.statistics()).toMatchObject({ sockets: 0, groups: 0 });
  });
});

async function caller(name: string) {
  return (await live.bench.people.enter(name)).caller;
}

describe("events", () => {
  it("go to those who may see them: staff the machine's, a guest its own", async () => {
    const viewer = await start().enter("viewer");
    const guest = await live.enter("inside");
    const elsewhere = await live.enter("elsewhere");
    for (const peer of [viewer, guest, elsewhere]) peer.take();
    await live.bench.useCases.commands.stop(await caller("operator"), "press", { reason: "r", waitMs: 0 });
    await live.time.advance(200);
    const [event] = viewer.takeOf("event");
    expect(event?.event).toMatchObject({
      kind: "command",
      command: { kind: "stop", equipment: "press", user: "operator" },
    });
    expect(guest.takeOf("event")).toEqual([]);
    await live.bench.useCases.commands.stop(await caller("inside"), "press", { reason: "r", waitMs: 0 });
    await live.time.advance(200);
    expect(guest.takeOf("event").length).toBeGreaterThan(0);
    expect(elsewhere.takeOf("event")).toEqual([]);
  });

  it("resume after the last one seen", async () => {
    const first = await start().enter("viewer");
    const seq = first.takeOf("authenticated")[0]?.seq ?? 0;
    await live.bench.useCases.commands.stopAll(await caller("operator"), { reason: undefined, waitMs: 0 });
    await live.time.advance(500);
    const seen = first.takeOf("event").map((event) => event.seq);
    const again = await live.enter("viewer", seen[0]);
    expect(again.takeOf("event").map((event) => event.seq)).toEqual(seen.slice(1));
    const later = await live.enter("viewer");
    later.say({ type: "events", since: seq });
    await live.time.advance(0);
    expect(later.takeOf("event").map((event) => event.seq)).toEqual(seen);
  });

  it("that are gone are said to be missed", async () => {
    const peer = await start({ events: 2 }).enter("viewer");
    const seq = peer.takeOf("authenticated")[0]?.seq ?? 0;
    await live.bench.useCases.commands.stopAll(await caller("operator"), { reason: undefined, waitMs: 0 });
    await live.time.advance(500);
    const again = await live.enter("viewer", seq);
    const sent = again.take();
    expect(sent.find((message) => message.type === "error")).toMatchObject({ code: "live/events-missed" });
    expect(sent.filter((message) => message.type === "event")).toHaveLength(2);
  });

  it("of the time before a guest's slot stay unseen, also when it resumes", async () => {
    const peer = await start().enter("viewer");
    const seq = peer.takeOf("authenticated")[0]?.seq ?? 0;
    await live.bench.useCases.commands.stop(await caller("operator"), "press", { reason: undefined, waitMs: 0 });
    await live.time.advance(5000);
    const now = live.time.wallMs();
    live.bench.people.book("inside", { equipment: "press", startMs: now - 1000, endMs: now + 60_000 });
    const guest = await live.enter("inside", seq);
    expect(guest.takeOf("event")).toEqual([]);
  });
});

describe("the beat", () => {
  it("brings ticket, time and the links that the reader may see, each second", async () => {
    const viewer = await start().enter("viewer");
    const guest = await live.enter("inside");
    live.bench.links.set("oven-plc", "lost");
    for (const peer of [viewer, guest]) peer.take();
    await live.time.advance(3000);
    const beats = viewer.takeOf("beat");
    expect(beats).toHaveLength(3);
    expect(beats[2]).toEqual({
      type: "beat",
      at: live.time.wallMs(),
      ticket: live.bench.tickets.current(),
      audit: "written",
      links: [
        { device: "plc", state: "connected", ageMs: 5 },
        { device: "oven-plc", state: "lost", ageMs: 5 },
      ],
    });
    expect(guest.takeOf("beat")[0]?.links.map((link) => link.device)).toEqual(["plc"]);
  });

  it("says at once to every reader that the audit cannot be written, and that it can again", async () => {
    const readers = [await start().enter("viewer"), await live.watch("operator", ["press/speed"])];
    for (const broken of [true, false]) {
      for (const peer of readers) peer.take();
      live.bench.audit.turn(broken);
      const said = readers.map((peer) => peer.takeOf("beat").map(({ audit }) => audit));
      const word = broken ? "unavailable" : "written";
      expect(said).toEqual([[word], [word]]);
    }
  });

  it("travels with the next samples, or alone a moment later", async () => {
    const peer = await start().watch("viewer", ["press/speed"]);
    await live.time.advance(899);
    expect(peer.take()).toEqual([]);
    await live.time.advance(1);
    live.bench.set("press/speed", 5);
    expect(peer.frames).toHaveLength(1);
    expect(peer.take().map((message) => message.type)).toEqual(["beat", "samples"]);
    await live.time.advance(1099);
    expect(peer.take()).toEqual([]);
    await live.time.advance(1);
    expect(peer.take().map((message) => message.type)).toEqual(["beat"]);
  });
});

describe("what is not understood", () => {
  it("is answered, and closes the socket at the third time", async () => {
    const peer = await start().enter("viewer");
    peer.take();
    for (const message of ['{"type":"lease"}', "null", "{"]) {
      expect(peer.closed).toBeUndefined();
      peer.say(message);
      await live.time.advance(10);
    }
    expect(peer.takeOf("error").map((message) => message.code)).toEqual(Array(3).fill("request/invalid"));
    expect(peer.closed?.code).toBe(4400);
  });

  it.each([
    '{"type":"subscribe","id":1,"tags":["press/*"],"__proto__":{"a":1}}',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
    '{"type":"subscribe","id":1,"tags":[]}',
    '{"type":"subscribe","id":1,"tags":["press/*"],"intervalMs":1}',
    '{"type":"subscribe","id":-1,"tags":["press/*"]}',
    '{"type":"subscribe","id":1e99,"tags":["press/*"]}',
    `{"type":"subscribe","id":1,"tags":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    "[".repeat(60_000),
    "",
  ])("%.70s", async (message) => {
    const peer = await start().enter("viewer");
    peer.take();
    peer.say(message);
    await live.time.advance(10);
    expect(peer.take()).toMatchObject([{ type: "error", code: "request/invalid" }]);
  });

  it("in too great a number closes the socket, and the others go on", async () => {
    const flood = await start().enter("viewer");
    const other = await live.watch("viewer", ["press/*"]);
    for (let n = 0; n < 10_000; n++) flood.say({ type: "unsubscribe", id: n });
    await live.time.advance(1000);
    expect(flood.closed?.code).toBe(4429);
    live.bench.set("press/speed", 77);
    expect(other.takeOf("samples")).toHaveLength(1);
  });
});

describe("places", () => {
  it("are bounded for one person", async () => {
    start({ socketsPerUser: 2 });
    const peers = [await live.enter("viewer"), await live.enter("viewer"), await live.enter("viewer")];
    expect(peers.map((peer) => peer.closed?.code)).toEqual([undefined, undefined, 4429]);
    peers[0]?.attached?.gone();
    const next = await live.enter("viewer");
    expect(next.closed).toBeUndefined();
    expect(live.hub.statistics()).toMatchObject({ sockets: 2, strangers: 0, refusedSockets: 1 });
  });

  it("are bounded in all, and for those who have not said who they are", async () => {
    start({ sockets: 3, strangers: 2 });
    for (let n = 0; n < 3; n++) live.open();
    expect(live.hub.statistics()).toMatchObject({ sockets: 2, strangers: 2 });
    await live.time.advance(5000);
    expect(live.hub.statistics()).toMatchObject({ sockets: 0, strangers: 0 });
    for (let n = 0; n < 3; n++) await live.enter("viewer");
    expect(live.hub.hasPlace()).toBe(false);
    expect(live.hub.statistics()).toMatchObject({ sockets: 3, strangers: 0, refusedSockets: 1 });
  });

  it("of strangers are given up by the address that has most of them, its oldest first, so that a page comes back", async () => {
    start({ sockets: 6, strangers: 4 });
    const [first, second, third] = [live.open("10.0.0.9"), live.open("10.0.0.9"), live.open("10.0.0.9")];
    const other = live.open("10.0.0.7");
    const page = live.open("10.0.0.8");
    expect([first, second, third, other, page].map((peer) => peer.closed?.code)).toEqual([
      4429,
      ...Array(4).fill(undefined),
    ]);
    await live.enter("viewer");
    expect([second, third, other, page].map((peer) => peer.closed?.code)).toEqual([4429, ...Array(3).fill(undefined)]);
    expect(live.hub.statistics()).toMatchObject({ sockets: 4, strangers: 3 });
    await live.time.advance(5000);
    expect(live.hub.statistics()).toMatchObject({ sockets: 1, strangers: 0 });
  });

  it("of one stranger make room where those who have signed in take all others", async () => {
    start({ sockets: 2, strangers: 2 });
    await live.enter("viewer");
    const stranger = live.open("10.0.0.9");
    expect(live.hub.hasPlace()).toBe(true);
    const back = await live.enter("viewer");
    expect([stranger.closed?.code, back.closed]).toEqual([4429, undefined]);
  });

  it("are all given up when the gateway stops, and no timer is left", async () => {
    const peer = await start().watch("viewer", ["press/*"]);
    live.hub.close();
    expect(peer.closed).toEqual({ code: 1001, reason: "the gateway is stopping" });
    await live.bench.control.close();
    await live.time.advance(2000);
    expect(live.time.pending).toBe(0);
  });
});
