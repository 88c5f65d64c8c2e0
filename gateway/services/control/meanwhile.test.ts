import { describe, expect, it } from "vitest";
import type { CommandRecord } from "../../core/control/command.ts";
import { pressTags, testTag, testWritable } from "../../core/testing/plant.ts";
import { textOf } from "../../core/text.ts";
import type { ControlBench } from "../testing/control-bench.ts";
import { bianchi, causes, operate, rossi, select, selectBench } from "../testing/select-bench.ts";
import { mostSelections } from "./selections.ts";

/** What happens while something is being recorded, or waits for its turn on the line. */

describe("R6: a select that is being recorded", () => {
  it.each<[string, (on: ControlBench) => void]>([
    [
      "its last connection is gone and comes back",
      (on) => {
        on.circumstances.disconnect("s1");
        on.circumstances.connectedNow = true;
      },
    ],
    [
      "control passes on and comes back (R41)",
      (on) => {
        on.circumstances.hand({ signInId: "s2", name: "Bianchi" });
        on.circumstances.hand({ signInId: "s1", name: "Rossi" });
      },
    ],
    [
      "the key is on LOCAL for a moment (R39)",
      (on) => {
        on.set("press/key", false);
        on.set("press/key", true);
      },
    ],
  ])("does not survive when %s", async (_what, happens) => {
    const on = selectBench();
    const recorded = on.store.recordIntent.bind(on.store);
    on.store.recordIntent = async (record) => {
      const done = await recorded(record);
      happens(on);
      return done;
    };
    const selected = await select(on);
    expect((await on.commands.get(rossi, selected.id)).state).toBe("CANCELLED");
    expect(causes(await operate(on, selected.id))).toContain("not-selected");
    expect(on.writes).toEqual([]);
  });
});

describe("R20: what is selected when the emergency-stop chain opens, or cannot be seen any more", () => {
  it.each([
    ["is cancelled", { closed: false, ready: false, why: undefined }, "CANCELLED"],
    ["is cancelled", { closed: null, ready: false, why: undefined }, "CANCELLED"],
    ["stays while it is ready", { closed: true, ready: true, why: undefined }, "SELECTED"],
  ])("%s with %j", async (_what, chain, state) => {
    const on = selectBench();
    on.circumstances.chainNow = { closed: true, ready: true, why: undefined };
    const { id } = await select(on);
    on.circumstances.chainNow = chain;
    on.circumstances.changed("press");
    on.circumstances.chainNow = { closed: true, ready: true, why: undefined };
    await on.run(100);
    expect((await on.commands.get(rossi, id)).state).toBe(state);
    expect(on.writes).toEqual([]);
  });
});

describe("a write that waits for its turn", () => {
  it("does not leave when a permissive does not hold any more", async () => {
    const on = selectBench({ permissives: [{ id: "guard", name: textOf("Guard"), when: "guard" }] });
    const { id } = await select(on);
    let free = (): void => undefined;
    on.busy = new Promise((resolve) => {
      free = resolve;
    });
    const operated = operate(on, id);
    await on.run(100);
    on.set("press/guard", false);
    await on.run(100);
    free();
    expect(causes(await operated)).toEqual(["interlock"]);
    expect(on.writes).toEqual([]);
  });

  it.each<[string, (on: ControlBench) => void]>([
    ["on its own", () => undefined],
    ["when the key is turned, which tells it too", (on) => on.set("press/key", false)],
  ])("is taken back when nobody can say any more whether it may leave, %s", async (_what, happens) => {
    const on = selectBench();
    const { id } = await select(on);
    let free = (): void => undefined;
    on.busy = new Promise((resolve) => {
      free = resolve;
    });
    const operated = operate(on, id);
    await on.run(100);
    on.desk.circumstances.site.lockOuts = () => {
      throw new Error("broken");
    };
    happens(on);
    await on.run(100);
    free();
    expect((await operated).state).toBe("CANCELLED");
    expect(on.writes).toEqual([]);
  });

  it("does not leave when what holds it up came in the very moment before its turn", async () => {
    const on = selectBench({ permissives: [{ id: "guard", name: textOf("Guard"), when: "guard" }] });
    const { id } = await select(on);
    let free = (): void => undefined;
    on.busy = new Promise((resolve) => {
      free = resolve;
    });
    const operated = operate(on, id);
    await on.run(100);
    // No time passes from here on: nobody has looked at it since.
    on.set("press/guard", false);
    free();
    expect(causes(await operated)).toEqual(["interlock"]);
    expect(on.writes).toEqual([]);
  });
});

