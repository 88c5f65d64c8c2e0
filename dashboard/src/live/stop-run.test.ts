import { expect, test } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { Command } from "../api/wire.ts";
import { command } from "../gallery/samples.ts";
import { HandClock } from "./hand-clock.ts";
import { StopRun } from "./stop-run.svelte.ts";

function stop(state: Command["state"], id = "s1"): Command {
  return command(state, { id, kind: "stop", target: "press:stop", value: null });
}

function plan(
  post: () => Promise<readonly Command[]>,
  get: () => Promise<Command> = () => new Promise(() => undefined),
) {
  const clock = new HandClock();
  const calls = { posts: 0, gets: 0, signal: undefined as AbortSignal | undefined };
  const run = new StopRun({
    post(signal) {
      calls.posts += 1;
      calls.signal = signal;
      return post();
    },
    get() {
      calls.gets += 1;
      return get();
    },
    now: clock.now,
    after: clock.after,
    wallMs: () => 1_000,
  });
  return { clock, calls, run };
}

test("is sent at once, received, then confirmed by the event", async () => {
  const { clock, calls, run } = plan(async () => [stop("SENT")]);
  run.press();
  expect(calls.posts).toBe(1);
  expect(run.phase).toBe("sent");
  await clock.pass(0);
  expect(run.phase).toBe("received");
  await clock.pass(300);
  run.heed(stop("VERIFIED"));
  expect(run).toMatchObject({ phase: "confirmed", receivedMs: 0, confirmedMs: 300 });
  await clock.pass(10_000);
  expect(run.phase).toBe("confirmed");
});

test("is confirmed by asking where no socket tells", async () => {
  const answers = [stop("SENT"), stop("VERIFIED")];
  const { clock, run } = plan(
    async () => [stop("SENT")],
    async () => answers.shift() ?? stop("VERIFIED"),
  );
  run.press();
  await clock.pass(900);
  expect(run.phase).toBe("confirmed");
});

test("without any answer it is given up after three seconds, and never sent again by itself", async () => {
  const { clock, calls, run } = plan(() => new Promise(() => undefined));
  run.press();
  await clock.pass(2_999);
  expect(run.phase).toBe("sent");
  await clock.pass(1);
  expect(run.phase).toBe("not-confirmed");
  expect(calls.signal?.aborted).toBe(true);
  await clock.pass(600_000);
  expect(calls.posts).toBe(1);
});

test("a network that refuses at once is said at once", async () => {
  const { clock, run } = plan(() => Promise.reject(new NoAnswer(new Error("refused"))));
  run.press();
  await clock.pass(0);
  expect(run.phase).toBe("not-confirmed");
});

test("received but not stopped within three seconds is not confirmed, and a late end still shows", async () => {
  const { clock, run } = plan(async () => [stop("SENT")]);
  run.press();
  await clock.pass(3_000);
  expect(run.phase).toBe("not-confirmed");
  await clock.pass(400);
  run.heed(stop("VERIFIED"));
  expect(run).toMatchObject({ phase: "confirmed", confirmedMs: 3_400 });
});

test("an unknown end is no confirmation", async () => {
  const { clock, run } = plan(async () => [stop("SENT")]);
  run.press();
  await clock.pass(500);
  run.heed(stop("UNKNOWN"));
  expect(run.phase).not.toBe("confirmed");
  await clock.pass(2_500);
  expect(run.phase).toBe("not-confirmed");
});

test("says why the gateway refused", async () => {
  const problem = { type: "", title: "Not in your role", status: 403, code: "auth/forbidden" };
  const { clock, run } = plan(() => Promise.reject(new Refusal(problem)));
  run.press();
  await clock.pass(0);
  expect(run).toMatchObject({ phase: "not-confirmed", refusal: "Not in your role" });
});

test("of several machines all must confirm", async () => {
  const { clock, run } = plan(async () => [stop("SENT", "s1"), stop("SENT", "s2")]);
  run.press();
  await clock.pass(100);
  run.heed(stop("VERIFIED", "s1"));
  expect(run.phase).toBe("received");
  run.heed(stop("VERIFIED", "s2"));
  expect(run.phase).toBe("confirmed");
});

test("pressing again asks again, whatever came before", async () => {
  const { clock, calls, run } = plan(() => new Promise(() => undefined));
  run.press();
  run.press();
  await clock.pass(3_000);
  run.press();
  expect(calls.posts).toBe(3);
  expect(run.phase).toBe("sent");
});

test("another one's stop does not confirm this one", async () => {
  const { clock, run } = plan(async () => [stop("SENT")]);
  run.press();
  await clock.pass(100);
  run.heed(stop("VERIFIED", "other"));
  expect(run.phase).toBe("received");
});
