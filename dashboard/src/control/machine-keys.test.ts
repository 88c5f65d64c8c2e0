import { expect, test, vi } from "vitest";
import type { ControlAct } from "../parts/control-state.ts";
import { machineKeys } from "./machine-keys.ts";

test.each<[readonly ControlAct[], ControlAct | undefined]>([
  [["take"], "take"],
  [["request", "force"], "request"],
  [["release"], undefined],
  [["withdraw", "force"], undefined],
  [[], undefined],
])("with %j C does %s: it never gives control away and never takes it by force", (acts, done) => {
  const act = vi.fn();
  expect(machineKeys(() => acts, act)("c")).toBe(done !== undefined);
  expect(act.mock.calls).toEqual(done ? [[done]] : []);
});

test("W goes to why, where there is a why", () => {
  const press = machineKeys(() => [], vi.fn());
  expect(press("w")).toBe(false);
  document.body.innerHTML = '<section data-why><h2 tabindex="-1">Why</h2></section>';
  expect(press("w")).toBe(true);
  expect(document.activeElement?.textContent).toBe("Why");
  document.body.innerHTML = "";
});

test("no other letter does anything", () => {
  const act = vi.fn();
  const press = machineKeys(() => ["take"], act);
  expect([..."abdefghijklmnopqrstuvxyz"].some(press)).toBe(false);
  expect(act).not.toHaveBeenCalled();
});
