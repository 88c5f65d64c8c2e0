import { describe, expect, it } from "vitest";
import { testCaller } from "../testing/caller.ts";
import {
  askingAt,
  free,
  holderAt,
  isPromptDue,
  type Lease,
  type LeaseEvent,
  type LeaseParty,
  stepLease,
} from "./lease.ts";

const party = (name: string): LeaseParty => ({ caller: testCaller({ name, signInId: name }), phone: false });
const anna = party("anna");
const bruno = party("bruno");
const carla = party("carla");

type At = readonly [atMs: number, event: LeaseEvent];
const take = (who: LeaseParty): LeaseEvent => ({ type: "take", party: who });
const prompt = (n: number): LeaseEvent => ({ type: "prompt", n });
const alive = (who: LeaseParty, n: number, more: { visible?: boolean; active?: boolean } = {}): LeaseEvent => ({
  type: "alive",
  signInId: who.caller.signInId,
  n,
  visible: true,
  active: false,
  ...more,
});
const of = (
  type: "release" | "withdraw" | "accept" | "decline" | "acted",
  who: LeaseParty,
  asker?: LeaseParty,
): LeaseEvent => ({
  type,
  signInId: who.caller.signInId,
  ...(asker ? { asker: asker.caller.signInId } : {}),
});
const request = (who: LeaseParty): LeaseEvent => ({ type: "request", party: who });
const look: LeaseEvent = { type: "look" };

/** Runs the events; gives every change and refusal by name, and what is left. */
function run(events: readonly At[]): { lease: Lease; told: string[] } {
  let lease = free;
  const told: string[] = [];
  for (const [atMs, event] of events) {
    const step = stepLease(lease, event, atMs);
    lease = step.lease;
    told.push(...step.changes.map(({ change, why }) => (why ? `${change}: ${why}` : change)));
    if (step.refused) told.push(`(${step.refused})`);
  }
  return { lease, told };
}

