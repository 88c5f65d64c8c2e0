import { expect, test, vi } from "vitest";
import { NoAnswer } from "../api/client.ts";
import type { WhyAnswer } from "../api/wire.ts";
import { why } from "../gallery/machine.ts";
import { HandClock } from "../live/hand-clock.ts";
import { counted, WhyQuestion } from "./why-question.svelte.ts";

const answer: WhyAnswer = { target: "line:start", allowed: false, why: [...why] };

function question(ask: () => Promise<WhyAnswer> = async () => answer) {
  const clock = new HandClock();
  const asked = vi.fn(ask);
  return { clock, asked, question: new WhyQuestion("line:start", { ask: asked, after: clock.after }) };
}

test("asks at once, and is quiet while nothing changes", async () => {
  const { clock, asked, question: one } = question();
  await clock.pass(60_000);
  expect(asked).toHaveBeenCalledExactlyOnceWith("line:start");
  expect(one.answer).toEqual(answer);
});

test("asks again at most twice a second, however often something changes", async () => {
  const { clock, asked, question: one } = question();
  for (let step = 0; step < 100; step += 1) {
    one.changed();
    await clock.pass(20);
  }
  await clock.pass(1_000);
  expect(asked.mock.calls.length).toBeGreaterThanOrEqual(4);
  expect(asked.mock.calls.length).toBeLessThanOrEqual(6);
});

test("the last change is never missed", async () => {
  const { clock, asked, question: one } = question();
  await clock.pass(10);
  one.changed();
  await clock.pass(1_000);
  expect(asked).toHaveBeenCalledTimes(2);
});

test("one question at a time: a gateway that is slow is not asked on top", async () => {
  const answers: ((one: WhyAnswer) => void)[] = [];
  const { clock, asked, question: one } = question(() => new Promise((resolve) => answers.push(resolve)));
  one.changed();
  await clock.pass(5_000);
  expect(asked).toHaveBeenCalledTimes(1);
  answers[0]?.(answer);
  await clock.pass(0);
  expect(asked).toHaveBeenCalledTimes(2);
});

test("says when the gateway did not answer, and keeps what it knew", async () => {
  let fail = false;
  const { clock, question: one } = question(() =>
    fail ? Promise.reject(new NoAnswer(new Error("cut"))) : Promise.resolve(answer),
  );
  await clock.pass(600);
  fail = true;
  one.changed();
  await clock.pass(0);
  expect(one.error).toBeInstanceOf(NoAnswer);
  expect(one.answer).toEqual(answer);
});

test("asks nothing once it is closed", async () => {
  const { clock, asked, question: one } = question();
  one.changed();
  one.end();
  await clock.pass(5_000);
  expect(asked).toHaveBeenCalledTimes(1);
});

test("knows what its answer stands on, and how much of it is missing", async () => {
  const { clock, question: one } = question();
  await clock.pass(0);
  expect([...one.stands()]).toEqual(["line/level", "line/temperature"]);
  expect(counted(answer.why)).toEqual({ all: 3, missing: 2 });
});
