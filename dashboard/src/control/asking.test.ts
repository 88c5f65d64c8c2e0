import { describe, expect, test, vi } from "vitest";
import type { Command, CommandOffer } from "../api/wire.ts";
import { machine, offer } from "../gallery/machine.ts";
import { command, tag } from "../gallery/samples.ts";
import { Asking } from "./asking.svelte.ts";
import type { Errand } from "./errand.ts";

const recipe = { id: "recipe", name: { en: "Recipe", it: "Ricetta" }, type: "byte", limits: [1, 12] } as const;

/** A dialog, and a gateway that answers every select and operate with what the test says. */
function ask(
  errand: Errand,
  answers: readonly Command["state"][] = ["SELECTED", "VERIFIED"],
  offers?: readonly CommandOffer[],
) {
  const left = [...answers];
  const post = vi.fn(async () => command(left.shift() ?? "VERIFIED", { id: "c1" }));
  let commands = offers ?? (errand.kind === "command" ? [errand.offer] : []);
  const asking = new Asking(errand, () => machine({ commands: [...commands] }), {
    post,
    read: async () => [],
    ticket: () => "ticket",
    nowMs: () => 0,
    key: () => "key",
    take: () => undefined,
    settle: () => undefined,
  });
  const now = (next: CommandOffer) => {
    commands = [next];
  };
  return { asking, post, now };
}
const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};
const of = (more: Partial<CommandOffer>): Errand => ({ kind: "command", offer: offer("start", more) });

describe("R6", () => {
  test("a command that needs nothing is selected as soon as the dialog is there, and sent only when confirmed", async () => {
    const { asking, post } = ask(of({}));
    asking.begin();
    await turns();
    expect(asking.ready).toBe(true);
    expect(post).toHaveBeenCalledTimes(1);
    asking.confirm();
    await turns();
    expect(post).toHaveBeenCalledTimes(2);
    expect(asking.run.phase.kind).toBe("ended");
  });

  test("a command of class C1 is not selected: it is sent when it is confirmed", async () => {
    const { asking, post } = ask(of({ class: "C1" }), ["VERIFIED"]);
    asking.begin();
    await turns();
    expect(post).not.toHaveBeenCalled();
    asking.confirm();
    await turns();
    expect(post).toHaveBeenCalledExactlyOnceWith("/commands", expect.objectContaining({ target: "line:start" }));
  });

  test("what was selected is sent as it was selected, whatever stands in the form later", async () => {
    const { asking, post } = ask(of({ arguments: [{ ...recipe, limits: [1, 12] }] }));
    asking.texts["recipe"] = "7";
    asking.goOn();
    await turns();
    asking.texts["recipe"] = "8";
    asking.confirm();
    await turns();
    expect(post).toHaveBeenLastCalledWith(
      "/commands/c1/operate",
      expect.objectContaining({ arguments: { recipe: 7 } }),
    );
  });
});

test("a form that is not complete asks nothing of the gateway", async () => {
  const { asking, post } = ask(of({ arguments: [{ ...recipe, limits: [1, 12] }] }));
  asking.begin();
  asking.goOn();
  asking.texts["recipe"] = "13";
  asking.goOn();
  asking.confirm();
  await turns();
  expect(post).not.toHaveBeenCalled();
  expect(asking.strict).toBe(true);
});

test("R42: without a reason for the second person nothing is asked", async () => {
  const { asking, post } = ask({ kind: "set", tag: approved(), value: 8 }, ["PENDING_APPROVAL"]);
  asking.begin();
  asking.goOn();
  await turns();
  expect(post).not.toHaveBeenCalled();
  asking.reason = "Too cold at the start";
  asking.goOn();
  await turns();
  expect(post).toHaveBeenCalledExactlyOnceWith(
    "/commands",
    expect.objectContaining({ value: 8, reason: "Too cold at the start" }),
  );
  asking.confirm();
  expect(post).toHaveBeenCalledTimes(1);
});

function approved() {
  const approval = { required: true, preApproved: [4, 7] as [number, number] };
  return { ...tag, writable: { class: "C1" as const, allowed: true, causes: [], approval } };
}

test("R12: class C3 is confirmed with the machine's name", async () => {
  const { asking, post } = ask(of({ class: "C3" }));
  asking.begin();
  await turns();
  for (const [typed, ready] of [
    ["", false],
    ["Filling line 2", false],
    ["  filling LINE  1 ", true],
  ] as const) {
    asking.typedName = typed;
    expect(asking.ready).toBe(ready);
  }
  asking.typedName = "";
  asking.confirm();
  expect(post).toHaveBeenCalledTimes(1);
});

test.each([
  [{ kind: "signal", given: false }, false],
  [{ kind: "signal", given: "unknown" }, false],
  [{ kind: "attendant", given: false }, false],
  [{ kind: "attendant", given: true }, true],
  [{ kind: "warning", given: true }, true],
] as const)("R20: with the permit %o it can be confirmed: %s", async (permit, ready) => {
  const { asking, now } = ask(of({}));
  asking.begin();
  await turns();
  now(offer("start", { permit: { ...permit } }));
  expect(asking.ready).toBe(ready);
});

test("asked again, the old run is let go of and the name has to be typed anew", async () => {
  const { asking, post } = ask(of({ class: "C3" }), ["SELECTED", "CANCELLED", "SELECTED"]);
  asking.begin();
  await turns();
  asking.typedName = "Filling line 1";
  asking.again();
  await turns();
  expect(post.mock.calls.map(([path]: unknown[]) => path)).toEqual(["/commands", "/commands/c1/cancel", "/commands"]);
  expect(asking.typedName).toBe("");
});
