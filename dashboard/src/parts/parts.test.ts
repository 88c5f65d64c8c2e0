import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { changeable } from "../gallery/changeable.svelte.ts";
import { nowMs, spark, stopIn, tag, valueStates } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import type { RowState } from "../live/row-state.ts";
import type { StopRun } from "../live/stop-run.svelte.ts";
import type { ValueState } from "../live/value-state.ts";
import SetpointRow from "./SetpointRow.svelte";
import StopRequest from "./StopRequest.svelte";
import { percentOf, scaleOf } from "./scale.ts";
import { checkedInput } from "./setpoint-input.ts";
import ValueTile from "./ValueTile.svelte";

let parts: Record<string, unknown>[] = [];

beforeEach(() => {
  say.choose("en");
  say.zone = "UTC";
});

afterEach(async () => {
  for (const part of parts) await unmount(part);
  parts = [];
  document.body.innerHTML = "";
  vi.useRealTimers();
});

function tile(state: ValueState): HTMLElement {
  parts.push(mount(ValueTile, { target: document.body, props: { tag, state, nowMs, setpoint: 5.5, spark } }));
  flushSync();
  const found = document.querySelector<HTMLElement>(".tile");
  if (!found) throw new Error("no tile");
  return found;
}

const words = (element: HTMLElement) => element.textContent?.replace(/\s+/g, " ") ?? "";
const state = (kind: ValueState["kind"]) => {
  const found = valueStates.find((one) => one.state.kind === kind);
  if (!found) throw new Error(`no sample of ${kind}`);
  return found.state;
};

test("a live value is bare: no hatch, a full needle, no words", () => {
  const shown = tile(state("live"));
  expect(shown.classList.contains("hatched")).toBe(false);
  expect(shown.querySelector(".needle")?.classList.contains("hollow")).toBe(false);
  expect(shown.querySelector(".stamp")).toBeNull();
});

test("a stale value is hatched, dated, its needle hollow, without the dot of now", () => {
  const shown = tile(state("stale"));
  expect(shown.classList.contains("hatched")).toBe(true);
  expect(shown.querySelector(".needle.hollow")).not.toBeNull();
  expect(shown.querySelector(".spark circle")).toBeNull();
  expect(words(shown)).toContain("Stale since 14:21");
});

test("a bad value has no number, no needle and a letter", () => {
  const shown = tile(state("bad"));
  expect(words(shown)).toContain("--.-");
  expect(shown.querySelector(".needle")).toBeNull();
  expect(shown.querySelector(".namur")?.textContent).toBe("F");
  expect(words(shown)).toContain("Bad, 14:21");
  expect(words(shown)).toContain("last 5.8, 14:20");
});

test("an unknown value is a question, not a number", () => {
  const shown = tile(state("unknown"));
  expect(shown.querySelector(".number")?.textContent).toContain("?");
  expect(shown.querySelector(".number")?.textContent).not.toMatch(/\d/);
});

test("a value being written keeps the read-back first and the wanted one after it", () => {
  expect(words(tile(state("writing")))).toMatch(/5\.5.*wanted.*6\.0/);
});

test("no two states of a value look the same", () => {
  const looks = valueStates.map(({ state: one }) => {
    const shown = tile(one);
    const look = `${shown.className}|${shown.innerHTML}`;
    document.body.innerHTML = "";
    return look;
  });
  expect(new Set(looks).size).toBe(valueStates.length);
});

function stopButton(props: { phone?: boolean; permitted?: boolean; lost?: boolean }): {
  run: StopRun;
  press: ReturnType<typeof vi.fn>;
} {
  const run = stopIn("idle");
  const press = vi.fn();
  run.press = press;
  parts.push(mount(StopRequest, { target: document.body, props: { run, permitted: true, ...props } }));
  flushSync();
  return { run, press };
}

const button = () => document.querySelector<HTMLButtonElement>("button.stop");

test("at the desk one click asks for the stop", () => {
  const { press } = stopButton({});
  button()?.click();
  expect(press).toHaveBeenCalledTimes(1);
});

test("on the phone a tap does nothing and a press of one second asks for the stop", () => {
  vi.useFakeTimers();
  const { press } = stopButton({ phone: true });
  button()?.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  vi.advanceTimersByTime(400);
  button()?.dispatchEvent(new Event("pointerup", { bubbles: true }));
  button()?.click();
  vi.advanceTimersByTime(5_000);
  expect(press).not.toHaveBeenCalled();
  button()?.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  vi.advanceTimersByTime(1_000);
  expect(press).toHaveBeenCalledTimes(1);
});

test("on the phone a keyboard or a screen reader can ask for the stop too", () => {
  const { press } = stopButton({ phone: true });
  button()?.click();
  expect(press).toHaveBeenCalledTimes(1);
});

test("a lost link does not lock the stop", () => {
  stopButton({ lost: true });
  expect(button()?.disabled).toBe(false);
  expect(document.body.textContent).toContain("It is not an emergency stop");
});

test("who may not stop sees the place and why, not a button", () => {
  stopButton({ permitted: false });
  expect(button()).toBeNull();
  expect(document.querySelector(".stop.locked")).not.toBeNull();
});

interface RowProps {
  row: RowState;
  locked: string | undefined;
  text: string;
}

