import { describe, expect, test, vi } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { Command, ValueView } from "../api/wire.ts";
import { command as sample } from "../gallery/samples.ts";
import { CommandRun, type RunDeps } from "./command-run.svelte.ts";

const instant = (ms: number) => new Date(ms).toISOString();
const start = { target: "press:start", arguments: { speed: 90 } };
const record = (state: Command["state"], more: Partial<Command> = {}): Command => {
  const { finishedAt, ...open } = sample(state, { id: "c1", kind: "command", target: "press:start" });
  const final = !["SELECTED", "PENDING_APPROVAL", "SENT"].includes(state);
  return { ...open, ...(final ? { finishedAt: instant(20_000) } : {}), ...more };
};

/** A gateway that tests play: each post waits for its answer. */
function play(more: Partial<RunDeps> = {}) {
  const posts: { path: string; body: unknown; answer: (command: Command) => void; fail: (error: unknown) => void }[] =
    [];
  const taken: Command[] = [];
  const settled: string[] = [];
  const run = new CommandRun(start, {
    post: (path, body) =>
      new Promise((answer, fail) => {
        posts.push({ path, body, answer, fail });
      }),
    read: async () => [],
    ticket: () => "ticket",
    nowMs: () => 10_000,
    key: () => "key-1",
    take: (one) => taken.push(one),
    settle: (id) => settled.push(id),
    ...more,
  });
  const last = () => {
    const post = posts.at(-1);
    if (!post) throw new Error("nothing was sent");
    return post;
  };
  const answered = async (command: Command) => {
    last().answer(command);
    await turns();
  };
  const failed = async (error: unknown) => {
    last().fail(error);
    await turns();
  };
  return { run, posts, taken, settled, last, answered, failed };
}

