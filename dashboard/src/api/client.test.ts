import { afterEach, expect, test, vi } from "vitest";
import { call, NoAnswer, Refusal } from "./client.ts";

afterEach(() => vi.unstubAllGlobals());

function answers(status: number, body: string, headers: Record<string, string> = {}) {
  const fetched = vi.fn(async (_path: string, _init: RequestInit) => new Response(body, { status, headers }));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

test("signs with the token and sends JSON", async () => {
  const fetched = answers(200, '{"ok":true}');
  await expect(call("/commands", { method: "POST", body: { value: 1 }, token: "t" })).resolves.toEqual({ ok: true });
  const [path, init] = fetched.mock.calls[0] ?? [];
  expect(path).toBe("api/v1/commands");
  expect(init?.headers).toMatchObject({ authorization: "Bearer t", "content-type": "application/json" });
});

test("a problem document is a refusal, with the time to come back", async () => {
  const problem = { type: "x", title: "Too many attempts", status: 429, code: "auth/slow-down" };
  answers(429, JSON.stringify(problem), { "retry-after": "7" });
  const error: unknown = await call("/auth/login").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ problem, retryAfterS: 7 });
});

test.each([
  [502, "<html>Bad gateway</html>"],
  [503, ""],
  [500, '{"error":"proxy"}'],
])("what is not the gateway's own answer is no answer: %i %s", async (status, body) => {
  answers(status, body);
  await expect(call("/equipment")).rejects.toBeInstanceOf(NoAnswer);
});

test("a network that fails is no answer, and is asked once", async () => {
  const fetched = vi.fn(async () => Promise.reject(new TypeError("failed")));
  vi.stubGlobal("fetch", fetched);
  await expect(call("/equipment")).rejects.toBeInstanceOf(NoAnswer);
  expect(fetched).toHaveBeenCalledTimes(1);
});

test("an empty answer is an answer", async () => {
  vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
  await expect(call("/auth/logout", { method: "POST" })).resolves.toBeUndefined();
});
