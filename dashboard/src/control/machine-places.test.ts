import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EquipmentView } from "../api/wire.ts";
import { control, machine, text } from "../gallery/machine.ts";
import { say } from "../i18n/language.svelte.ts";
import { controlNews } from "../live/control-news.svelte.ts";
import { live } from "../live/live.svelte.ts";
import { LeaseDesk } from "./lease-desk.svelte.ts";
import MachinePlaces from "./MachinePlaces.svelte";

let shown: Record<string, unknown> | undefined;

beforeEach(() => {
  say.choose("en");
  say.zone = "UTC";
});
afterEach(async () => {
  if (shown) await unmount(shown);
  controlNews.clear();
  vi.restoreAllMocks();
  document.body.innerHTML = "";
});

const at = "2026-11-24T14:32:08.000Z";

function show(more: Partial<EquipmentView> = {}): string {
  const desk = new LeaseDesk("line", { send: async () => ({}), phone: () => false, changed: () => undefined });
  shown = mount(MachinePlaces, { target: document.body, props: { machine: machine(more), desk } });
  flushSync();
  return document.body.textContent?.replace(/\s+/g, " ").trim() ?? "";
}

test("in the normal nothing is said", () => {
  expect(show()).toBe("");
});

test.each<[string, Partial<EquipmentView>, string]>([
  [
    "R21: a lock, whose it is and why",
    { lockOuts: [{ id: "l1", person: "P. Sala", since: at, reason: "Bearing change" }] },
    "Locked out by P. Sala, since Tue 24 Nov 14:32 Bearing change. Only P. Sala takes the lock off, at the machine.",
  ],
  ["R18: the island switch", { island: true }, "Island: remote control is cut at the site"],
  ["R9: a change that waits", { changeWaits: true }, "A change of the configuration waits"],
  [
    "R20: what a remote start waits for",
    { emergencyStop: { tag: "line/chain", closed: true, ready: false, why: text("Reset at the machine is needed") } },
    "Reset at the machine is needed",
  ],
  [
    "R15: what happens, and when, where nobody answers",
    { control: { ...control, loss: { policy: "finish-cycle", graceMs: 30_000, runsAt: at } } },
    "Nobody answers for it: it finishes its cycle at 14:32:08",
  ],
])("says %s", (_, more, words) => {
  expect(show(more)).toContain(words);
});

test("R43: asks whoever has control whether they are there, and nobody else", () => {
  const here = vi.spyOn(live, "here").mockImplementation(() => undefined);
  expect(show({ control: { ...control, holder: "M. Rossi", mine: true, areYouThere: at } })).toContain(
    "Are you there? Answer before 14:32:08, or on-call is told.",
  );
  const button = document.querySelector("button");
  button?.click();
  flushSync();
  button?.click();
  expect(here).toHaveBeenCalledTimes(1);
  expect(document.querySelector("button")?.textContent).toBe("Noted");
});

test("R43: is silent to those who only watch", () => {
  expect(show({ control: { ...control, holder: "L. Conti", areYouThere: at } })).toBe("");
});

test("R41: what became of control stays until it is put away", () => {
  const event = { kind: "lease", equipment: "line", change: "ended", holder: null, reason: "island" } as const;
  controlNews.take(event, { mine: true }, Date.parse(at));
  expect(show()).toContain("Remote control was cut at the site.");
  document.querySelector("button")?.click();
  flushSync();
  expect(document.body.textContent?.trim()).toBe("");
});
