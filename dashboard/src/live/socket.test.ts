import { describe, expect, test } from "vitest";
import type { ServerMessage } from "../api/wire.ts";
import { HandClock } from "./hand-clock.ts";
import { type LinkPhase, LiveSocket, pauseMs, type WireEvents } from "./socket.ts";

/** A network that tests play: every connection is kept, with what was sent on it. */
function network() {
  const clock = new HandClock();
  const wires: { events: WireEvents; sent: { type: string; [key: string]: unknown }[]; closed: boolean }[] = [];
  const phases: LinkPhase[] = [];
  const begun: number[] = [];
  const state = {
    online: true,
    refused: 0,
    token: () => Promise.resolve("token"),
    sign: { visible: true, active: false },
  };
  const socket = new LiveSocket(
    {
      open(events) {
        const wire = { events, sent: [] as { type: string }[], closed: false };
        wires.push(wire);
        return {
          send: (text) => wire.sent.push(JSON.parse(text)),
          close: () => {
            wire.closed = true;
          },
        };
      },
      now: clock.now,
      after: clock.after,
      random: () => 1,
      token: () => state.token(),
      tokenRefused: () => {
        state.refused += 1;
      },
      online: () => state.online,
      phase: (phase) => phases.push(phase),
      begun: () => begun.push(clock.now()),
      presence: () => state.sign,
      message: () => undefined,
    },
    ["*"],
  );
  const last = () => {
    const wire = wires.at(-1);
    if (!wire) throw new Error("nothing was opened");
    return wire;
  };
  const say = (message: ServerMessage) => last().events.received(JSON.stringify(message));
  const beat = () => say({ type: "beat", at: clock.now(), ticket: "t", audit: "written", links: [] });
  return { clock, wires, phases, begun, state, socket, last, say, beat };
}

type Network = ReturnType<typeof network>;
const user = {
  id: "u",
  name: "anna",
  role: "operator",
  language: "en",
  permissions: [],
  secondFactor: false,
  factor: { required: true, enrolled: false },
  locked: false,
} as const;

async function open(net: Network): Promise<void> {
  net.last().events.opened();
  await net.clock.pass(0);
  net.say({ type: "authenticated", user: { ...user, permissions: [] }, expiresAt: 0, seq: 40 });
  net.say({ type: "subscribed", id: 1, tags: [{ handle: 1, tag: "a/b", type: "double" }], refused: [] });
  net.say({ type: "samples", at: 0, samples: [[1, 5, 0, 0]] });
  net.beat();
}