/** A row of the set-points, whose properties a test can change. */
function row(start: Partial<RowProps> = {}) {
  const onwant = vi.fn();
  const table = document.createElement("tbody");
  document.body.append(table);
  const props = changeable({
    tag,
    quality: { kind: "live", value: 5.5, timeMs: nowMs } as const,
    row: { kind: "as-set" } as RowState,
    locked: undefined as string | undefined,
    reading: "none" as const,
    phone: undefined,
    text: "",
    onwant,
    onread: () => undefined,
    ondismiss: () => undefined,
    ...start,
  });
  parts.push(mount(SetpointRow, { target: table, props }));
  flushSync();
  return { onwant, props };
}

function type(text: string): void {
  const input = document.querySelector<HTMLInputElement>("input");
  if (!input) throw new Error("no field");
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

function submit(): void {
  document.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  flushSync();
}

test("a wanted value goes to the confirmation, a wrong one says why and goes nowhere", () => {
  const { onwant } = row();
  type("12");
  submit();
  expect(onwant).not.toHaveBeenCalled();
  expect(document.body.textContent).toContain("From 2 to 9");
  type("6,5");
  submit();
  expect(onwant).toHaveBeenCalledExactlyOnceWith(6.5);
});

test("a locked set-point keeps its place and says why", () => {
  row({ locked: "The key is at LOCAL" });
  expect(document.querySelector("input")).toBeNull();
  expect(document.body.textContent).toContain("The key is at LOCAL");
});

test("a verified end gives its place to what somebody types beside it, with why it cannot be", () => {
  const verified = { kind: "verified", wanted: 6, delayMs: 400, effect: false } as const;
  const { props } = row({ row: { kind: "as-set" }, text: "12" });
  props.row = verified;
  flushSync();
  expect(document.querySelector("input")?.value).toBe("12");
  expect(document.body.textContent).toContain("From 2 to 9");
  props.text = "";
  flushSync();
  expect(document.body.textContent).toContain("Verified");
});

test.each<[string, Partial<RowProps>]>([
  ["is confirmed or given up in a dialog", {}],
  ["somebody else's command is on its way", { row: { kind: "sent", wanted: 6, sentMs: 100, by: "L. Conti" } }],
  ["somebody else has selected it", { row: { kind: "selected", wanted: 6, stage: "SELECTED", by: "L. Conti" } }],
  ["an older command has no known end", { row: { kind: "unknown", wanted: 6, sinceMs: nowMs } }],
  ["an older command was refused", { row: { kind: "refused", wanted: 6, causes: [], title: "No" } }],
])("what was typed stays in its field while it %s", (_, change) => {
  const { props } = row();
  type("6.5");
  submit();
  Object.assign(props, change);
  flushSync();
  expect(document.querySelector("input")?.value).toBe("6.5");
});

test.each<[string, Partial<RowProps>]>([
  ["an older command is verified", { row: { kind: "verified", wanted: 6, delayMs: 400, effect: false } }],
  ["somebody else's command is on its way", { row: { kind: "sent", wanted: 6, sentMs: 100, by: "L. Conti" } }],
  ["it is locked for a moment", { locked: "no live connection" }],
])("the field does not go from under the cursor when %s, so that what is typed next is not lost", (_, change) => {
  const { props } = row();
  const input = document.querySelector<HTMLInputElement>("input");
  input?.focus();
  flushSync();
  Object.assign(props, change);
  flushSync();
  expect(document.querySelector("input")).toBe(input);
  expect(document.activeElement).toBe(input);
  input?.blur();
  flushSync();
  expect(document.querySelector("input")).toBeNull();
});

test("from a verified value one goes on at once, without waiting for its tick to go", () => {
  row({ row: { kind: "verified", wanted: 6, delayMs: 400, effect: false } });
  expect(document.querySelector("input")).toBeNull();
  document.querySelector<HTMLButtonElement>("button.again")?.click();
  flushSync();
  expect(document.activeElement).toBe(document.querySelector("input"));
  type("6.5");
  expect(document.body.textContent).toContain("Set…");
});

test("what was typed is still to be read while the field is locked, and comes back with it", () => {
  const { props } = row();
  type("6.5");
  props.locked = "no live connection";
  flushSync();
  expect(document.querySelector(".blocked")?.textContent).toContain("6.5");
  props.locked = undefined;
  flushSync();
  expect(document.querySelector("input")?.value).toBe("6.5");
});

test("nothing can be typed over a command that is on its way", () => {
  const { onwant } = row({ text: "6.5", row: { kind: "sent", wanted: 6, sentMs: 100, by: "L. Conti" } });
  expect(document.querySelector("input")?.readOnly).toBe(true);
  submit();
  expect(onwant).not.toHaveBeenCalled();
});

test.each([
  ["", "empty"],
  ["six", "wrong"],
  ["1", "wrong"],
  ["9.5", "wrong"],
  ["8", "wrong"],
  ["5.5", "wrong"],
  ["7.5", "value"],
] as const)("takes %j beside 5.5, limits 2 to 9, step 2, as %s", (text, kind) => {
  expect(checkedInput(text, tag, 5.5).kind).toBe(kind);
});

test("takes no fraction where the device has none", () => {
  expect(checkedInput("5.5", { ...tag, type: "uint16", decimals: undefined }, 5).kind).toBe("wrong");
  expect(checkedInput("5.5", { ...tag, type: "int16", decimals: 1 }, 5).kind).toBe("value");
});

test("a value outside the scale stands at its end", () => {
  const scale = scaleOf([0, 12], [4, 7]);
  expect(scale && [percentOf(-3, scale), percentOf(6, scale), percentOf(40, scale)]).toEqual([0, 50, 100]);
  expect(scaleOf(undefined, [4, 7])).toEqual({ low: 1, high: 10 });
  expect(scaleOf([5, 5], undefined)).toBeUndefined();
});
