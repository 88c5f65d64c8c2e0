import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "./session.svelte.ts";

const user = {
  id: "u1",
  name: "anna",
  role: "operator",
  language: "en",
  permissions: ["equipment:stop"],
  secondFactor: false,
  factor: { required: true, enrolled: false },
  locked: false,
};
const required = { type: "x", title: "Sign in", status: 401, code: "auth/required" };
let gateway: (path: string) => { status: number; body: unknown } | undefined;
let asked: string[];
let session: Session;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  session = new Session();
  gateway = (path) => {
    if (path.endsWith("/login"))
      return { status: 200, body: { accessToken: "a1", expiresIn: 600, stopToken: "s1", user } };
    if (path.endsWith("/refresh"))
      return { status: 200, body: { accessToken: "a2", expiresIn: 600, stopToken: "s1", user } };
    return { status: 200, body: {} };
  };
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const answer = gateway(path);
    if (!answer) throw new TypeError("failed");
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const failing = (status: number) => {
  const before = gateway;
  gateway = (path) =>
    path.endsWith("/refresh") ? (status === 0 ? undefined : { status, body: required }) : before(path);
};

test("hands the stop token to the stop and the access token to everything else", async () => {
  await session.signIn("anna", "right");
  expect(session.phase).toBe("in");
  expect(session.stopToken).toBe("s1");
  await expect(session.token()).resolves.toBe("a1");
});

test("keeps no token where another page could read it", async () => {
  await session.signIn("anna", "right");
  const stored = JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]);
  expect(stored).not.toMatch(/a1|s1/);
});

test("after a reload the cookie brings the person back, and the stop token with it", async () => {
  await session.resume();
  expect(session.phase).toBe("in");
  expect(session.stopToken).toBe("s1");
});

test("without a cookie the sign-in page is shown, without a word of an ended sign-in", async () => {
  failing(401);
  await session.resume();
  expect(session).toMatchObject({ phase: "out", ended: false });
});

test("renews before the token ends and tells those who use it", async () => {
  await session.signIn("anna", "right");
  const renewed = vi.fn();
  session.onRenewed(renewed);
  await vi.advanceTimersByTimeAsync(451_000);
  expect(asked.at(-1)).toMatch(/refresh$/);
  expect(renewed).toHaveBeenCalledTimes(1);
});

test("a gateway that does not answer ends no sign-in: it is asked again", async () => {
  await session.signIn("anna", "right");
  failing(0);
  await vi.advanceTimersByTimeAsync(456_000);
  expect(asked.filter((path) => path.endsWith("/refresh")).length).toBeGreaterThan(1);
  expect(session.phase).toBe("in");
  expect(session.stopToken).toBe("s1");
});

test("a sign-in that the gateway has ended is said", async () => {
  await session.signIn("anna", "right");
  failing(401);
  await vi.advanceTimersByTimeAsync(451_000);
  expect(session).toMatchObject({ phase: "out", ended: true, user: undefined });
  expect(session.stopToken).toBeUndefined();
});

test("renews once for many who ask at the same time", async () => {
  await session.resume();
  asked = [];
  await vi.advanceTimersByTimeAsync(0);
  failing(0);
  await Promise.allSettled([session.token(), session.token(), session.token()]);
  expect(asked.length).toBeLessThanOrEqual(1);
});

test("signing out without an answer leaves the sign-in open, since the gateway still has it", async () => {
  await session.signIn("anna", "right");
  const before = gateway;
  gateway = (path) => (path.endsWith("/logout") ? undefined : before(path));
  await expect(session.signOut()).rejects.toThrow();
  expect(session.phase).toBe("in");
  gateway = before;
  await session.signOut();
  expect(session).toMatchObject({ phase: "out", ended: false });
});
