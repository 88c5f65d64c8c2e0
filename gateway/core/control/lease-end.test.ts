import { describe, expect, it } from "vitest";
import type { LeaseEnd } from "./lease.ts";
import { type LeaseEndFacts, leaseEndOf } from "./lease-end.ts";

const fine: LeaseEndFacts = {
  signedIn: true,
  mayTake: true,
  guest: false,
  remote: true,
  keyUnreadableForMs: 0,
  lockedOut: false,
  island: false,
  chainWasUnseen: false,
};

describe("what ends control", () => {
  it.each<[rule: string, name: string, Partial<LeaseEndFacts>, LeaseEnd | undefined]>([
    ["R40", "nothing", {}, undefined],
    ["R39", "LOCAL, at once", { remote: false }, "local-control"],
    ["R39", "a key that is not Good, not at once", { remote: null, keyUnreadableForMs: 4999 }, undefined],
    ["R39", "a key that is not Good for 5 s", { remote: null, keyUnreadableForMs: 5000 }, "key-unreadable"],
    ["R39", "no key that was declared", { remote: undefined, keyUnreadableForMs: 9000 }, undefined],
    ["R21", "a personal lock", { lockedOut: true }, "locked-out"],
    ["R18", "the island switch", { island: true }, "island"],
    ["R20", "an emergency-stop chain that was out of sight", { chainWasUnseen: true }, "chain-unseen"],
    ["R40", "the end of the sign-in", { signedIn: false, mayTake: false }, "sign-in-ended"],
    ["R40", "a right that went", { mayTake: false }, "right-lost"],
    ["R40", "the end of a guest's slot", { mayTake: false, guest: true }, "booking-ended"],
    ["R39", "LOCAL before all else", { remote: false, signedIn: false, lockedOut: true }, "local-control"],
  ])("%s: %s", (_rule, _name, more, expected) => {
    expect(leaseEndOf({ ...fine, ...more })).toBe(expected);
  });
});
