import { describe, expect, it } from "vitest";
import { testCaller } from "../testing/caller.ts";
import { testPress } from "../testing/plant.ts";
import { textOf } from "../text.ts";
import { free, type Lease } from "./lease.ts";
import { type LeaseFacts, leaseRefusals, machinesOf, phoneMayHold } from "./lease-rules.ts";

function facts(more: Partial<LeaseFacts> = {}): LeaseFacts {
  return {
    equipment: testPress(),
    mayTake: true,
    guest: false,
    clockBehind: false,
    phone: false,
    heldBy: undefined,
    passingTo: undefined,
    remote: true,
    lockedOut: [],
    island: false,
    lossWaits: false,
    span: { others: [], limit: 2 },
    auditAvailable: true,
    ...more,
  };
}

const policy = (wanted: "continue" | "stop", graceMs: number) => ({
  onLossOfControl: { policy: wanted, graceMs, command: undefined },
});

describe("who may have control", () => {
  it.each<[rule: string, name: string, Partial<LeaseFacts>, string[]]>([
    ["R40", "nothing in the way", {}, []],
    ["R9", "a role without the right", { mayTake: false }, ["no-permission"]],
    ["R9", "a guest outside of its slot", { mayTake: false, guest: true }, ["outside-booking"]],
    ["R3", "a guest while the clock is behind", { guest: true, clockBehind: true }, ["clock-unsynchronised"]],
    ["R3", "staff while the clock is behind", { clockBehind: true }, []],
    ["R40", "somebody else has it", { heldBy: "Rossi" }, ["held-by-other"]],
    ["R40", "somebody else is just being given it", { passingTo: "Rossi" }, ["held-by-other"]],
    ["R39", "the key on LOCAL", { remote: false }, ["local-control"]],
    ["R39", "the key not Good", { remote: null }, ["local-control"]],
    ["R39", "no key declared", { remote: undefined, equipment: testPress({ local: undefined }) }, ["local-control"]],
    ["R39", "no key, said aloud", { remote: undefined, equipment: testPress({ local: "none" }) }, []],
    ["R21", "a personal lock", { lockedOut: ["Bianchi"] }, ["locked-out"]],
    ["R18", "remote control cut at the site", { island: true }, ["island"]],
    ["R9", "a loss policy that waits to be accepted", { lossWaits: true }, ["approval-missing"]],
    ["R44", "one machine of two", { span: { others: [textOf("Oven")], limit: 2 } }, []],
    ["R44", "two machines of two", { span: { others: [textOf("Oven"), textOf("Mill")], limit: 2 } }, ["rate-limited"]],
    ["R44", "a guest's one machine", { span: { others: [textOf("Oven")], limit: 1 } }, ["rate-limited"]],
    ["R40", "a phone that may only watch", { phone: true }, ["no-permission"]],
    ["R40", "a phone that may operate", { phone: true, equipment: testPress({ phoneControl: "operate" }) }, []],
    ["Audit", "an audit that cannot be written", { auditAvailable: false }, ["audit-unavailable"]],
  ])("%s: %s", (_rule, _name, more, causes) => {
    expect(leaseRefusals(facts(more)).map((each) => each.cause)).toEqual(causes);
  });

  it("is told all causes at once, in both languages, with what would lift them (R8)", () => {
    const causes = leaseRefusals(
      facts({
        mayTake: false,
        heldBy: "Rossi",
        remote: false,
        lockedOut: ["Bianchi"],
        island: true,
        span: { others: [textOf("Oven")], limit: 1 },
        phone: true,
        auditAvailable: false,
      }),
    );
    expect(causes).toHaveLength(8);
    for (const { text, lifts } of causes) {
      expect([text.en, text.it, lifts?.en, lifts?.it]).not.toContain(undefined);
      expect(text.en).not.toBe(text.it);
    }
  });

  it.each([
    ["watch only", { phoneControl: "watch", ...policy("continue", 0) }, false],
    ["a policy that goes on", { phoneControl: "operate", ...policy("continue", 0) }, true],
    ["a grace of a minute", { phoneControl: "operate", ...policy("stop", 60_000) }, true],
    ["a grace of less", { phoneControl: "operate", ...policy("stop", 59_999) }, false],
    ["no policy at all", { phoneControl: "operate" }, true],
  ] as const)("R40: a phone with %s", (_name, more, may) => {
    expect(phoneMayHold(testPress(more))).toBe(may);
  });

  it("R44 counts a person's machines under all of his sign-ins", () => {
    const of = (userId: string, signInId: string): Lease => {
      const party = { caller: testCaller({ signInId, userId }), phone: false };
      return { ...free, holding: { party, sinceMs: 0, aliveMs: 0, prompt: undefined, visible: true, activeMs: 0 } };
    };
    const leases = new Map([
      ["press", of("anna", "s1")],
      ["oven", of("anna", "s2")],
      ["mill", of("bruno", "s3")],
      ["hall", free],
    ]);
    expect(machinesOf(leases, "anna")).toEqual(["press", "oven"]);
  });
});
