import { expect, test, vi } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { Command } from "../api/wire.ts";
import { command } from "../gallery/samples.ts";
import { type ApprovalDeps, ApprovalDesk } from "./approval-desk.svelte.ts";

function desk(post: ApprovalDeps["post"] = async () => command("SELECTED", { id: "c 1" }), ticket = () => "ticket") {
  const taken: Command[] = [];
  const spy = vi.fn(post);
  return { desk: new ApprovalDesk("c 1", { post: spy, ticket, take: (one) => taken.push(one) }), post: spy, taken };
}

test("R42: approves once, with the newest ticket, and writes nothing itself", async () => {
  const { desk: one, post, taken } = desk();
  await Promise.all([one.approve(), one.approve()]);
  await one.approve();
  expect(post).toHaveBeenCalledExactlyOnceWith("/commands/c%201/approve", { ticket: "ticket" });
  expect(taken).toHaveLength(1);
  expect(one.done).toBe("approve");
});

test("declines by taking it back", async () => {
  const { desk: one, post } = desk();
  await one.decline();
  expect(post).toHaveBeenCalledExactlyOnceWith("/commands/c%201/cancel", {});
  expect(one.done).toBe("decline");
});

test("R42: says why it declines", async () => {
  const { desk: one, post } = desk();
  await one.decline(" The mould is worn ");
  expect(post).toHaveBeenCalledExactlyOnceWith("/commands/c%201/cancel", { reason: "The mould is worn" });
});

test("R4: does nothing without a live connection, and nothing later", async () => {
  const { desk: one, post } = desk(undefined, () => "");
  await one.approve();
  await one.decline();
  expect(post).not.toHaveBeenCalled();
});

test("tells every cause of a refusal, and can be tried again", async () => {
  const causes = [{ cause: "expired", text: { en: "What you saw is too old", it: "Troppo vecchio" } } as const];
  const problem = { type: "", title: "Refused", status: 409, code: "command/refused", causes: [...causes] };
  let fails = true;
  const { desk: one } = desk(() =>
    fails ? Promise.reject(new Refusal(problem)) : Promise.resolve(command("SELECTED")),
  );
  await one.approve();
  expect(one).toMatchObject({ done: undefined, problem: { kind: "refused", causes } });
  fails = false;
  await one.approve();
  expect(one).toMatchObject({ done: "approve", problem: undefined });
});

test("says when nobody answered", async () => {
  const { desk: one } = desk(() => Promise.reject(new NoAnswer(new Error("cut"))));
  await one.approve();
  expect(one).toMatchObject({ done: undefined, problem: { kind: "no-answer" } });
});
