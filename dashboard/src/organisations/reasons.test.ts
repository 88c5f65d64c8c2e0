import { expect, it } from "vitest";
import { joinLink, organisationReasons } from "./reasons.ts";

it.each([
  [{ code: "organisation/exists", title: "…" }, "id", "organisation/exists"],
  [{ code: "user/exists", title: "…" }, "name", "user/exists"],
  [{ code: "request/invalid", title: "…", errors: [{ pointer: "/id", detail: "x" }] }, "id", "invalid-id"],
  [{ code: "request/invalid", title: "…", errors: [{ pointer: "/kind", detail: "x" }] }, undefined, "request/invalid"],
  [{ code: "request/conflict", title: "…" }, undefined, "request/conflict"],
])("%o is said at its field", (problem, field, rule) => {
  expect(organisationReasons(problem)).toMatchObject([{ field, rule }]);
});

it("a link to join leads to this gateway, behind the hash, where no server writes it down", () => {
  const link = joinLink("https://10.0.0.5:8443/#/organisations", "a+b/c", "mario@acme");
  expect(link).toBe("https://10.0.0.5:8443/#/join?secret=a%2Bb%2Fc&name=mario%40acme");
});