describe("between two writes of one command", () => {
  const twoWrites = {
    class: "C3" as const,
    approval: { required: true, preApproved: undefined },
    permit: { kind: "signal" as const, when: "guard" },
    do: [
      { write: "recipe", value: 7 },
      { write: "speed", value: 410 },
    ],
  };

  async function interrupted(happens: (on: ControlBench) => void): Promise<{ on: ControlBench; ended: CommandRecord }> {
    const on = selectBench(twoWrites);
    const { id } = await select(on);
    await on.commands.approve(bianchi, id, on.desk.tickets.current());
    const follow = on.onWrite;
    on.onWrite = (tag, value) => {
      follow(tag, value);
      if (tag === "press/recipe") happens(on);
    };
    return { on, ended: await operate(on, id) };
  }

  it("what nothing came between is done whole", async () => {
    const { on, ended } = await interrupted(() => undefined);
    expect([ended.state, on.writes.map(({ tag }) => tag)]).toEqual(["VERIFIED", ["press/recipe", "press/speed"]]);
  });

  it.each<[string, (on: ControlBench) => void, string]>([
    [
      "R42: whoever approved may not any more",
      (on) => {
        on.today = (caller) => (caller.userId === bianchi.userId ? { ...caller, role: "operator" } : caller);
      },
      "approval-missing",
    ],
    [
      "R20: the device takes the start permit back, though the image does not know yet",
      (on) => on.machine.set("press/guard", false),
      "start-permit-missing",
    ],
    ["R39: the key is turned", (on) => on.set("press/key", false), "local-control"],
    ["R41: control is another's", (on) => on.circumstances.hand({ signInId: "s2", name: "Bianchi" }), "held-by-other"],
    [
      "S3: whoever asked has the right no more",
      (on) => {
        on.today = (caller) => (caller.userId === rossi.userId ? { ...caller, role: "viewer" } : caller);
      },
      "no-permission",
    ],
    [
      "R9: what it does waits to be accepted",
      (on) => {
        on.circumstances.waiting = new Set(["press:start"]);
      },
      "approval-missing",
    ],
  ])("%s: the second never leaves, and the record says that one was done", async (_what, happens, cause) => {
    const { on, ended } = await interrupted(happens);
    expect(on.writes.map(({ tag }) => tag)).toEqual(["press/recipe"]);
    expect([ended.state, causes(ended)]).toEqual(["FAILED", [cause]]);
    expect(ended.events.at(-1)?.text).toContain("1 step was already done");
  });
});

describe("R6: what one person holds selected", () => {
  const fan = Array.from({ length: mostSelections + 1 }, (_, n) =>
    testTag(pressTags.length + n, `fan${n}`, { type: "int16", writable: testWritable({ class: "C2" }) }),
  );

  function fans(): ControlBench {
    const on = selectBench({}, { lease: "off", tags: [...pressTags, ...fan] });
    on.circumstances.holder = undefined;
    for (const { name } of fan) on.set(name, 1);
    return on;
  }
  const take = (on: ControlBench, n: number, caller = rossi) =>
    select(on, { caller, target: fan[n]?.name ?? "", value: 2 });

  it(`is ${mostSelections} at most: the next one is refused until one is operated, taken back or over, and another person has as many`, async () => {
    const on = fans();
    const held: CommandRecord[] = [];
    for (let n = 0; n < mostSelections; n++) held.push(await take(on, n));
    expect(held.map(({ state }) => state)).toEqual(held.map(() => "SELECTED"));
    const more = await take(on, mostSelections);
    expect([more.state, causes(more)]).toEqual(["REFUSED", ["rate-limited"]]);
    expect((await take(on, mostSelections, bianchi)).state).toBe("SELECTED");
    await on.commands.cancel(bianchi, on.commands.pending("press").at(-1)?.id ?? "");
    await on.commands.cancel(rossi, held[0]?.id ?? "");
    expect((await take(on, mostSelections)).state).toBe("SELECTED");
  });

  it("is counted too while it is being recorded: of a crowd at once no more come in", async () => {
    const on = fans();
    const all = await Promise.all(fan.map((_, n) => take(on, n)));
    expect(all.filter(({ state }) => state === "SELECTED")).toHaveLength(mostSelections);
    expect(all.filter(({ state }) => state === "REFUSED").map(causes)).toEqual([["rate-limited"]]);
  });
});
