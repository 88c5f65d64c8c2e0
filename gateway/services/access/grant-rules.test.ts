import { describe, expect, it } from "vitest";
import type { Grant } from "../../core/access/grant.ts";
import { assertGrant } from "./grant-rules.ts";

const plant = { equipment: [{ area: "hall" }] };
const grant: Grant = {
  ...{ id: "g", own: false, subject: { kind: "user", id: "u" }, role: "operator" },
  ...{ equipment: ["press"], areas: [], highestClass: "C3", notBefore: undefined, notAfter: undefined, hours: [] },
};

describe("a right that is given", () => {
  it.each<[string, Partial<Grant>, readonly string[]]>([
    ["for a machine", {}, []],
    ["for an area", { equipment: [], areas: ["hall"] }, []],
    ["for nothing", { equipment: [] }, ["/equipment"]],
    ["for an area that there is not", { areas: ["yard"] }, ["/areas/0"]],
    ["to end before it begins", { notBefore: 2, notAfter: 1 }, ["/notAfter"]],
    ["on a day that there is not", { hours: [{ days: [8], from: "08:00", to: "09:00" }] }, ["/hours/0/days"]],
    ["until before it begins", { hours: [{ days: [1], from: "09:00", to: "08:00" }] }, ["/hours/0/to"]],
    ["of an administrator for the whole house", { role: "administrator", equipment: ["*"] }, []],
    ["of an administrator for one machine", { role: "administrator" }, ["/equipment"]],
    [
      "of an administrator for everything, within an area",
      { role: "administrator", equipment: ["*"], areas: ["hall"] },
      ["/equipment"],
    ],
    ["with the account, as it was", { role: "administrator", own: true }, []],
  ])("%s is judged field by field", (_what, more, wrong) => {
    let said: readonly string[] = [];
    try {
      assertGrant({ ...grant, ...more }, plant);
    } catch (error) {
      expect(error).toMatchObject({ code: "request/invalid" });
      said = (error as { fields: { pointer: string }[] }).fields.map(({ pointer }) => pointer);
    }
    expect(said).toEqual(wrong);
  });
});
