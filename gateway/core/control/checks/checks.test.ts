import { describe, expect, it } from "vitest";
import type { DeclaredCommand, Equipment, Tag } from "../../plant.ts";
import { Status } from "../../status.ts";
import { testCommand, testPress, testTag, testWritable } from "../../testing/plant.ts";
import type { CommandFacts, TagFacts } from "../facts.ts";
import { type Asked, type Order, orderOf } from "../order.ts";
import type { Check } from "./check.ts";
import {
  betweenChecks,
  directChecks,
  lastChecks,
  operateChecks,
  refusals,
  selectChecks,
  systemChecks,
} from "./checks.ts";

const speed = testTag(0, "speed", {
  writable: testWritable({ limits: [0, 500], maxStep: 50, everyMs: 1000, states: ["Idle", "Execute"] }),
});

/** The order for one tag, or one command, of a press. */
function order(
  what: { tag?: Tag; command?: DeclaredCommand; press?: Partial<Equipment> },
  asked: Asked | undefined,
): Order {
  const { tag = speed, command, press = {} } = what;
  const recipe = testTag(4, "recipe", { type: "int32", writable: testWritable({ class: "C2" }) });
  const machine = testPress({ tags: [tag, recipe], commands: command ? [command] : [], ...press });
  const found = orderOf(machine, command ? `press:${command.id}` : tag.name, asked);
  if (!found) throw new Error("no such target");
  return found;
}

const present = { value: 400, status: Status.Good, sourceTime: 1, serverTime: 1 };

/** Everything as it must be for this order. */
function ready(of: Order, more: Partial<CommandFacts> = {}, tag: Partial<TagFacts> = {}): CommandFacts {
  return {
    order: of,
    mayWrite: true,
    outsideBooking: false,
    slotLeftMs: undefined,
    secondFactor: { required: false, passed: false, fresh: false },
    clockBehind: false,
    standing: { holder: "nobody", name: undefined },
    lockedOut: [],
    island: false,
    chain: undefined,
    changeWaits: false,
    remote: true,
    state: "Execute",
    production: undefined,
    tags: of.steps.flatMap((step) =>
      step.kind === "write"
        ? [
            {
              tag: step.tag,
              wanted: step.wanted,
              constant: step.constant,
              present,
              confirmedAgeMs: 50,
              staleAfterMs: 300,
              lastWriteAgeMs: 5000,
              ...tag,
            },
          ]
        : [],
    ),
    links: new Map([["plc", "connected"]]),
    occupied: undefined,
    alreadySo: "unknown",
    interlocks: [],
    permissives: [],
    permit: true,
    approval: "not-needed",
    selected: true,
    auditAvailable: true,
    ...more,
  };
}

const write = (value: unknown = 420, tag: Tag = speed) => order({ tag }, { value });
const start = (more: Partial<DeclaredCommand> = {}, press: Partial<Equipment> = {}) =>
  order({ command: testCommand("start", more), press }, {});
const causes = (facts: CommandFacts, checks?: readonly Check[]) => refusals(facts, checks).map((each) => each.cause);
const name = { en: "Guard closed", it: "Riparo chiuso" };
const C3 = testTag(0, "speed", { writable: testWritable({ class: "C3" }) });