describe("the live connection", () => {
  test("sends the token first and asks for nothing before it is accepted", async () => {
    const net = network();
    net.socket.start();
    net.last().events.opened();
    await net.clock.pass(0);
    expect(net.last().sent.map((message) => message.type)).toEqual(["authenticate"]);
    net.say({ type: "authenticated", user: { ...user, permissions: [] }, expiresAt: 0, seq: 40 });
    expect(net.last().sent.map((message) => message.type)).toEqual(["authenticate", "subscribe"]);
  });

  test("is live only with a beat and a full set of fresh values", async () => {
    const net = network();
    net.socket.start();
    net.last().events.opened();
    await net.clock.pass(0);
    net.say({ type: "authenticated", user: { ...user, permissions: [] }, expiresAt: 0, seq: 40 });
    net.beat();
    net.say({ type: "subscribed", id: 1, tags: [{ handle: 1, tag: "a/b", type: "double" }], refused: [] });
    net.beat();
    expect(net.phases).toEqual([]);
    net.say({ type: "samples", at: 0, samples: [[1, 5, 0, 0]] });
    net.beat();
    expect(net.phases).toEqual(["live"]);
  });

  test("is lost five seconds after the last beat, though samples still come", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    for (let second = 0; second < 4; second += 1) {
      await net.clock.pass(1_000);
      net.say({ type: "samples", at: 0, samples: [[1, 6, 0, 0]] });
    }
    expect(net.phases).toEqual(["live"]);
    await net.clock.pass(1_250);
    expect(net.phases).toEqual(["live", "lost"]);
    expect(net.wires[0]?.closed).toBe(true);
  });

  test("wavers when the connection closes, and is lost when it does not come back in time", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.last().events.closed(1006);
    expect(net.phases).toEqual(["live", "wavering"]);
    await net.clock.pass(5_250);
    expect(net.phases).toEqual(["live", "wavering", "lost"]);
  });

  test("is lost at once when the browser says offline, and tries at once when it is back", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.state.online = false;
    net.socket.offline();
    expect(net.phases.at(-1)).toBe("lost");
    await net.clock.pass(60_000);
    expect(net.wires).toHaveLength(1);
    net.state.online = true;
    net.socket.online();
    expect(net.wires).toHaveLength(2);
  });

  test("believes nothing that an old connection still says", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    const old = net.last();
    net.socket.offline();
    old.events.received(JSON.stringify({ type: "beat", at: 1, ticket: "t", audit: "written", links: [] }));
    expect(net.phases.at(-1)).toBe("lost");
  });

  test("comes back only with fresh values, and sends nothing that was tried meanwhile", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.last().events.closed(1006);
    net.socket.renew("other");
    await net.clock.pass(6_000);
    await open(net);
    expect(net.phases.at(-1)).toBe("live");
    expect(net.begun).toHaveLength(2);
    expect(net.last().sent.map((message) => message.type)).toEqual(["authenticate", "subscribe"]);
  });

  test("asks for a new token where the gateway refused the one it had, and only then", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.last().events.closed(1006);
    expect(net.state.refused).toBe(0);
    await net.clock.pass(600);
    await open(net);
    net.last().events.closed(4401);
    expect(net.state.refused).toBe(1);
  });

  test("goes on with the events after the last one it heard", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    expect(net.last().sent[0]).toEqual({ type: "authenticate", token: "token" });
    net.say({ type: "event", seq: 41, event: { kind: "equipment", equipment: "press" } });
    net.last().events.closed(1006);
    await net.clock.pass(600);
    await open(net);
    expect(net.last().sent[0]).toEqual({ type: "authenticate", token: "token", since: 41 });
  });

  test("R40: answers the gateway's prompt at once, with whether somebody is there", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.state.sign = { visible: false, active: true };
    net.say({ type: "lease-prompt", equipment: "press", n: 7 });
    expect(net.last().sent.at(-1)).toEqual({ type: "lease-alive", n: 7, visible: false, active: true });
  });

  test("R40: nobody says that somebody is there without being asked, also after a reconnection", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.say({ type: "lease-prompt", equipment: "press", n: 7 });
    for (let second = 0; second < 20; second += 1) {
      await net.clock.pass(1_000);
      net.beat();
    }
    expect(net.last().sent.filter((message) => message.type === "lease-alive")).toHaveLength(1);
    net.last().events.closed(1006);
    await net.clock.pass(600);
    await open(net);
    expect(net.last().sent.map((message) => message.type)).toEqual(["authenticate", "subscribe"]);
  });

  test("R43: whoever says that they are there is heard at once, with the newest prompt of each machine", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.socket.here();
    expect(net.last().sent.filter((message) => message.type === "lease-alive")).toEqual([]);
    for (const [equipment, n] of [
      ["press", 7],
      ["press", 8],
      ["mill", 9],
    ] as const) {
      net.say({ type: "lease-prompt", equipment, n });
    }
    const before = net.last().sent.length;
    net.state.sign = { visible: true, active: true };
    net.socket.here();
    expect(net.last().sent.slice(before)).toEqual([
      { type: "lease-alive", n: 8, visible: true, active: true },
      { type: "lease-alive", n: 9, visible: true, active: true },
    ]);
  });

  test("tries again when the gateway takes the connection and says nothing", async () => {
    const net = network();
    net.socket.start();
    net.last().events.opened();
    await net.clock.pass(8_600);
    expect(net.wires.length).toBeGreaterThan(1);
    expect(net.wires[0]?.closed).toBe(true);
  });

  test("tries again when no token is to be had", async () => {
    const net = network();
    net.state.token = () => Promise.reject(new Error("no"));
    net.socket.start();
    net.last().events.opened();
    await net.clock.pass(600);
    expect(net.wires).toHaveLength(2);
  });

  test("renews on the open connection without subscribing again", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.socket.renew("next");
    net.say({ type: "authenticated", user: { ...user, permissions: [] }, expiresAt: 0, seq: 40 });
    expect(net.last().sent.filter((message) => message.type === "subscribe")).toHaveLength(1);
    expect(net.last().sent.at(-1)).toEqual({ type: "authenticate", token: "next" });
  });

  test("survives what is no message", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    for (const text of ["", "{", "null", "[]", '"beat"', '{"type":"unheard"}']) net.last().events.received(text);
    expect(net.phases).toEqual(["live"]);
  });

  test("stops without leaving anything running", async () => {
    const net = network();
    net.socket.start();
    await open(net);
    net.socket.stop();
    await net.clock.pass(60_000);
    expect(net.wires).toHaveLength(1);
    expect(net.phases).toEqual(["live"]);
  });
});

test.each([
  [0, 0, 250],
  [0, 1, 500],
  [3, 1, 4_000],
  [9, 0, 5_000],
  [40, 1, 10_000],
] as const)("pauses before attempt %i, random %d, for %i ms", (attempt, random, ms) => {
  expect(pauseMs(attempt, random)).toBe(ms);
});
