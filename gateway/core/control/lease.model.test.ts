import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testCaller } from "../testing/caller.ts";
import { free, holderAt, type Lease, type LeaseEvent, type LeaseParty, leaseLimits, stepLease } from "./lease.ts";

const names = ["anna", "bruno", "carla"] as const;
const parties: readonly LeaseParty[] = names.map((name) => ({
  caller: testCaller({ name, signInId: name, userId: name }),
  phone: false,
}));
const who = fc.constantFrom(...parties);

/** An answer names the newest prompt, an older one, or one that was never given. */
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("take", "force"), party: who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("request"), party: who }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("release", "withdraw", "accept", "decline", "acted"), party: who }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("prompt") }) },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("alive"), party: who, behind: fc.integer({ min: -1, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("end") }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("look") }) },
);
const course = fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), event), { maxLength: 60 });

/** What the rules say in the simplest words: who has it, when that was last proven, and who asks. */
interface Model {
  holder: string | undefined;
  provenMs: number;
  asker: { name: string; untilMs: number } | undefined;
  prompt: { n: number; issuedMs: number; holder: string } | undefined;
}

function expected(model: Model, event: LeaseEvent, nowMs: number): Model {
  const gone = model.holder === undefined || nowMs - model.provenMs >= 15_000;
  const now: Model = gone ? { ...model, holder: undefined, asker: undefined } : model;
  const asker = now.asker && nowMs < now.asker.untilMs ? now.asker : undefined;
  const nobody = { ...now, holder: undefined, asker: undefined };
  const to = (holder: string): Model => ({ holder, provenMs: nowMs, asker: undefined, prompt: undefined });
  const { holder } = now;
  switch (event.type) {
    case "take":
      return holder === undefined ? to(event.party.caller.name) : { ...now, asker };
    case "force":
      return holder === event.party.caller.name ? { ...now, asker } : to(event.party.caller.name);
    case "release":
      return holder === event.signInId ? nobody : { ...now, asker };
    case "request": {
      const asks = holder !== undefined && holder !== event.party.caller.name && !asker;
      return { ...now, asker: asks ? { name: event.party.caller.name, untilMs: nowMs + 30_000 } : asker };
    }
    case "withdraw":
      return { ...now, asker: asker?.name === event.signInId ? undefined : asker };
    case "decline":
      return { ...now, asker: holder === event.signInId ? undefined : asker };
    case "accept":
      return holder === event.signInId && asker ? to(asker.name) : { ...now, asker };
    case "prompt":
      return { ...now, asker, prompt: holder === undefined ? undefined : { n: event.n, issuedMs: nowMs, holder } };
    case "alive": {
      const counts = holder === event.signInId && now.prompt?.holder === holder && now.prompt.n === event.n;
      return { ...now, asker, provenMs: counts ? (now.prompt?.issuedMs ?? 0) : now.provenMs };
    }
    case "end":
      return nobody;
    case "acted":
    case "look":
      return { ...now, asker };
  }
}

describe("control of one machine, whatever happens in whatever order", () => {
  it("has the holder that the rules say, never for longer than 15 s without an answer", () => {
    fc.assert(
      fc.property(course, (steps) => {
        let lease: Lease = free;
        let model: Model = {
          holder: undefined,
          provenMs: Number.NEGATIVE_INFINITY,
          asker: undefined,
          prompt: undefined,
        };
        let nowMs = 0;
        let n = 0;
        for (const [laterMs, wanted] of steps) {
          nowMs += laterMs;
          if (wanted.type === "prompt") n++;
          const happens = eventOf(wanted, n);
          model = expected(model, happens, nowMs);
          lease = stepLease(lease, happens, nowMs).lease;
          expect(holderAt(lease, nowMs)?.party.caller.name).toBe(model.holder);
          expect(lease.asking?.party.caller.name).toBe(model.asker?.name);
          expect(holderAt(lease, model.provenMs + leaseLimits.livesMs)).toBeUndefined();
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("tells every change of the holder, once, with who had it before", () => {
    fc.assert(
      fc.property(course, (steps) => {
        let lease: Lease = free;
        let holder: string | undefined;
        let nowMs = 0;
        let n = 0;
        for (const [laterMs, wanted] of steps) {
          nowMs += laterMs;
          if (wanted.type === "prompt") n++;
          const step = stepLease(lease, eventOf(wanted, n), nowMs);
          lease = step.lease;
          for (const change of step.changes) {
            expect(change.from?.party.caller.name).toBe(holder);
            holder = change.to?.caller.name;
          }
          expect(lease.holding?.party.caller.name).toBe(holder);
        }
      }),
    );
  });
});

type Wanted = typeof event extends fc.Arbitrary<infer W> ? W : never;

function eventOf(wanted: Wanted, newest: number): LeaseEvent {
  switch (wanted.type) {
    case "take":
    case "force":
    case "request":
      return { type: wanted.type as "take", party: (wanted as { party: LeaseParty }).party };
    case "prompt":
      return { type: "prompt", n: newest };
    case "alive": {
      const { party, behind } = wanted as { party: LeaseParty; behind: number };
      return { type: "alive", signInId: party.caller.signInId, n: newest - behind, visible: true, active: false };
    }
    case "end":
      return { type: "end", why: "local-control" };
    case "look":
      return { type: "look" };
    default:
      return { type: wanted.type as "release", signInId: (wanted as { party: LeaseParty }).party.caller.signInId };
  }
}
