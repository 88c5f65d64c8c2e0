import { expect, test, vi } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import { type LeaseAct, type LeaseDeps, LeaseDesk } from "./lease-desk.svelte.ts";

function desk(send: LeaseDeps["send"] = async () => ({}), phone = false) {
  const changed = vi.fn();
  const spy = vi.fn(send);
  return { desk: new LeaseDesk("press", { send: spy, phone: () => phone, changed }), send: spy, changed };
}

test.each<[LeaseAct, string, string, unknown]>([
  [{ act: "take" }, "/equipment/press/lease", "POST", { phone: false }],
  [{ act: "release", note: "" }, "/equipment/press/lease", "DELETE", undefined],
  [{ act: "request" }, "/equipment/press/lease/request", "POST", { phone: false }],
  [{ act: "withdraw" }, "/equipment/press/lease/request", "POST", { withdraw: true }],
  [
    { act: "hand-over", user: "omar", note: " Tank is low " },
    "/equipment/press/lease/answer",
    "POST",
    { accept: true, user: "omar", note: "Tank is low" },
  ],
  [{ act: "keep", user: "omar", note: "" }, "/equipment/press/lease/answer", "POST", { accept: false, user: "omar" }],
  [
    { act: "force", reason: "Nobody answers" },
    "/equipment/press/lease/take",
    "POST",
    { reason: "Nobody answers", phone: false },
  ],
])("R41: %o is one request", async (act, path, method, body) => {
  const { desk: one, send, changed } = desk();
  expect(await one.do(act)).toBe(true);
  expect(send).toHaveBeenCalledExactlyOnceWith(path, method, body);
  expect(changed).toHaveBeenCalledOnce();
});

test("R40: says that it is a phone", async () => {
  const { desk: one, send } = desk(async () => ({}), true);
  await one.do({ act: "take" });
  expect(send).toHaveBeenCalledWith("/equipment/press/lease", "POST", { phone: true });
});

test("R41: leaves its words before it lets go", async () => {
  const { desk: one, send } = desk();
  await one.do({ act: "release", note: " Tank is low " });
  expect(send.mock.calls).toEqual([
    ["/equipment/press/hand-over", "POST", { text: "Tank is low" }],
    ["/equipment/press/lease", "DELETE", undefined],
  ]);
  expect(one.noteLost).toBe(false);
});

test("words that cannot be kept keep nobody in control", async () => {
  const { desk: one, send } = desk(async (_, method) => {
    if (method === "POST") throw new NoAnswer(new Error("cut"));
  });
  expect(await one.do({ act: "release", note: "Tank is low" })).toBe(true);
  expect(send).toHaveBeenCalledTimes(2);
  expect(one.noteLost).toBe(true);
});

test("does one thing at a time", async () => {
  const { desk: one, send } = desk(() => new Promise(() => undefined));
  void one.do({ act: "take" });
  expect(await one.do({ act: "release", note: "" })).toBe(false);
  expect(send).toHaveBeenCalledOnce();
  expect(one.acting).toBe("take");
});

test("a refusal stays with all its causes until it is put away", async () => {
  const causes = [
    { cause: "locked-out", text: { en: "P. Sala has locked it out", it: "Bloccata da P. Sala" } } as const,
  ];
  const problem = { type: "", title: "Refused", status: 409, code: "lease/refused", causes: [...causes] };
  const { desk: one } = desk(() => Promise.reject(new Refusal(problem)));
  expect(await one.do({ act: "take" })).toBe(false);
  expect(one).toMatchObject({ acting: undefined, problem: { kind: "refused", causes } });
  one.putAway();
  expect(one.problem).toBeUndefined();
});

test("without an answer it is not repeated, and the machine is asked who has control", async () => {
  const { desk: one, send, changed } = desk(() => Promise.reject(new NoAnswer(new Error("cut"))));
  expect(await one.do({ act: "take" })).toBe(false);
  expect(one.problem).toEqual({ kind: "no-answer" });
  expect(send).toHaveBeenCalledOnce();
  expect(changed).toHaveBeenCalledOnce();
});
