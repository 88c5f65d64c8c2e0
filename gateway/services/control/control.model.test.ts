import fc from "fast-check";
import { expect, it } from "vitest";
import { ControlPeople, targetNames } from "../testing/control-people.ts";
import { ControlWorld } from "../testing/control-world.ts";
import { people, type Who } from "../testing/model-press.ts";

/**
 * Pipeline, selections, approvals, stop path and control together, under whatever people, machine, line,
 * disk and restarts do in whatever order. What has to hold is said by an oracle that shares no code with them.
 */

const courses = Number(process.env["PLANCIA_TEST_COURSES"] ?? 300);

interface Course {
  readonly world: ControlWorld;
  readonly they: ControlPeople;
}

interface Step {
  readonly name: string;
  readonly weight: number;
  readonly run: (on: Course) => void | Promise<void>;
}

/** One thing that may happen, so often in comparison, and printed in words when it is part of a counterexample. */
function step<Input>(
  weight: number,
  name: string,
  input: fc.Arbitrary<Input>,
  run: (on: Course, input: Input) => void | Promise<void>,
): { weight: number; arbitrary: fc.Arbitrary<Step> } {
  const arbitrary = input.map((given) => ({
    name,
    weight,
    run: (on: Course) => run(on, given),
    [fc.toStringMethod]: () => `${name} ${fc.stringify(given)}`,
  }));
  return { weight, arbitrary };
}

function mostly<Value>(value: Value, other: fc.Arbitrary<Value>, weight: number): fc.Arbitrary<Value> {
  return fc.oneof({ weight, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });
}

const anybody = fc.constantFrom(...(Object.keys(people) as Who[]));
const who = mostly<Who>("anna", anybody, 2);
const ticket = mostly<"fresh" | "kept">("fresh", fc.constant("kept"), 9);
const what = mostly<"same" | "other">("same", fc.constant("other"), 9);
const back = mostly(0, fc.integer({ min: 0, max: 4 }), 5);
const target = fc.constantFrom(...targetNames);
const disk = fc.constantFrom("works", "works", "full", "lies");
const blink = fc.integer({ min: 0, max: 600 });
/** Mostly a blink; now and then a time that one of the rules counts. */
const ms = fc.oneof(
  { weight: 6, arbitrary: blink },
  { weight: 3, arbitrary: fc.integer({ min: 600, max: 6000 }) },
  { weight: 1, arbitrary: fc.constantFrom(14_990, 15_100, 29_980, 30_020, 120_500) },
);

const steps = [
  step(12, "pass", ms, ({ world }, given) => world.pass(given)),
  step(8, "ask", fc.tuple(who, target, ticket), ({ they }, given) => they.ask(...given)),
  step(9, "operate", fc.tuple(fc.constant("whoever selected"), back, what, ticket), ({ they }, given) =>
    they.operate(...given),
  ),
  step(1, "operate", fc.tuple(anybody, back, what, ticket), ({ they }, given) => they.operate(...given)),
  step(4, "approve", fc.tuple(mostly<Who>("bruno", anybody, 4), back, ticket), ({ they }, given) =>
    they.approve(...given),
  ),
  step(3, "ask again", fc.tuple(back, what, ticket), ({ they }, given) => they.askAgain(...given)),
  step(
    4,
    "ask, approve, operate",
    fc.tuple(who, target, blink, blink),
    async ({ world, they }, [person, wanted, ...gaps]) => {
      they.ask(person, wanted, "fresh");
      await world.pass(gaps[0]);
      they.approve("bruno", 0, "fresh");
      await world.pass(gaps[1]);
      they.operate("whoever selected", 0, "same", "fresh");
    },
  ),
  step(1, "cancel", fc.tuple(who, back), ({ they }, given) => they.cancel(...given)),
  step(1, "stop", who, ({ they }, given) => they.stop(given)),
  step(
    3,
    "control",
    fc.tuple(who, fc.constantFrom("take", "take", "force", "request", "accept", "release")),
    ({ they }, given) => they.control(...given),
  ),
  step(1, "page", fc.tuple(who, fc.constantFrom("open", "leave", "sleep", "wake")), ({ they }, [person, how]) => {
    if (how === "open") they.open(person);
    else if (how === "leave") they.leave(person);
    else they.setAwake(person, how === "wake");
  }),
  step(1, "put a ticket aside", fc.constant(undefined), ({ they }) => they.putAside()),
  step(
    2,
    "contact",
    fc.tuple(fc.constantFrom("key", "running", "guard", "fed", "zone"), fc.boolean()),
    ({ world }, given) => world.set(...given),
  ),
  step(3, "all in order", who, ({ world, they }, person) => {
    world.restore();
    for (const each of Object.keys(people) as Who[]) they.control(each, "release");
    they.control(person, "take");
  }),
  step(1, "site", fc.constantFrom("open", "open", "locked", "island"), ({ world }, state) => world.setSite(state)),
  step(1, "line", fc.constantFrom("cut", "mended", "mended"), ({ world }, state) =>
    state === "cut" ? world.cut() : world.mend(),
  ),
  step(
    3,
    "controller",
    fc.record({
      fate: fc.constantFrom("done", "done", "refused", "unanswered", "lost"),
      answersInMs: fc.constantFrom(0, 40, 400, 2500),
    }),
    ({ world }, given) => void Object.assign(world.controller, given),
  ),
  step(2, "disk", fc.tuple(disk, disk, fc.constantFrom(0, 30, 200)), ({ world }, given) => world.fail(...given)),
  step(1, "rights", fc.tuple(anybody, fc.constantFrom("given", "given", "ended")), ({ world }, [person, rights]) =>
    world.setRights(people[person].signInId, rights),
  ),
  step(1, "restart", fc.constantFrom("kill", "close"), async ({ world, they }, how) => {
    await world.restart(how);
    they.reconnect();
  }),
];

const course = fc.array(fc.oneof(...steps), { maxLength: 80, size: "max" });
const lease = mostly<"required" | "off">("required", fc.constant("off"), 3);

it("no write without a valid chain, none twice, none after a cut or a restart; a stop is never behind anything", {
  timeout: 30_000 + courses * 100,
}, async () => {
  const verified = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(lease, course, async (needed, happens) => {
      const world = new ControlWorld(needed);
      const on = { world, they: new ControlPeople(world) };
      on.they.control("anna", "take");
      await world.pass(100);
      for (const each of happens) {
        await each.run(on);
        await world.time.advance(0);
        expect(world.judge()).toEqual([]);
      }
      await world.pass(4000);
      expect(world.judge()).toEqual([]);
      for (const { target: each, state } of world.ends)
        if (state === "VERIFIED") verified.set(each, (verified.get(each) ?? 0) + 1);
    }),
    { numRuns: courses },
  );
  // Without these the rules were asked of nothing.
  expect([...verified.keys()].sort()).toEqual([
    "press/recipe",
    "press/speed",
    "press:load",
    "press:setup",
    "press:stop",
  ]);
});
