import { expect, test, vi } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { ChangesPage, WaitingChanges } from "../api/wire.ts";
import { type ChangesDeps, ChangesDesk } from "./changes-desk.svelte.ts";

const waiting: WaitingChanges = {
  equipment: "press",
  name: { en: "Press", it: "Pressa" },
  digest: "d".repeat(64),
  whole: false,
  targets: ["press/speed"],
  changes: [],
  now: { allowed: true },
  mayAccept: true,
};

function desk(deps: Partial<ChangesDeps> = {}) {
  const post = vi.fn(deps.post ?? (async (): Promise<ChangesPage> => ({ items: [] })));
  const get = vi.fn(deps.get ?? (async (): Promise<ChangesPage> => ({ items: [waiting] })));
  return { desk: new ChangesDesk({ get, post, live: deps.live ?? (() => true) }), post, get };
}

test("R9: sends a decision once, about exactly what was shown, and looks again", async () => {
  const { desk: one, post, get } = desk();
  await Promise.all([one.decide(waiting, "confirm"), one.decide(waiting, "confirm")]);
  expect(post).toHaveBeenCalledExactlyOnceWith("/config/changes/press/confirm", { digest: waiting.digest });
  expect(get).toHaveBeenCalledTimes(1);
  expect(one).toMatchObject({ acting: false, problem: undefined });
});

test("R4: decides nothing without a live connection", async () => {
  const { desk: one, post } = desk({ live: () => false });
  await one.decide(waiting, "accept");
  expect(post).not.toHaveBeenCalled();
});

test.each([
  ["site/not-now", "changes.problem-not-now"],
  ["request/conflict", "changes.problem-conflict"],
  ["config/second-person", "changes.problem-second"],
  ["auth/forbidden", "changes.problem-forbidden"],
  ["store/unavailable", undefined],
])("says why it was not done: %s", async (code, word) => {
  const problem = { type: "", title: "No", status: 409, code, detail: "the words of the gateway" };
  const { desk: one } = desk({ post: () => Promise.reject(new Refusal(problem)) });
  await one.decide(waiting, "accept");
  expect(one.problem).toEqual({ equipment: "press", word, detail: `the words of the gateway (${code})` });
});

test("says when nobody answered, and reads what holds", async () => {
  const { desk: one, get } = desk({ post: () => Promise.reject(new NoAnswer(new Error("cut"))) });
  await one.decide(waiting, "accept");
  expect(one.problem?.word).toBe("changes.problem-no-answer");
  expect(get).toHaveBeenCalledTimes(1);
  expect(one.list.value).toEqual([waiting]);
});
