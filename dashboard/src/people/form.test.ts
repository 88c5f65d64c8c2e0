import { expect, test } from "vitest";
import type { UserView } from "../api/wire.ts";
import { addRequest, changeRequest, emptyForm, formOf, passwordRequest, patternsOf, personReasons } from "./form.ts";

const anna: UserView = {
  id: "u1",
  name: "Anna",
  role: "operator",
  equipment: ["press", "hall_*"],
  language: "it",
  disabled: false,
  createdAt: "2026-11-20T00:00:00.000Z",
};

test("patterns are read however they are separated, each once", () => {
  expect(patternsOf(" press, hall_*\nmill; press ")).toEqual(["press", "hall_*", "mill"]);
  expect(patternsOf(" ,; ")).toEqual([]);
});

test("a new person is asked for whole", () => {
  const form = { ...emptyForm("it"), name: " Anna ", patterns: "press", password: "long enough", again: "long enough" };
  expect(addRequest({ ...form, reach: "some" }).request).toEqual({
    name: "Anna",
    role: "operator",
    equipment: ["press"],
    language: "it",
    password: "long enough",
  });
  expect(addRequest(form).request?.equipment).toEqual(["*"]);
  expect(addRequest({ ...form, role: "guest" }).request?.equipment).toEqual([]);
});

test("a guest goes to its organisation, and staff to none that is chosen here", () => {
  const form = {
    ...emptyForm("it"),
    name: "Gina",
    organisation: "acme",
    password: "long enough",
    again: "long enough",
  };
  expect(addRequest({ ...form, role: "guest" }).request).toMatchObject({ role: "guest", organisation: "acme" });
  expect(addRequest(form).request).not.toHaveProperty("organisation");
  const gina: UserView = { ...anna, role: "guest", equipment: [], organisation: "acme" };
  expect(changeRequest(gina, formOf(gina)).request).toEqual({});
  expect(changeRequest(gina, { ...formOf(gina), organisation: "zeta" }).request).toEqual({ organisation: "zeta" });
});

test("everything that is missing is said at once", () => {
  const form = { ...emptyForm("en"), reach: "some" as const };
  expect(addRequest(form).reasons).toEqual([
    { field: "name", rule: "missing" },
    { field: "equipment", rule: "missing" },
    { field: "password", rule: "missing" },
  ]);
});

test("a change carries only what changed", () => {
  expect(changeRequest(anna, formOf(anna)).request).toEqual({});
  expect(changeRequest(anna, { ...formOf(anna), role: "supervisor" }).request).toEqual({ role: "supervisor" });
  expect(changeRequest(anna, { ...formOf(anna), reach: "all", language: "en" }).request).toEqual({
    equipment: ["*"],
    language: "en",
  });
});

test("two passwords that differ are not sent", () => {
  expect(passwordRequest({ ...formOf(anna), password: "a", again: "b" }).reasons).toEqual([
    { field: "again", rule: "differs" },
  ]);
});

test.each([
  [{ code: "user/exists", title: "The name is taken" }, "name", "user/exists"],
  [{ code: "user/password-common", title: "…" }, "password", "user/password-common"],
  [{ code: "request/conflict", title: "…" }, undefined, "last-administrator"],
  [{ code: "store/unavailable", title: "…" }, undefined, "store/unavailable"],
  [
    { code: "request/invalid", title: "…", errors: [{ pointer: "/equipment/1", detail: "x" }] },
    "equipment",
    "invalid-equipment",
  ],
  [{ code: "request/invalid", title: "…", errors: [{ pointer: "/else", detail: "x" }] }, undefined, "request/invalid"],
])("%o is said at its field", (problem, field, rule) => {
  expect(personReasons(problem)[0]).toMatchObject({ field, rule });
});