describe("control of one machine (R40)", () => {
  it.each<[string, readonly At[], readonly string[], string | undefined]>([
    ["is taken from nobody", [[0, take(anna)]], ["taken"], "anna"],
    [
      "is not taken from somebody",
      [
        [0, take(anna)],
        [1, take(bruno)],
      ],
      ["taken", "(held-by-other)"],
      "anna",
    ],
    [
      "is taken twice by the same without a change",
      [
        [0, take(anna)],
        [1, take(anna)],
      ],
      ["taken"],
      "anna",
    ],
    [
      "lives 15 s without an answer",
      [
        [0, take(anna)],
        [14_999, look],
      ],
      ["taken"],
      "anna",
    ],
    [
      "and no longer",
      [
        [0, take(anna)],
        [15_000, look],
      ],
      ["taken", "expired"],
      undefined,
    ],
    [
      "lives from the issue of the prompt that was answered, not from the answer",
      [
        [0, take(anna)],
        [5000, prompt(1)],
        [9000, alive(anna, 1)],
        [20_000, look],
      ],
      ["taken", "expired"],
      undefined,
    ],
    [
      "lives on while prompts are answered",
      [
        [0, take(anna)],
        [5000, prompt(1)],
        [5100, alive(anna, 1)],
        [19_999, look],
      ],
      ["taken"],
      "anna",
    ],
    [
      "is not kept by an answer to an old prompt",
      [
        [0, take(anna)],
        [5000, prompt(1)],
        [10_000, prompt(2)],
        [10_001, alive(anna, 1)],
        [15_000, look],
      ],
      ["taken", "(old)", "expired"],
      undefined,
    ],
    [
      "is not kept by an answer to a prompt that was never given",
      [
        [0, take(anna)],
        [5000, alive(anna, 7)],
        [15_000, look],
      ],
      ["taken", "(old)", "expired"],
      undefined,
    ],
    [
      "is not kept by another sign-in's answer",
      [
        [0, take(anna)],
        [5000, prompt(1)],
        [5001, alive(bruno, 1)],
        [15_000, look],
      ],
      ["taken", "(not-the-holder)", "expired"],
      undefined,
    ],
    [
      "is not kept by a sign of life that answers no prompt",
      [
        [0, take(anna)],
        [14_000, of("acted", anna)],
        [15_000, look],
      ],
      ["taken", "expired"],
      undefined,
    ],
    [
      "does not come back with a late answer",
      [
        [0, take(anna)],
        [10_000, prompt(1)],
        [15_000, alive(anna, 1)],
      ],
      ["taken", "expired", "(nobody-has-it)"],
      undefined,
    ],
    [
      "is given back by its holder",
      [
        [0, take(anna)],
        [1, of("release", anna)],
      ],
      ["taken", "released"],
      undefined,
    ],
    [
      "and by nobody else",
      [
        [0, take(anna)],
        [1, of("release", bruno)],
      ],
      ["taken", "(not-the-holder)"],
      "anna",
    ],
    [
      "ends at once where the site or a right says so",
      [
        [0, take(anna)],
        [1, { type: "end", why: "local-control" }],
      ],
      ["taken", "ended: local-control"],
      undefined,
    ],
    ["has no end while nobody has it", [[0, { type: "end", why: "island" }]], [], undefined],
    [
      "is free again for anybody after it ran out",
      [
        [0, take(anna)],
        [15_000, take(bruno)],
      ],
      ["taken", "expired", "taken"],
      "bruno",
    ],
  ])("%s", (_name, events, told, holder) => {
    const end = run(events);
    expect(end.told).toEqual(told);
    expect(end.lease.holding?.party.caller.name).toBe(holder);
  });

  it("has run out for whoever asks, even before anybody looked", () => {
    const { lease } = run([[0, take(anna)]]);
    expect(holderAt(lease, 14_999)?.party.caller.name).toBe("anna");
    expect(holderAt(lease, 15_000)).toBeUndefined();
  });

  it("asks for a prompt at once and then each 5 s", () => {
    const taken = run([[0, take(anna)]]).lease;
    expect(isPromptDue(taken, 0)).toBe(true);
    const asked = run([
      [0, take(anna)],
      [0, prompt(1)],
    ]).lease;
    expect([4999, 5000].map((at) => isPromptDue(asked, at))).toEqual([false, true]);
    expect(isPromptDue(free, 0)).toBe(false);
  });

  it.each([
    ["the only page is hidden", [false], false],
    ["one page of two is in front", [true, false], true],
    ["the other one is", [false, true], true],
  ])("is visible as its holder's pages say: %s", (_name, pages, expected) => {
    const events: At[] = [
      [0, take(anna)],
      [5000, prompt(1)],
    ];
    const answers = pages.map((visible): At => [5001, alive(anna, 1, { visible })]);
    expect(run([...events, ...answers]).lease.holding?.visible).toBe(expected);
  });

  it("becomes hidden with the next prompt when no page is in front any more", () => {
    const { lease } = run([
      [0, take(anna)],
      [5000, prompt(1)],
      [5001, alive(anna, 1)],
      [10_000, prompt(2)],
      [10_001, alive(anna, 2, { visible: false })],
    ]);
    expect(lease.holding?.visible).toBe(false);
  });

  it("tells a person from a page (R43)", () => {
    const events: At[] = [
      [0, take(anna)],
      [5000, prompt(1)],
      [5001, alive(anna, 1)],
    ];
    expect(run(events).lease.holding?.activeMs).toBe(0);
    expect(run([...events, [6000, of("acted", anna)]]).lease.holding?.activeMs).toBe(6000);
    expect(run([...events, [7000, alive(anna, 1, { active: true })]]).lease.holding?.activeMs).toBe(7000);
  });
});

