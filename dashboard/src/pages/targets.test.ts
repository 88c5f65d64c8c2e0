import { flushSync, mount, unmount } from "svelte";
import { afterEach, expect, test } from "vitest";
import { say } from "../i18n/language.svelte.ts";
import Targets from "./Targets.svelte";

const target = {
  id: "plant-influx",
  kind: "influx",
  url: "http://127.0.0.1:8086",
  database: "plant",
  state: "failing",
  sent: 120,
  leftOut: 1,
  expired: 2,
  quarantined: 3,
  behind: 45,
  lagS: 90,
  error: "connect ECONNREFUSED 127.0.0.1:8086",
} as const;

let part: Record<string, unknown> | undefined;

afterEach(async () => {
  if (part) await unmount(part);
  document.body.innerHTML = "";
});

function rowOf(shown: object): readonly string[] {
  part = mount(Targets, { target: document.body, props: { targets: [{ ...target, ...shown }] } });
  flushSync();
  return [...document.querySelectorAll("tbody td")].map((cell) => cell.textContent?.trim() ?? "");
}

test("a server that cannot be reached says so, how old what it has is, and why", () => {
  say.choose("en");
  expect(rowOf({})).toEqual(["waiting", "1 min 30 s ago", "45", "120", "1", "3", "2"]);
  expect(document.querySelector("tbody th")?.textContent).toContain("ECONNREFUSED");
});

test("a server that nothing is known of yet shows no age, in Italian too", () => {
  say.choose("it");
  expect(rowOf({ state: "starting", lagS: undefined, error: undefined }).slice(0, 2)).toEqual(["in avvio", "non noto"]);
  expect(document.querySelector(".error")).toBeNull();
});
