import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import { LeaseBench, type TestPage } from "../testing/lease-bench.ts";

const machines = ["press", "oven", "mill"] as const;
const equipment = fc.constantFrom(...machines);
/** Two sign-ins of Anna, an operator, and a supervisor. */
const who = fc.integer({ min: 0, max: 3 });

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.integer({ min: 0, max: 6_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("doze" as const), equipment, ms: fc.integer({ min: 13_000, max: 19_000 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("take" as const), who, equipment }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("force" as const), who: fc.constant(3), equipment }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("request" as const), who, equipment }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("accept", "decline", "release", "withdraw"), who, equipment }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("sleep", "wake", "close", "open"), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("local", "remote", "sign out"), who }) },
);

interface Person {
  readonly caller: Caller;
  page: TestPage;
  open: boolean;
}

/** The bench with its people, and when each machine's holder was last proven alive. */
class Model {
  readonly bench = new LeaseBench();
  readonly people: Person[];
  readonly provenMs = new Map<string, number>();

  constructor() {
    const { bench } = this;
    const entered = [
      bench.enter("Anna"),
      bench.enter("Anna", { signInId: "s-Anna-2" }),
      bench.enter("Bruno"),
      bench.enter("Carla", { role: "supervisor" }),
    ];
    this.people = entered.map(({ caller, page }) => ({ caller, page, open: true }));
    bench.control.leases.onNews(({ equipment: id, change, to }) => {
      if (change === "taken" || change === "forced" || change === "handed-over") this.prove(id);
      if (!to) this.provenMs.delete(id);
    });
  }

  prove(id: string): void {
    this.provenMs.set(id, this.bench.time.monotonicMs());
  }

  /** Waits in small turns: whoever is awake and holds a machine proves it by answering. */
  async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      const seen = this.people.map(({ page }) => page.prompts.length);
      await this.bench.time.advance(Math.min(250, left));
      for (const [index, { page, open }] of this.people.entries()) {
        if (!page.awake || !open) continue;
        for (const { equipment: id } of page.prompts.slice(seen[index])) this.prove(id);
      }
    }
  }

  /** Whoever holds the machine falls asleep for a while. */
  async doze({ equipment: id, ms }: { equipment: string; ms: number }): Promise<void> {
    const signInId = this.bench.control.leases.holder(id)?.party.caller.signInId;
    const page = this.people.find(({ caller }) => caller.signInId === signInId)?.page;
    if (page) page.awake = false;
    await this.wait(ms);
  }

  holders(id: string): string[] {
    const { leases } = this.bench.control;
    return this.people
      .filter(({ caller }) => leases.standing(caller, id).holder === "self")
      .map(({ caller }) => caller.signInId);
  }
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function happen(model: Model, what: Step): Promise<void> {
  const { control } = model.bench;
  if (what.do === "wait") return model.wait((what as { ms: number }).ms);
  if (what.do === "doze") return model.doze(what as { equipment: string; ms: number });
  const person = model.people[(what as { who: number }).who];
  const id = (what as { equipment?: string }).equipment ?? "press";
  if (!person) return;
  const { caller, page } = person;
  try {
    switch (what.do) {
      case "take":
        await control.take(caller, id, { phone: false });
        return;
      case "force":
        await control.force(caller, id, { phone: false, reason: "model" });
        return;
      case "request":
        control.request(caller, id, { phone: false });
        return;
      case "accept":
      case "decline":
        await control.answer(caller, id, { accept: what.do === "accept", note: undefined });
        return;
      case "release":
        control.release(caller, id);
        return;
      case "withdraw":
        control.withdraw(caller, id);
        return;
      case "sleep":
      case "wake":
        page.awake = what.do === "wake";
        return;
      case "close":
        page.close();
        person.open = false;
        return;
      case "open":
        page.close();
        person.page = model.bench.open(caller);
        person.open = true;
        for (const prompt of person.page.prompts) {
          // Asked again with the question that was still open: as old as that.
          model.provenMs.set(prompt.equipment, model.bench.control.leases.holder(prompt.equipment)?.aliveMs ?? 0);
        }
        return;
      case "local":
      case "remote":
        model.bench.set("press/key", what.do === "remote");
        return;
      case "sign out":
        model.bench.today.set(caller.signInId, undefined);
        model.bench.rightsChanged();
        return;
    }
  } catch (error) {
    expect(error).toMatchObject({ code: "request/conflict" });
  }
}

describe("control, whatever people, pages and the key do in whatever order", () => {
  it("is never two people's, never lives 15 s without an answer, and never spans too much", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), async (steps) => {
        const model = new Model();
        for (const what of steps) {
          await happen(model, what);
          const nowMs = model.bench.time.monotonicMs();
          const span = new Map<string, number>();
          for (const id of machines) {
            const holders = model.holders(id);
            expect(holders.length).toBeLessThanOrEqual(1);
            if (holders.length === 0) continue;
            expect(nowMs - (model.provenMs.get(id) ?? Number.NEGATIVE_INFINITY)).toBeLessThan(15_000);
            const user = model.bench.control.leases.holder(id)?.party.caller.userId ?? "";
            span.set(user, (span.get(user) ?? 0) + 1);
          }
          expect(Math.max(0, ...span.values())).toBeLessThanOrEqual(2);
          if (model.bench.machine.get("press/key") === false) expect(model.holders("press")).toEqual([]);
          for (const { caller } of model.people) {
            if (!model.bench.today.has(caller.signInId)) continue;
            expect(machines.flatMap((id) => model.holders(id))).not.toContain(caller.signInId);
          }
        }
        await model.bench.control.close();
      }),
      { numRuns: 250 },
    );
  }, 60_000);
});
