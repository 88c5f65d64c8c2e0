import { describe, expect, it, vi } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import { largestSheet, SheetDesk } from "./sheet-desk.svelte.ts";

const look = { base: "b", added: 1, changed: 0, left: 0, aside: 0, bad: 0, faults: [], takeable: true };
const csv = new TextEncoder().encode("tag\n");

function deskOver(post: (path: string) => Promise<unknown>, live = true) {
  const sent = vi.fn(post);
  const desk = new SheetDesk({ post: sent as <Body>(path: string, body: unknown) => Promise<Body>, live: () => live });
  return { desk, sent };
}

describe("the desk of a sheet", () => {
  it("looks at what is chosen, and takes exactly that once", async () => {
    const { desk, sent } = deskOver(async (path) => (path.endsWith("look") ? look : { n: 3 }));
    await desk.choose(csv);
    expect([desk.look, desk.busy]).toEqual([look, undefined]);
    await Promise.all([desk.take(" hall 2 "), desk.take("")]);
    const question = { csv: "dGFnCg==", skipBadRows: false, newMachines: false };
    expect(sent.mock.calls).toEqual([
      ["/config/tags/look", question],
      ["/config/tags", { ...question, base: "b", why: "hall 2" }],
    ]);
    expect([desk.taken, desk.look]).toEqual([3, undefined]);
  });

  it("shows no answer to an earlier question", async () => {
    let first: (value: unknown) => void = () => undefined;
    const answers = [new Promise((resolve) => (first = resolve)), Promise.resolve({ ...look, added: 2 })];
    const { desk } = deskOver(async () => answers.shift());
    const slow = desk.choose(csv);
    desk.skipBadRows = true;
    await desk.again();
    first(look);
    await slow;
    expect([desk.look?.added, desk.busy]).toEqual([2, undefined]);
  });

  it("takes nothing that cannot be taken, and sends nothing without a live connection", async () => {
    const { desk, sent } = deskOver(async () => ({ ...look, takeable: false }));
    await desk.choose(csv);
    await desk.take("");
    expect(sent).toHaveBeenCalledTimes(1);
    const silent = deskOver(async () => look, false);
    await silent.desk.choose(csv);
    expect([silent.sent.mock.calls, silent.desk.busy, silent.desk.problem]).toEqual([[], undefined, "not-sent"]);
  });

  it("says why it was refused, that nobody answered, or that it is too large", async () => {
    const refusal = new Refusal({ type: "", title: "No", status: 409, code: "request/conflict", detail: "look again" });
    const refused = deskOver(async (path) => (path.endsWith("look") ? look : Promise.reject(refusal)));
    await refused.desk.choose(csv);
    await refused.desk.take("");
    expect([refused.desk.problem, refused.desk.taken]).toEqual(["look again", undefined]);
    const silent = deskOver(() => Promise.reject(new NoAnswer("silent")));
    await silent.desk.choose(csv);
    expect(silent.desk.problem).toBe("no-answer");
    await silent.desk.choose(new Uint8Array(largestSheet + 1));
    expect([silent.desk.problem, silent.sent.mock.calls.length]).toEqual(["too-large", 1]);
    await silent.desk.choose(undefined);
    expect([silent.desk.problem, silent.desk.look]).toEqual([undefined, undefined]);
  });
});
