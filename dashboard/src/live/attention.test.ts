import { expect, test } from "vitest";
import type { EquipmentView, LinkBeat, TagView } from "../api/wire.ts";
import { control, machine as filling } from "../gallery/machine.ts";
import { command, tag as sample } from "../gallery/samples.ts";
import { attention } from "./attention.ts";
import { ChangeWatch } from "./change-watch.ts";
import { reasonsOf } from "./reasons.ts";
import type { Quality } from "./value-state.ts";

const text = (words: string) => ({ en: words, it: words });
const tag = (id: string, more: Partial<TagView> = {}): TagView => ({
  ...sample,
  id,
  tag: `press/${id}`,
  name: text(id),
  ...more,
});

const machine = (tags: TagView[]): EquipmentView => filling({ id: "press", commands: [], tags });

const live: Quality = { kind: "live", value: 1, timeMs: 0 };
const bad: Quality = { kind: "bad", sinceMs: 0, letter: "F", last: undefined };
const stale: Quality = { kind: "stale", value: 1, sinceMs: 0 };

function find(
  qualities: Quality[],
  state: LinkBeat["state"] = "connected",
  unknown = [] as ReturnType<typeof command>[],
) {
  const tags = qualities.map((_, index) => tag(`t${index}`, { handle: index }));
  return attention({
    equipment: [machine(tags)],
    unknown,
    pending: [],
    onCall: [],
    signIns: [],
    device: (device) => ({ device, state, ageMs: 100 }),
    quality: (one) => qualities[one.handle] ?? live,
  }).map((one) => one.kind);
}

test("nothing needs attention while everything is live", () => {
  expect(find([live, { kind: "uncertain", value: 1, letter: "S" }, { kind: "waiting" }])).toEqual([]);
});

test("lists what nobody knows first, then bad, stale and forced values", () => {
  const kinds = find([{ kind: "overridden", value: 1 }, stale, bad], "connected", [command("UNKNOWN")]);
  expect(kinds).toEqual(["unknown", "bad", "stale", "forced"]);
});

test("a device that is away speaks for its values", () => {
  expect(find([bad, bad, stale], "lost")).toEqual(["device"]);
});

test("R41, R42, R43: what is asked of the reader and runs out stands before everything else", () => {
  const before = new Date(5_000).toISOString();
  const request = { user: "L. Conti", mine: false, answerBefore: before };
  const asked = { ...machine([]), control: { ...control, mine: true, areYouThere: before, request } };
  const found = attention({
    equipment: [asked, { ...asked, id: "other", control: { ...asked.control, mine: false } }],
    unknown: [command("UNKNOWN")],
    pending: [command("PENDING_APPROVAL")],
    onCall: [{ id: "o1", equipment: "press", at: before, text: text("Nobody answers") }],
    signIns: [
      { id: "a1", kind: "cookie-reused", userId: "u", user: "olga", address: "192.0.2.1", at: before, times: 1 },
    ],
    device: (device) => ({ device, state: "lost", ageMs: null }),
    quality: () => live,
  });
  expect(found.map((one) => `${one.kind} ${one.equipment}`)).toEqual([
    "there press",
    "request press",
    "approval line",
    "on-call press",
    "sign-in ",
    "unknown line",
    "device press",
    "device other",
  ]);
});

test("each cause stands once, with all that it keeps from being done", () => {
  const local = { cause: "local-control", text: text("The key is at LOCAL") } as const;
  const denied = (id: string) =>
    tag(id, { writable: { class: "C1", allowed: false, causes: [{ ...local, tag: id }] } });
  const hidden = tag("c", { writable: { class: "C1", allowed: false, causes: [local], only: "commands" } });
  const reasons = reasonsOf(machine([denied("a"), denied("b"), hidden]), () => true);
  expect(reasons).toHaveLength(1);
  expect(reasons[0]?.blocks.map((one) => one.en)).toEqual(["a", "b"]);
});

test("a value that is not live is a cause before the gateway says so", () => {
  const free = tag("a", { writable: { class: "C1", allowed: true, causes: [] } });
  expect(reasonsOf(machine([free]), () => true)).toEqual([]);
  expect(reasonsOf(machine([free]), () => false)[0]?.cause.cause).toBe("data-stale");
});

test("a machine is asked again when a contact, a quality or a device turns, not when a number moves", () => {
  const watch = new ChangeWatch((handle) => handle === 1);
  watch.samples([
    [1, 5, 0, 0],
    [2, true, 0, 0],
  ]);
  expect(
    watch.samples([
      [1, 6, 0, 0],
      [2, true, 0, 1],
    ]),
  ).toBe(false);
  expect(watch.samples([[2, false, 0, 2]])).toBe(true);
  expect(watch.samples([[1, 6, 0x80310000, 3]])).toBe(true);
  watch.beat([{ device: "plc", state: "connected", ageMs: 1 }]);
  expect(watch.beat([{ device: "plc", state: "connected", ageMs: 900 }])).toBe(false);
  expect(watch.beat([{ device: "plc", state: "lost", ageMs: 900 }])).toBe(true);
});
