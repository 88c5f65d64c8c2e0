import { describe, expect, it } from "vitest";
import { emptyGrant, type GrantForm, grantReasons, grantRequest } from "./form.ts";

const olga = { kind: "user", id: "u-olga" } as const;
const rome = "Europe/Rome";
const asked = (more: Partial<GrantForm>) => grantRequest({ ...emptyGrant(), patterns: "press", ...more }, olga, rome);

describe("a right as it is typed", () => {
  it("is asked for whole, in instants", () => {
    const more = { role: "operator", from: "2026-06-01T08:00", until: "2026-12-31T18:00" } as const;
    expect(asked({ ...more, always: false, days: [5, 1] }).request).toEqual({
      ...{ subject: olga, role: "operator", equipment: ["press"], areas: [], highestClass: "C1" },
      ...{ notBefore: "2026-06-01T06:00:00.000Z", notAfter: "2026-12-31T17:00:00.000Z" },
      hours: [{ days: [1, 5], from: "08:00", to: "18:00" }],
    });
  });

  it.each<[string, Partial<GrantForm>, object]>([
    ["every machine", { reach: "all" }, { equipment: ["*"], areas: [] }],
    ["areas", { reach: "areas", areas: ["hall_2"] }, { equipment: [], areas: ["hall_2"] }],
    [
      "until the end of the day",
      { always: false, ends: "24:00" },
      { hours: [{ days: [1, 2, 3, 4, 5], from: "08:00", to: "24:00" }] },
    ],
    // 25 October 2026, 02:30 exists twice: the later beginning and the earlier end.
    ["from an hour that is repeated", { from: "2026-10-25T02:30" }, { notBefore: "2026-10-25T01:30:00.000Z" }],
    ["until an hour that is repeated", { until: "2026-10-25T02:30" }, { notAfter: "2026-10-25T00:30:00.000Z" }],
  ])("for %s", (_what, more, expected) => {
    expect(asked(more).request).toMatchObject(expected);
  });

  it.each<[string, Partial<GrantForm>, object[]]>([
    ["no machine", { patterns: " , " }, [{ field: "equipment", rule: "missing" }]],
    ["no area", { reach: "areas" }, [{ field: "areas", rule: "missing" }]],
    [
      "an end before its beginning",
      { from: "2026-06-02T08:00", until: "2026-06-01T08:00" },
      [{ field: "notAfter", rule: "not-after" }],
    ],
    ["an hour that is left out", { until: "2027-03-28T02:30" }, [{ field: "notAfter", rule: "no-such-time" }]],
    ["no day", { always: false, days: [] }, [{ field: "hours", rule: "no-day" }]],
    ["hours over midnight", { always: false, begins: "22:00", ends: "06:00" }, [{ field: "hours", rule: "not-after" }]],
    [
      "everything at once",
      { patterns: "", always: false, days: [] },
      [
        { field: "equipment", rule: "missing" },
        { field: "hours", rule: "no-day" },
      ],
    ],
  ])("with %s is not sent", (_what, more, reasons) => {
    expect(asked(more)).toEqual({ reasons });
  });

  it.each([
    [
      { code: "request/invalid", title: "…", errors: [{ pointer: "/equipment/0", detail: "x" }] },
      "equipment",
      "invalid-equipment",
    ],
    [
      { code: "request/invalid", title: "…", errors: [{ pointer: "/hours/0/to", detail: "x" }] },
      "hours",
      "request/invalid",
    ],
    [{ code: "auth/step-up-required", title: "…" }, undefined, "auth/step-up-required"],
  ])("%o is said at its field", (problem, field, rule) => {
    expect(grantReasons(problem)).toMatchObject([{ field, rule }]);
  });
});
