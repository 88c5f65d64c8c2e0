import { expect, test } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { Command, ValueView } from "../api/wire.ts";
import { command } from "../gallery/samples.ts";
import { Attempt, type AttemptDeps } from "./attempt.svelte.ts";

const instant = (ms: number) => new Date(ms).toISOString();

function plan(more: Partial<AttemptDeps> = {}) {
  const log: { posts: unknown[]; taken: Command[]; settled: string[] } = { posts: [], taken: [], settled: [] };
  const attempt = new Attempt("press/speed", {
    async post(body) {
      log.posts.push(body);
      return command("VERIFIED", { id: "c1" });
    },
    read: async () => undefined,
    ticket: () => "ticket",
    nowMs: () => 10_000,
    key: () => "key-1",
    take: (one) => log.taken.push(one),
    settle: (id) => log.settled.push(id),
    ...more,
  });
  return { attempt, log };
}

function view(confirmedMs: number, status = 0): ValueView {
  const time = instant(confirmedMs);
  return { tag: "press/speed", value: 6, status, sourceTime: time, serverTime: time, confirmedAt: time };
}

test("sends value, key and the newest ticket, once", async () => {
  const { attempt, log } = plan();
  await attempt.send(6);
  expect(log.posts).toEqual([{ target: "press/speed", value: 6, key: "key-1", ticket: "ticket" }]);
  expect(log.taken.map((one) => one.id)).toEqual(["c1"]);
  expect(attempt.phase.kind).toBe("idle");
  expect(attempt.ownId).toBe("c1");
});

test("sends nothing without a live connection, and nothing later", async () => {
  let ticket = "";
  const { attempt, log } = plan({ ticket: () => ticket });
  await attempt.send(6);
  ticket = "ticket";
  await Promise.resolve();
  expect(log.posts).toEqual([]);
  expect(attempt.phase.kind).toBe("idle");
});

test("what was typed is kept until it is sent, and not longer", async () => {
  let ticket = "";
  const { attempt } = plan({ ticket: () => ticket });
  attempt.draft = "6,0";
  await attempt.send(6);
  attempt.dismiss();
  expect(attempt.draft).toBe("6,0");
  ticket = "ticket";
  await attempt.send(6);
  expect(attempt.draft).toBe("");
});

test("a second press while the first is under way sends nothing", async () => {
  let posts = 0;
  const { attempt } = plan({
    post: () => {
      posts += 1;
      return new Promise(() => undefined);
    },
  });
  void attempt.send(6);
  await attempt.send(7);
  expect(posts).toBe(1);
});

test("keeps the causes of a refusal until they are put away", async () => {
  const problem = { type: "", title: "Refused", status: 409, code: "command/refused", id: "c2", causes: [] };
  const { attempt } = plan({ post: () => Promise.reject(new Refusal(problem)) });
  await attempt.send(6);
  expect(attempt.phase).toEqual({ kind: "refused", wanted: 6, problem });
  attempt.dismiss();
  expect(attempt.phase.kind).toBe("idle");
});

test("no answer is unknown: not put away, not repeated, left only by reading the machine", async () => {
  let read: ValueView | undefined;
  let posts = 0;
  const { attempt } = plan({
    post: () => {
      posts += 1;
      return Promise.reject(new NoAnswer(new Error("cut")));
    },
    read: async () => read,
  });
  await attempt.send(6);
  attempt.dismiss();
  expect(attempt.phase.kind).toBe("no-answer");
  await attempt.send(6);
  expect(posts).toBe(1);
  await attempt.readMachine(undefined);
  expect(attempt).toMatchObject({ phase: { kind: "no-answer" }, reading: "stale" });
  read = view(9_000);
  await attempt.readMachine(undefined);
  expect(attempt.reading).toBe("stale");
  read = view(11_000, 0x80310000);
  await attempt.readMachine(undefined);
  expect(attempt.reading).toBe("stale");
  read = view(11_000);
  await attempt.readMachine(undefined);
  expect(attempt).toMatchObject({ phase: { kind: "idle" }, reading: "none" });
});

test("an unknown command is settled by a value read after it ended", async () => {
  const unknown = command("UNKNOWN", { id: "c9", finishedAt: instant(20_000) });
  let at = 20_000;
  const { attempt, log } = plan({ read: async () => view(at) });
  await attempt.readMachine(unknown);
  expect(log.settled).toEqual([]);
  at = 20_001;
  await attempt.readMachine(unknown);
  expect(log.settled).toEqual(["c9"]);
});

test("says when the machine cannot be read", async () => {
  const { attempt } = plan({ read: () => Promise.reject(new NoAnswer(new Error("cut"))) });
  await attempt.readMachine(command("UNKNOWN"));
  expect(attempt.reading).toBe("failed");
});
