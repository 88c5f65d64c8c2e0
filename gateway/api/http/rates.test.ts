import { describe, expect, it } from "vitest";
import type { PlanciaError } from "../../core/errors.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { Identity } from "./identity.ts";
import { type LimitedBy, PeopleRates } from "./rates.ts";

const of = (id: string, organisation?: string) => ({
  identity: { caller: {}, user: { id, organisation } } as Identity,
});

function rates(user: number, organisation: number) {
  const time = new ManualTime();
  const exceeded: LimitedBy[] = [];
  const limits = { userRequestsPerMinute: user, organisationRequestsPerMinute: organisation };
  const gate = new PeopleRates(limits, time, (by) => exceeded.push(by));
  const taken = (who: ReturnType<typeof of>, times: number) => {
    let passed = 0;
    for (let n = 0; n < times; n++) {
      try {
        gate.take(who);
        passed++;
      } catch (error) {
        expect(error).toMatchObject({ code: "request/rate-limited" });
        expect((error as PlanciaError).retryAfterS).toBeGreaterThanOrEqual(1);
      }
    }
    return passed;
  };
  return { time, exceeded, taken };
}

describe("requests a minute (S21)", () => {
  it("of one person bind that person alone, and come back evenly", async () => {
    const { time, exceeded, taken } = rates(60, 1000);
    expect(taken(of("ann"), 100)).toBe(60);
    expect(taken(of("ben"), 60)).toBe(60);
    expect(new Set(exceeded)).toEqual(new Set(["user"]));
    await time.advance(10_000);
    expect(taken(of("ann"), 100)).toBe(10);
    await time.advance(3_600_000);
    expect(taken(of("ann"), 100)).toBe(60);
  });

  it("of an organisation bind all of its people together, and nobody of another", () => {
    const { exceeded, taken } = rates(60, 100);
    const crowd = ["a", "b", "c", "d"].map((id) => taken(of(id, "acme"), 50));
    expect(crowd).toEqual([50, 50, 0, 0]);
    expect(taken(of("z", "zeta"), 60)).toBe(60);
    expect(exceeded.every((by) => by === "organisation")).toBe(true);
  });

  it("bind people without an organisation each for themselves", () => {
    const { taken } = rates(60, 100);
    expect(["a", "b", "c", "d"].map((id) => taken(of(id), 60))).toEqual([60, 60, 60, 60]);
  });

  it("of a program bind it alone, not its owner", () => {
    const { taken } = rates(3, 100);
    const program = { identity: { caller: { token: {}, signInId: "program:x" }, user: { id: "a" } } as Identity };
    expect([taken(program, 5), taken(of("a"), 5)]).toEqual([3, 3]);
  });
});