describe("handing control over (R41)", () => {
  const asked: readonly At[] = [
    [0, take(anna)],
    [1000, request(bruno)],
  ];

  it.each<[string, readonly At[], readonly string[], string | undefined]>([
    [
      "to who asked, when the holder accepts",
      [...asked, [2000, of("accept", anna)]],
      ["taken", "requested", "handed-over"],
      "bruno",
    ],
    [
      "not, when the holder declines",
      [...asked, [2000, of("decline", anna)]],
      ["taken", "requested", "declined"],
      "anna",
    ],
    [
      "not, when it is taken back",
      [...asked, [2000, of("withdraw", bruno)]],
      ["taken", "requested", "withdrawn"],
      "anna",
    ],
    [
      "not by silence: after 30 s nothing has changed",
      [
        ...asked,
        [5000, prompt(1)],
        [5000, alive(anna, 1)],
        [15_000, prompt(2)],
        [15_000, alive(anna, 2)],
        [25_000, prompt(3)],
        [25_000, alive(anna, 3)],
        [31_000, look],
      ],
      ["taken", "requested", "withdrawn: unanswered"],
      "anna",
    ],
    [
      "not by an answer after that",
      [
        ...asked,
        [15_000 - 1, prompt(1)],
        [15_000 - 1, alive(anna, 1)],
        [28_000, prompt(2)],
        [28_000, alive(anna, 2)],
        [31_000, of("accept", anna)],
      ],
      ["taken", "requested", "withdrawn: unanswered", "(nobody-asks)"],
      "anna",
    ],
    [
      "not to another than is meant",
      [...asked, [2000, of("accept", anna, carla)]],
      ["taken", "requested", "(nobody-asks)"],
      "anna",
    ],
    ["not by who asked", [...asked, [2000, of("accept", bruno)]], ["taken", "requested", "(not-the-holder)"], "anna"],
    [
      "not to a second who asks meanwhile",
      [...asked, [2000, request(carla)]],
      ["taken", "requested", "(asked-already)"],
      "anna",
    ],
    ["once, however often it is asked", [...asked, [2000, request(bruno)]], ["taken", "requested"], "anna"],
    [
      "not to who has it",
      [
        [0, take(anna)],
        [1, request(anna)],
      ],
      ["taken"],
      "anna",
    ],
    ["not where nobody has it", [[0, request(bruno)]], ["(nobody-has-it)"], undefined],
    ["to nobody, when the holder is gone", [...asked, [15_000, look]], ["taken", "requested", "expired"], undefined],
    [
      "to nobody, when the holder gives it back",
      [...asked, [2000, of("release", anna)]],
      ["taken", "requested", "released"],
      undefined,
    ],
    [
      "by force, to whoever took it",
      [...asked, [2000, { type: "force", party: carla }]],
      ["taken", "requested", "forced"],
      "carla",
    ],
    ["by force from nobody is taking it", [[0, { type: "force", party: carla }]], ["taken"], "carla"],
  ])("%s", (_name, events, told, holder) => {
    const end = run(events);
    expect(end.told).toEqual(told);
    expect(end.lease.holding?.party.caller.name).toBe(holder);
  });

  it("asking again does not give the holder more time", () => {
    const { lease } = run([...asked, [11_000, request(bruno)]]);
    expect(lease.asking?.untilMs).toBe(31_000);
  });

  it("begins a life of its own: the old holder's answers count for nothing", () => {
    const { lease, told } = run([
      ...asked,
      [5000, prompt(1)],
      [6000, of("accept", anna)],
      [6001, alive(anna, 1)],
      [6002, alive(bruno, 1)],
    ]);
    expect(told.slice(-2)).toEqual(["(not-the-holder)", "(old)"]);
    expect(lease.holding).toMatchObject({ aliveMs: 6000, sinceMs: 6000, prompt: undefined });
  });

  it("a request is over when its holder's control is", () => {
    const { lease } = run(asked);
    expect(askingAt(lease, 14_999)?.party.caller.name).toBe("bruno");
    expect(askingAt(lease, 15_000)).toBeUndefined();
  });
});
