import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LiveBench, type ReaderPeer } from "../testing/live-bench.ts";

let live: LiveBench;
beforeEach(() => {
  live = new LiveBench();
});
afterEach(async () => {
  live.hub.close();
  await live.bench.control.close();
});

/** A sign-in with one socket, which may open more. */
async function enter(name: string) {
  const { accessToken: token, caller } = await live.bench.people.enter(name);
  const open = async (): Promise<ReaderPeer> => {
    const peer = live.open();
    peer.say({ type: "authenticate", token });
    await live.time.advance(0);
    return peer;
  };
  return { caller, open, peer: await open() };
}

const take = (caller: Parameters<LiveBench["bench"]["control"]["take"]>[0]) =>
  live.bench.control.take(caller, "press", { phone: false });
const holder = () => live.bench.control.leases.holder("press")?.party.caller.name;

describe("prompts on the socket (R40)", () => {
  it("come to every socket of the holder's sign-in each 5 s, to nobody else's", async () => {
    const anna = await enter("operator");
    const second = await anna.open();
    const elsewhere = await enter("operator");
    expect(await take(anna.caller)).toEqual([]);
    await live.time.advance(10_250);
    const prompts = anna.peer.takeOf("lease-prompt");
    expect(prompts.map(({ equipment }) => equipment)).toEqual(["press", "press", "press"]);
    expect(second.takeOf("lease-prompt")).toEqual(prompts);
    expect(elsewhere.peer.takeOf("lease-prompt")).toEqual([]);
  });

  it("keep control while they are answered", async () => {
    const { caller, peer } = await enter("operator");
    await take(caller);
    for (let turn = 0; turn < 12; turn++) {
      await live.time.advance(5000);
      for (const { n } of peer.takeOf("lease-prompt")) peer.say({ type: "lease-alive", n, visible: turn % 2 === 0 });
      await live.time.advance(0);
    }
    expect(holder()).toBe("operator");
    await live.time.advance(15_250);
    expect(holder()).toBeUndefined();
  });

  it("are answered in vain by another sign-in", async () => {
    const anna = await enter("operator");
    const other = await enter("supervisor");
    await take(anna.caller);
    for (let turn = 0; turn < 4; turn++) {
      await live.time.advance(5000);
      for (const { n } of anna.peer.takeOf("lease-prompt")) other.peer.say({ type: "lease-alive", n, visible: true });
    }
    await live.time.advance(0);
    expect([holder(), other.peer.takeOf("error")]).toEqual([undefined, []]);
  });

  it("come at once to a page that was loaded anew", async () => {
    const { caller, peer, open } = await enter("operator");
    await take(caller);
    await live.time.advance(5250);
    const unanswered = peer.takeOf("lease-prompt").at(-1);
    peer.attached?.gone();
    await live.time.advance(4000);
    const back = await open();
    expect(back.take().map((message) => message.type)).toEqual(["authenticated", "lease-prompt"]);
    back.say({ type: "lease-alive", n: unanswered?.n, visible: true });
    await live.time.advance(10_750);
    expect(holder()).toBe("operator");
  });

  it("stop with the sign-in, whose control ends at once", async () => {
    const { caller, peer } = await enter("operator");
    await take(caller);
    await live.time.advance(250);
    peer.take();
    await live.bench.people.signOut(caller);
    expect(holder()).toBeUndefined();
    await live.time.advance(10_000);
    expect([peer.takeOf("lease-prompt"), peer.closed?.code]).toEqual([[], 4401]);
  });

  it("are not kept for a socket that is not signed in, or is gone", async () => {
    const { caller, peer, open } = await enter("operator");
    const stranger = live.open();
    const gone = await open();
    await take(caller);
    gone.attached?.gone();
    await live.time.advance(5250);
    expect([stranger.take(), gone.takeOf("lease-prompt")]).toEqual([[], []]);
    expect(peer.takeOf("lease-prompt")).toHaveLength(2);
    expect(live.bench.control.leases.connected(caller.signInId)).toBe(true);
    peer.attached?.gone();
    expect(live.bench.control.leases.connected(caller.signInId)).toBe(false);
  });

  it("are no business of a socket before it says who it is", async () => {
    const peer = live.open();
    peer.say({ type: "lease-alive", n: 1, visible: true });
    await live.time.advance(0);
    expect(peer.takeOf("error").map(({ code }) => code)).toEqual(["auth/required"]);
  });
});

describe("news of control on the socket", () => {
  it("go to whoever may see the machine, and no further", async () => {
    const viewer = await enter("viewer");
    const inside = await enter("inside");
    const elsewhere = await enter("elsewhere");
    const anna = await enter("operator");
    await take(anna.caller);
    const news = ({ peer }: { peer: ReaderPeer }) => peer.takeOf("event").map(({ event }) => event);
    const taken = { kind: "lease", equipment: "press", change: "taken", holder: "operator", by: "operator" };
    expect([news(viewer), news(inside), news(elsewhere)]).toEqual([[taken], [taken], []]);
  });

  it("of before its slot are not read again by a guest who comes back with the number of an old event", async () => {
    const slot = (from: number) => {
      const startMs = live.time.wallMs() + from;
      return { equipment: "press", startMs, endMs: startMs + 60_000 };
    };
    live.bench.people.book("inside", slot(10_000));
    const anna = await enter("operator");
    const [said] = anna.peer.takeOf("authenticated");
    await take(anna.caller);
    live.bench.control.release(anna.caller, "press");
    await live.time.advance(11_000);
    const since = said?.seq ?? 0;
    const late = await live.enter("inside", since);
    await take(anna.caller);
    const changes = late.takeOf("event").flatMap(({ event }) => (event.kind === "lease" ? event.change : []));
    expect(changes).toEqual(["taken"]);
    const viewer = await live.enter("viewer", since);
    expect(viewer.takeOf("event").filter(({ event }) => event.kind === "lease")).toHaveLength(3);
  });

  it("say why control ended", async () => {
    const { caller, peer } = await enter("operator");
    await take(caller);
    live.bench.set("press/key", false);
    expect(peer.takeOf("event").at(-1)?.event).toEqual({
      kind: "lease",
      equipment: "press",
      change: "ended",
      holder: null,
      reason: "local-control",
    });
  });
});
