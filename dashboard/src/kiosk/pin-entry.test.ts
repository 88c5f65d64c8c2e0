import { expect, test } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import { type Errand, requestOf } from "./errand.ts";
import { PinEntry } from "./pin-entry.svelte.ts";

/** An entry whose tries end so. */
function entryWith(end: () => Promise<void> = async () => undefined, person?: string) {
  let nowMs = 0;
  const sent: { user: string; pin: string }[] = [];
  const send = (entry: { user: string; pin: string }) => {
    sent.push(entry);
    return end();
  };
  const entry = new PinEntry({ send, now: () => nowMs }, person);
  return { entry, sent, pass: (ms: number) => (nowMs += ms), now: () => nowMs };
}

const refusal = (code: string, retryAfterS?: number) =>
  new Refusal({ type: "", title: "no", status: 401, code, detail: "not now" }, retryAfterS);

function typed(entry: PinEntry, digits: string): void {
  for (const digit of digits) entry.press(digit);
}

test("takes digits, as many as a PIN has", () => {
  const { entry } = entryWith();
  typed(entry, "12a4 56789012345");
  expect(entry.pin).toBe("124567890123");
  entry.back();
  expect(entry.pin).toBe("12456789012");
  entry.clear();
  expect(entry.pin).toBe("");
  entry.type("48 29-15x");
  expect(entry.pin).toBe("482915");
});

test("is ready with a person and six digits", () => {
  const { entry } = entryWith();
  typed(entry, "482915");
  expect(entry.ready(0)).toBe(false);
  entry.choose("anna");
  expect(entry.pin).toBe("");
  typed(entry, "48291");
  expect(entry.ready(0)).toBe(false);
  entry.press("5");
  expect(entry.ready(0)).toBe(true);
});

test("sends once, and keeps no PIN", async () => {
  const { entry, sent } = entryWith(undefined, "anna");
  typed(entry, "482915");
  const sending = entry.send();
  void entry.send();
  await sending;
  expect([sent, entry.pin, entry.done]).toEqual([[{ user: "anna", pin: "482915" }], "", true]);
});

test.each([
  ["wrong", refusal("auth/failed"), { kind: "wrong" }],
  ["too many tries", refusal("auth/slow-down", 7), { kind: "slow-down", untilMs: 7_000 }],
  ["not allowed now", refusal("site/not-now"), { kind: "refused", words: "not now (site/not-now)" }],
  ["no answer", new NoAnswer(new Error("gone")), { kind: "no-answer" }],
])("tells what came of it: %s", async (_name, error, trouble) => {
  const { entry } = entryWith(async () => {
    throw error;
  }, "anna");
  typed(entry, "482915");
  await entry.send();
  expect([entry.trouble, entry.pin, entry.done, entry.busy]).toEqual([trouble, "", false, false]);
});

test("waits as long as the gateway says", async () => {
  const { entry, pass, now } = entryWith(async () => {
    throw refusal("auth/slow-down", 7);
  }, "anna");
  typed(entry, "482915");
  await entry.send();
  typed(entry, "482915");
  pass(3_000);
  expect([entry.waitS(now()), entry.ready(now())]).toEqual([4, false]);
  pass(4_000);
  expect([entry.waitS(now()), entry.ready(now())]).toEqual([0, true]);
});

test("is forgotten after a minute without a touch", () => {
  const { entry, pass, now } = entryWith(undefined, "anna");
  pass(60_000);
  expect(entry.forgotten(now())).toBe(false);
  entry.press("1");
  pass(60_001);
  expect(entry.forgotten(now())).toBe(true);
});

test.each<[Errand, string, string, object]>([
  [{ kind: "confirm" }, "", "/confirm", {}],
  [{ kind: "lock-out" }, " belt ", "/lock-out", { reason: "belt" }],
  [{ kind: "lock-out" }, " ", "/lock-out", {}],
  [{ kind: "lift", lockOut: { id: "l1", person: "anna", since: "" } }, "belt", "/lock-out/lift", { id: "l1" }],
  [{ kind: "island", on: true }, "", "/island", { on: true }],
])("%j goes where it belongs", (errand, reason, path, more) => {
  expect(requestOf(errand, reason)).toEqual({ path, more });
});
