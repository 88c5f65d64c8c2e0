import { expect, test } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { KioskView } from "../api/wire.ts";
import { HandClock } from "../live/hand-clock.ts";
import { KioskLink } from "./kiosk-link.svelte.ts";
import { type KioskFacts, phaseOf } from "./kiosk-phase.ts";

const at = "2026-11-22T13:04:18.000Z";
const picture = (name: string) => ({ at, kiosk: { name } }) as KioskView;
const noAnswer = () => new NoAnswer(new Error("gone"));
const refusal = (status: number) => new Refusal({ type: "", title: "no", status, code: "auth/required" });

type Answer = KioskView | Error | Promise<KioskView>;

/** A link over answers in their order; the last one goes on. */
function linked(...answers: readonly Answer[]) {
  const clock = new HandClock();
  let asked = 0;
  const ask = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer;
  };
  const post = async (path: string) => picture(path);
  const deps = { ask, post, now: clock.now, wallMs: clock.now, after: clock.after };
  const link = new KioskLink(deps);
  return { link, clock, asked: () => asked };
}

const facts: KioskFacts = { answeredMs: 0, refusal: undefined, failures: 0, nowMs: 0 };

test.each<[string, Partial<KioskFacts>, string]>([
  ["nothing was answered yet", { answeredMs: undefined }, "loading"],
  ["one question was lost before any answer", { answeredMs: undefined, failures: 1 }, "loading"],
  ["nobody answers from the first on", { answeredMs: undefined, failures: 2 }, "lost"],
  ["it was just answered", {}, "live"],
  ["one question was lost", { failures: 1, nowMs: 2_000 }, "live"],
  ["two were lost", { failures: 2, nowMs: 2_000 }, "lost"],
  ["the picture is 5 s old", { nowMs: 5_000 }, "live"],
  ["the picture is older", { nowMs: 5_001 }, "lost"],
  ["it is nobody here", { refusal: { status: 401 } }, "not-enrolled"],
  ["a proxy stands between", { refusal: { status: 403 } }, "refused"],
  ["the gateway broke", { refusal: { status: 500 } }, "refused"],
])("%s", (_name, more, phase) => {
  expect(phaseOf({ ...facts, ...more })).toBe(phase);
});

test("asks each second, and shows what came last", async () => {
  const { link, clock, asked } = linked(picture("one"), picture("two"));
  link.start();
  await clock.pass(0);
  expect([link.phase, link.view?.kiosk.name]).toEqual(["live", "one"]);
  await clock.pass(1_000);
  expect([link.view?.kiosk.name, asked()]).toEqual(["two", 2]);
  link.stop();
  await clock.pass(10_000);
  expect(asked()).toBe(2);
});

test("keeps the past as the past when nobody answers, and comes back only with something new", async () => {
  const { link, clock } = linked(picture("one"), noAnswer(), noAnswer(), picture("two"));
  link.start();
  await clock.pass(2_000);
  expect([link.phase, link.view?.kiosk.name, link.lostSinceMs]).toEqual(["lost", "one", 0]);
  await clock.pass(1_000);
  expect([link.phase, link.view?.kiosk.name]).toEqual(["live", "two"]);
});

test("a question that hangs makes the past of what is shown", async () => {
  const { link, clock } = linked(picture("one"), new Promise<KioskView>(() => undefined));
  link.start();
  await clock.pass(6_000);
  expect(link.phase).toBe("lost");
});

test("shows nothing of the machine once the device was removed", async () => {
  const { link, clock } = linked(picture("one"), refusal(401));
  link.start();
  await clock.pass(1_000);
  expect([link.phase, link.view]).toEqual(["not-enrolled", undefined]);
});

test("an answer that was on its way does not replace what was set meanwhile", async () => {
  let answer: (view: KioskView) => void = () => undefined;
  const { link, clock } = linked(
    new Promise<KioskView>((resolve) => {
      answer = resolve;
    }),
  );
  link.start();
  await link.post("/island", { on: true });
  answer(picture("older"));
  await clock.pass(100);
  expect(link.view?.kiosk.name).toBe("/island");
});

test("carries the gateway's clock on, and what is left of a wait down", async () => {
  const { link, clock } = linked(picture("one"), new Promise<KioskView>(() => undefined));
  link.start();
  await clock.pass(750);
  expect(link.clockMs).toBe(Date.parse(at) + 750);
  expect([link.left(2_000), link.left(500)]).toEqual([1_250, 0]);
  await clock.pass(10_000);
  expect(link.clockMs).toBe(Date.parse(at));
});