describe("the checks of a command", () => {
  it("let a write, and a declared command that was selected, pass when nothing stands in the way", () => {
    expect(causes(ready(write()))).toEqual([]);
    expect(causes(ready(start()), operateChecks)).toEqual([]);
  });

  it.each<[rule: string, facts: CommandFacts, cause: string, checks?: readonly Check[]]>([
    ["R9 default deny: not in the role", ready(write(), { mayWrite: false }), "no-permission"],
    ["a locked screen", ready(write(), { mayWrite: false, locked: true }), "no-permission"],
    ["R9 a guest without a slot", ready(write(), { mayWrite: false, outsideBooking: true }), "outside-booking"],
    ["Sessions 4: a start that would outlast the slot", ready(start(), { slotLeftMs: 3000 }), "end-of-booking"],
    [
      "R3 a guest while the clock is behind",
      ready(write(), { clockBehind: true, slotLeftMs: 60_000 }),
      "clock-unsynchronised",
    ],
    [
      "second factor required and missing",
      ready(write(), { secondFactor: { required: true, passed: false, fresh: false } }),
      "second-factor-missing",
    ],
    [
      "class C3 with a second factor of this morning",
      ready(write(1, C3), { secondFactor: { required: true, passed: true, fresh: false } }),
      "second-factor-missing",
    ],
    ["R9 a widened configuration waits to be accepted", ready(write(), { changeWaits: true }), "approval-missing"],
    [
      "R40 a lease is required and nobody has it",
      ready(order({ press: { lease: "required" } }, { value: 420 })),
      "no-lease",
    ],
    [
      "R40 somebody else has control",
      ready(write(), { standing: { holder: "other", name: "Bianchi" } }),
      "held-by-other",
    ],
    ["R39 key on LOCAL", ready(write(), { remote: false }), "local-control"],
    ["R39 key not Good", ready(write(), { remote: null }), "local-control"],
    [
      "R39 no key declared",
      ready(order({ press: { local: undefined } }, { value: 420 }), { remote: undefined }),
      "local-control",
    ],
    ["R21 locked out", ready(write(), { lockedOut: ["Verdi"] }), "locked-out"],
    ["R18 island", ready(write(), { island: true }), "island"],
    ["R20 chain open: no start", ready(start(), { chain: { ready: false, why: undefined } }), "start-permit-missing"],
    ["R36 aborted is cleared first", ready(start({ class: "C1" }), { state: "Aborted" }), "illegal-state"],
    [
      "R36 clearing waits for the reset at the machine",
      ready(start({ class: "C1", states: ["Aborted"] }), { state: "Aborted", chain: { ready: false, why: undefined } }),
      "start-permit-missing",
    ],
    ["mode not Production", ready(write(), { production: false }), "wrong-mode"],
    ["mode not Good", ready(write(), { production: null }), "wrong-mode"],
    ["R9 not writable", ready(write(420, testTag(0, "speed"))), "no-permission"],
    [
      "R9 only for commands",
      ready(write(420, testTag(0, "speed", { writable: testWritable({ only: "commands" }) }))),
      "no-permission",
    ],
    ["R6 operated without a select", ready(start(), { selected: false }), "not-selected", operateChecks],
    ["R42 operated without the approval", ready(start(), { approval: "missing" }), "approval-missing", operateChecks],
    ["R42 operated with an old approval", ready(start(), { approval: "expired" }), "approval-expired", operateChecks],
    [
      "R20 zone not clear",
      ready(start({ permit: { kind: "signal", when: "guard" } }), { permit: false }),
      "start-permit-missing",
    ],
    [
      "R20 zone not clear, at the select already",
      ready(start({ permit: { kind: "signal", when: "guard" } }), { permit: false }),
      "start-permit-missing",
      selectChecks,
    ],
    [
      "R20 zone not known",
      ready(start({ permit: { kind: "signal", when: "guard" } }), { permit: "unknown" }),
      "start-permit-missing",
    ],
    [
      "R20 nobody has confirmed",
      ready(start({ permit: { kind: "attendant", withinMs: 60_000 } }), { permit: false }),
      "start-permit-missing",
      operateChecks,
    ],
    ["R9 wrong type", ready(write("x")), "value-not-allowed"],
    ["R9 over the limit", ready(write(501)), "value-not-allowed"],
    ["R9 below the limit", ready(write(-1)), "value-not-allowed"],
    ["R9 arguments for a tag", ready(order({}, { value: 420, arguments: { x: 1 } })), "value-not-allowed"],
    [
      "R9 a value for a command without arguments",
      ready(order({ command: testCommand("start") }, { value: 1 })),
      "value-not-allowed",
    ],
    ["R9 step too large", ready(write(451)), "step-limit"],
    ["R9 too soon after the last write", ready(write(), {}, { lastWriteAgeMs: 999 }), "rate-limited"],
    ["R7 the effect shows already", ready(start(), { alreadySo: true }), "already-so"],
    ["R35 state not permitted", ready(write(), { state: "Held" }), "illegal-state"],
    ["R35 state unknown", ready(write(), { state: "unknown" }), "illegal-state"],
    ["R35 no state declared", ready(write(), { state: undefined }), "illegal-state"],
    ["R16 device away", ready(write(), { links: new Map([["plc", "lost"]]) }), "device-unhealthy"],
    [
      "R16 value Uncertain",
      ready(write(), {}, { present: { ...present, status: Status.Uncertain_LastUsableValue } }),
      "data-stale",
    ],
    [
      "R16 value Bad",
      ready(write(), {}, { present: { ...present, value: null, status: Status.Bad_NoCommunication } }),
      "data-stale",
    ],
    ["R16 never read", ready(write(), {}, { present: undefined }), "data-stale"],
    ["R16 not confirmed for 3 periods", ready(write(), {}, { confirmedAgeMs: 300 }), "data-stale"],
    ["interlock false", ready(write(), { interlocks: [{ id: "guard", name, truth: false }] }), "interlock"],
    ["interlock unknown", ready(write(), { interlocks: [{ id: "guard", name, truth: "unknown" }] }), "interlock"],
    ["permissive false", ready(start(), { permissives: [{ id: "guard", name, truth: false }] }), "interlock"],
    ["permissive unknown", ready(start(), { permissives: [{ id: "guard", name, truth: "unknown" }] }), "interlock"],
    ["another command on the tag", ready(write(), { occupied: { kind: "command" } }), "in-execution"],
    ["R10 a stop request on its way", ready(write(), { occupied: { kind: "stop" } }), "in-execution"],
    [
      "R6 somebody else has selected it",
      ready(start(), { occupied: { kind: "selected", by: "Bianchi" } }),
      "selected-by-other",
    ],
    [
      "R14 the gateway itself, while a stop is under way",
      ready(start(), { occupied: { kind: "stop" } }),
      "in-execution",
      systemChecks,
    ],
    ["R14 the gateway itself, in another mode", ready(start(), { production: false }), "wrong-mode", systemChecks],
    [
      "R20 the chain opens between two writes",
      ready(start(), { chain: { ready: false, why: undefined } }),
      "start-permit-missing",
      betweenChecks,
    ],
    ["the mode is changed between two writes", ready(start(), { production: false }), "wrong-mode", betweenChecks],
    ["audit cannot be written", ready(write(), { auditAvailable: false }), "audit-unavailable"],
  ])("%s", (_rule, facts, cause, checks = directChecks) => {
    expect(causes(facts, checks)).toContain(cause);
  });

  it.each<[rule: string, facts: CommandFacts, checks?: readonly Check[]]>([
    ["local: none is said aloud", ready(order({ press: { local: "none" } }, { value: 420 }), { remote: undefined })],
    ["exactly at the limit", ready(write(500), {}, { present: { ...present, value: 450 } })],
    ["exactly the largest step", ready(write(450))],
    ["an interlock that holds", ready(write(), { interlocks: [{ id: "guard", name, truth: true }] })],
    [
      "a second factor that was given",
      ready(write(), { secondFactor: { required: true, passed: true, fresh: false } }),
    ],
    [
      "the lease in one's own hand",
      ready(order({ press: { lease: "required" } }, { value: 420 }), { standing: { holder: "self", name: "Rossi" } }),
    ],
    [
      "R20 an open chain does not stop a set-point of class C1",
      ready(write(), { chain: { ready: false, why: undefined } }),
    ],
    [
      "R20 an attendant is asked after the select",
      ready(start({ permit: { kind: "attendant", withinMs: 60_000 } }), { permit: false }),
      selectChecks,
    ],
    ["R16 what a constant replaces need not be known", ready(start(), {}, { present: undefined })],
    ["Sessions 4: a set-point in the last second of a slot", ready(write(), { slotLeftMs: 1000 })],
    [
      "R14 the gateway itself needs no right, lease or select",
      ready(start({}, { lease: "required" }), { mayWrite: false, selected: false }),
      systemChecks,
    ],
    [
      "R14 the gateway itself, whatever command somebody has on its way",
      ready(start(), { occupied: { kind: "command" } }),
      systemChecks,
    ],
  ])("allow: %s", (_rule, facts, checks = directChecks) => {
    expect(causes(facts, checks)).toEqual([]);
  });

  it("R9: judge the largest step of 64-bit integers too", () => {
    const count = testTag(0, "count", { type: "int64", writable: testWritable({ maxStep: 50 }) });
    const now = { present: { ...present, value: 400n } };
    expect(causes(ready(write("450", count), {}, now))).toEqual([]);
    expect(causes(ready(write("451", count), {}, now))).toEqual(["step-limit"]);
  });

  it("R9: judge the largest step again right before the write", () => {
    expect(causes(ready(write(), {}, { present: { ...present, value: 300 } }), lastChecks)).toEqual(["step-limit"]);
  });

  it("R8: tell all causes at once, each in words in both languages", () => {
    const all = refusals(
      ready(write(900), { remote: false, links: new Map([["plc", "lost"]]) }, { present: undefined }),
    );
    expect(all.map((each) => each.cause)).toEqual([
      "local-control",
      "value-not-allowed",
      "device-unhealthy",
      "data-stale",
    ]);
    for (const each of all) expect(each.text.en && each.text.it).toBeTruthy();
  });

  it.each<[string, Partial<CommandFacts>]>([
    ["the right", { mayWrite: false }],
    ["control", { standing: { holder: "other", name: "Bianchi" } }],
    ["the key", { remote: false }],
    ["a lock-out", { lockedOut: ["Verdi"] }],
    ["the island switch", { island: true }],
    ["the device", { links: new Map([["plc", "lost" as const]]) }],
    ["the state", { state: "Aborted" }],
    ["the chain", { chain: { ready: false, why: undefined } }],
    ["the permit", { permit: false }],
    ["an interlock", { interlocks: [{ id: "guard", name, truth: "unknown" as const }] }],
  ])("ask again right before the write for what may have changed: %s", (_what, facts) => {
    expect(causes(ready(start({ states: ["Execute"] }), facts), lastChecks)).not.toEqual([]);
  });

  it("are not in their own way: what the command itself has taken, or changed with its first write", () => {
    expect(causes(ready(write(), { occupied: { kind: "command" } }), lastChecks)).toEqual([]);
    expect(causes(ready(start({ states: ["Idle"] }), { state: "Starting", alreadySo: true }), betweenChecks)).toEqual(
      [],
    );
  });
});