/** Promises that wait for each other get their turns. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

const refusal = new Refusal({
  type: "",
  title: "Refused",
  status: 409,
  code: "command/refused",
  causes: [{ cause: "no-lease", text: { en: "No control", it: "Senza comando" } }],
});
const cut = new NoAnswer(new Error("cut"));

async function selected(more: Partial<Command> = {}) {
  const played = play();
  void played.run.select();
  await played.answered(record("SELECTED", { operateBefore: instant(40_000), ...more }));
  return played;
}

describe("R6: select before operate", () => {
  test("goes with the same parameters and the newest ticket each time, once", async () => {
    const tickets = ["t1", "t2"];
    const played = play({ ticket: () => tickets.shift() ?? "" });
    void played.run.select("More bottles");
    await played.answered(record("SELECTED"));
    void played.run.operate();
    void played.run.operate();
    expect(played.posts.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: "/commands", body: { ...start, key: "key-1", ticket: "t1", reason: "More bottles" } },
      { path: "/commands/c1/operate", body: { arguments: { speed: 90 }, ticket: "t2" } },
    ]);
    expect(played.run.phase.kind).toBe("sending");
    await played.answered(record("VERIFIED"));
    expect(played.run.phase).toMatchObject({ kind: "ended", command: { state: "VERIFIED" } });
  });

  test("sends nothing without a live connection, at either half", async () => {
    let ticket = "";
    const { run, posts, answered } = play({ ticket: () => ticket });
    await run.select();
    expect(posts).toEqual([]);
    ticket = "t";
    void run.select();
    await answered(record("SELECTED"));
    ticket = "";
    await run.operate();
    expect(posts).toHaveLength(1);
    expect(run.phase.kind).toBe("selected");
  });

  test("is not operated before it is selected, nor while a second person is asked", async () => {
    const { run, posts, answered } = play();
    await run.operate();
    void run.select();
    await answered(record("PENDING_APPROVAL", { approveBefore: instant(130_000) }));
    await run.operate();
    expect(posts).toHaveLength(1);
    run.heed(record("SELECTED", { approval: { user: "G. Bianchi", at: instant(11_000) } }));
    expect(run.phase).toMatchObject({ kind: "selected", command: { approval: { user: "G. Bianchi" } } });
    void run.operate();
    expect(posts).toHaveLength(2);
  });

  test("given up, it is cancelled at the gateway", async () => {
    const { run, last } = await selected();
    run.release();
    expect(last().path).toBe("/commands/c1/cancel");
    expect(run.phase.kind).toBe("released");
  });

  test("given up before the gateway has answered, it is cancelled as soon as it is known", async () => {
    const { run, posts, answered } = play();
    void run.select();
    run.release();
    await answered(record("SELECTED"));
    expect(posts.map(({ path }) => path)).toEqual(["/commands", "/commands/c1/cancel"]);
    expect(run.phase.kind).toBe("released");
  });

  test("dies with the connection, and is not sent again when that comes back", async () => {
    const { run, posts } = await selected();
    run.connectionGone();
    expect(run.phase.kind).toBe("lost");
    run.heed(record("SELECTED"));
    await run.operate();
    expect(posts).toHaveLength(1);
    expect(run.phase.kind).toBe("lost");
  });

  test("without an answer nothing was written, and nothing is unknown", async () => {
    const { run, failed } = play();
    void run.select();
    await failed(cut);
    expect(run.phase.kind).toBe("lost");
  });

  test.each(["EXPIRED", "CANCELLED", "REFUSED"] as const)("ends when the gateway says %s", async (state) => {
    const { run } = await selected();
    run.heed(record(state));
    expect(run.phase).toMatchObject({ kind: "ended", command: { state } });
  });

  test("R8: tells every cause of a refusal, of the select and of the operate", async () => {
    const first = play();
    void first.run.select();
    await first.failed(refusal);
    expect(first.run.phase).toMatchObject({ kind: "refused", causes: [{ cause: "no-lease" }] });
    const second = await selected();
    void second.run.operate();
    await second.failed(refusal);
    expect(second.run.phase).toMatchObject({ kind: "refused", causes: [{ cause: "no-lease" }] });
  });
});

describe("what is on its way", () => {
  test("is not taken back by closing", async () => {
    const { run, posts } = await selected();
    void run.operate();
    run.release();
    expect(posts.map(({ path }) => path)).toEqual(["/commands", "/commands/c1/operate"]);
    expect(run.phase.kind).toBe("sending");
  });

  test("R1: is not undone by an older message", async () => {
    const { run } = await selected();
    void run.operate();
    run.heed(record("SELECTED"));
    expect(run.phase.kind).toBe("sending");
    run.heed(record("VERIFIED"));
    run.heed(record("SENT"));
    expect(run.phase).toMatchObject({ kind: "ended", command: { state: "VERIFIED" } });
  });

  test("is known from the socket when the answer is lost after it", async () => {
    const { run, failed } = await selected();
    void run.operate();
    run.heed(record("VERIFIED"));
    await failed(cut);
    expect(run.phase).toMatchObject({ kind: "ended", command: { state: "VERIFIED" } });
  });

  test("R7: without an answer nobody knows, until the gateway tells its end", async () => {
    const { run, failed } = await selected();
    void run.operate();
    await failed(cut);
    expect(run.phase).toMatchObject({ kind: "no-answer", sinceMs: 10_000 });
    run.release();
    expect(run.phase.kind).toBe("no-answer");
    run.heed(record("VERIFIED"));
    expect(run.phase).toMatchObject({ kind: "ended", command: { state: "VERIFIED" } });
  });

  test("is told to the page once: what the socket brings is not sent round again", async () => {
    const { run, taken } = await selected();
    const before = taken.length;
    run.heed(record("SENT"));
    run.heed(record("VERIFIED"));
    expect(taken).toHaveLength(before);
    expect(before).toBe(1);
  });

  test("takes a late answer, which changes no final state", async () => {
    const { run } = await selected();
    run.heed(record("UNKNOWN"));
    run.heed(record("UNKNOWN", { events: [{ at: instant(30_000), state: "NOTE", text: "seen at last" }] }));
    expect(run.phase).toMatchObject({ kind: "ended", command: { state: "UNKNOWN", events: [{ state: "NOTE" }] } });
  });

  test("of class C1 is sent at once", async () => {
    const { run, last, answered } = play();
    void run.direct();
    expect(last().path).toBe("/commands");
    expect(run.phase.kind).toBe("sending");
    await answered(record("VERIFIED"));
    expect(run.phase.kind).toBe("ended");
  });
});

test("R7: an unknown end is settled only by values that the machine gave after it", async () => {
  let views: ValueView[] = [];
  const view = (tag: string, confirmedMs: number, status = 0): ValueView => {
    const time = instant(confirmedMs);
    return { tag, value: 1, status, sourceTime: time, serverTime: time, confirmedAt: time };
  };
  const played = play({ read: async () => views });
  const { run, settled } = played;
  void run.direct();
  await played.answered(record("UNKNOWN"));
  for (const wrong of [
    [],
    [view("a/x", 20_001)],
    [view("a/x", 20_001), view("a/y", 20_000)],
    [view("a/x", 20_001), view("a/y", 20_001, 0x80310000)],
  ]) {
    views = wrong;
    await run.readMachine(["a/x", "a/y"]);
    expect(run).toMatchObject({ settled: false, reading: "stale" });
  }
  views = [view("a/x", 20_001), view("a/y", 20_001)];
  await run.readMachine(["a/x", "a/y"]);
  expect(run).toMatchObject({ settled: true, reading: "none" });
  expect(settled).toEqual(["c1"]);
});

test("R7: an earlier one without a known end stands in the way of the next until the machine was read", async () => {
  const post = vi.fn();
  const deps = {
    post,
    read: async () => [],
    ticket: () => "t",
    nowMs: () => 0,
    key: () => "k",
    take: vi.fn(),
    settle: vi.fn(),
  };
  const run = new CommandRun(start, deps, record("UNKNOWN"));
  await run.select();
  await run.direct();
  expect(post).not.toHaveBeenCalled();
  expect(run.phase).toMatchObject({ kind: "ended", command: { state: "UNKNOWN" } });
});

test("says when the machine could not be read", async () => {
  const { run, answered } = play({ read: () => Promise.reject(cut) });
  void run.direct();
  await answered(record("UNKNOWN"));
  await run.readMachine(["a/x"]);
  expect(run).toMatchObject({ settled: false, reading: "failed" });
});
