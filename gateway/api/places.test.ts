import { describe, expect, it } from "vitest";
import { Places } from "./places.ts";

describe("places (S21)", () => {
  it("of a person, and of all of an organisation together, are bounded, counted, and free again", () => {
    const places = new Places({ user: 2, organisation: 3 });
    const take = (id: string, organisation?: string) => {
      const holder = {};
      return { holder, taken: places.take(holder, { id, organisation }) };
    };
    const first = take("ann", "acme");
    expect([first.taken, take("ann", "acme").taken, take("ann", "acme").taken]).toEqual([true, true, false]);
    expect([take("ben", "acme").taken, take("cid", "acme").taken]).toEqual([true, false]);
    expect([take("zoe", "zeta").taken, take("own").taken]).toEqual([true, true]);
    expect(places.refused).toBe(2);
    places.release(first.holder);
    places.release(first.holder);
    expect([take("cid", "acme").taken, take("cid", "acme").taken]).toEqual([true, false]);
  });

  it("are given back as they were taken, whatever its person has become", () => {
    const places = new Places({ user: 9, organisation: 1 });
    const holder = {};
    const user = { id: "ann", organisation: "acme" };
    places.take(holder, user);
    user.organisation = "zeta";
    places.release(holder);
    expect(places.take({}, { id: "ben", organisation: "acme" })).toBe(true);
  });

  it("keep names apart, whatever they are", () => {
    const places = new Places({ user: 1, organisation: 1 });
    expect(places.take({}, { id: "__proto__", organisation: "constructor" })).toBe(true);
    expect(places.take({}, { id: "organisation constructor", organisation: undefined })).toBe(true);
    expect(places.take({}, { id: "toString", organisation: "user __proto__" })).toBe(true);
  });
});
