import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NoAnswer } from "../api/client.ts";
import type { BookingView } from "../api/wire.ts";
import { machine as filling } from "../gallery/machine.ts";
import { tag } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { plant } from "../live/plant.svelte.ts";
import { values } from "../live/values.svelte.ts";
import { session } from "../session/session.svelte.ts";
import SlotWatch from "./SlotWatch.svelte";

const endMs = Date.parse("2026-11-24T16:00:00.000Z");
const machine = filling({
  id: "mill",
  name: { en: "Mill", it: "Fresa" },
  commands: [],
  links: [],
  bookable: true,
  bookingEnds: new Date(endMs).toISOString(),
});
const booking: BookingView = {
  id: "b1",
  equipment: "mill",
  machine: machine.name,
  userId: "u",
  user: "E. Greco",
  start: "2026-11-24T08:00:00.000Z",
  end: new Date(endMs).toISOString(),
  title: "",
  state: "CONFIRMED",
  version: 1,
  createdAt: "2026-11-20T00:00:00.000Z",
};

let watch: Record<string, unknown> | undefined;
let reachable = true;

beforeEach(async () => {
  vi.useFakeTimers();
  say.choose("en");
  say.zone = "UTC";
  reachable = true;
  vi.spyOn(session, "call").mockImplementation(async (path) => {
    if (!reachable) throw new NoAnswer(new Error("gone"));
    return (path.startsWith("/equipment") ? [machine] : { items: [booking] }) as never;
  });
  link.start();
  await plant.load();
  values.take([[tag.handle, 5.8, 0, endMs - 30_000]]);
});

afterEach(async () => {
  if (watch) await unmount(watch);
  watch = undefined;
  link.stop();
  plant.clear();
  values.clear();
  document.body.innerHTML = "";
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The gateway's clock stands so many ms before the end of the slot. */
async function standing(leftMs: number): Promise<void> {
  link.beat({ at: endMs - leftMs, ticket: "", audit: "written", links: [] });
  link.phase = "live";
  watch = mount(SlotWatch, { target: document.body });
  await vi.advanceTimersByTimeAsync(0);
  flushSync();
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  flushSync();
}

const words = () => document.body.textContent?.replace(/\s+/g, " ").trim() ?? "";

test("says when the booking ends and warns when little is left", async () => {
  await standing(5 * 60_000 + 1_000);
  expect(words()).toContain("Mill: your booking ends at 16:00");
  expect(document.querySelector("[role=status]")?.textContent).toContain("Less than 15 minutes");
  await pass(1_500);
  expect(document.querySelector("[role=alert]")?.textContent).toContain("Less than 5 minutes");
});

test("without an answer from anybody the values are gone at the end, not before", async () => {
  await standing(2_000);
  reachable = false;
  link.phase = "lost";
  await pass(1_000);
  expect(plant.find("mill")).toBeDefined();
  expect(values.of(tag.handle).seen?.value).toBe(5.8);
  await pass(1_500);
  expect(plant.find("mill")).toBeUndefined();
  expect(values.of(tag.handle).seen).toBeUndefined();
  expect(values.of(tag.handle).lastGood).toBeUndefined();
  expect(words()).toContain("Your booking of Mill has ended, 16:00.");
});
