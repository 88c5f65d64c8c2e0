import { describe, expect, it } from "vitest";
import { testCommand } from "../../core/testing/plant.ts";
import { textOf } from "../../core/text.ts";
import type { Selection } from "../control/selections.ts";
import { ControlBench, testCaller } from "../testing/control-bench.ts";
import { controlFrom, pendingFrom } from "./kiosk-sources.ts";

const attendant = testCommand("start", {
  permit: { kind: "attendant", withinMs: 60_000 },
  consequence: textOf("It moves"),
});
const signal = testCommand("load", { permit: { kind: "signal", when: "guard" } });
const needsTwo = testCommand("clear", {
  permit: { kind: "attendant", withinMs: 60_000 },
  approval: { required: true, preApproved: undefined },
});

/** What waits at the press after these were selected. */
async function selected(...ids: readonly string[]): Promise<{ bench: ControlBench; selections: readonly Selection[] }> {
  const bench = new ControlBench({ commands: [attendant, signal, needsTwo] });
  bench.set("press/running", false);
  for (const [n, id] of ids.entries()) {
    const ticket = bench.desk.tickets.current();
    const asked = { target: `press:${id}`, arguments: {}, key: `k-${n}`, ticket, reason: undefined, waitMs: 0 };
    await bench.commands.submit(testCaller(), asked);
  }
  return { bench, selections: bench.commands.pending("press") };
}

describe("what waits for somebody at the machine", () => {
  it("is what was selected and has an attendant's permit, with who asks and until when", async () => {
    const { bench, selections } = await selected("start");
    expect(pendingFrom(selections, (id) => bench.desk.book.get(id))).toMatchObject([
      {
        ...{ command: textOf("start"), user: "Rossi", consequence: textOf("It moves"), approval: false },
        until: bench.time.wallMs() + 30_000,
      },
    ]);
  });

  it("is not what the machine itself permits", async () => {
    const { bench, selections } = await selected("load");
    expect(selections).toHaveLength(1);
    expect(pendingFrom(selections, (id) => bench.desk.book.get(id))).toEqual([]);
  });

  it("says where somebody else has to approve it too, and how long that waits", async () => {
    const { bench, selections } = await selected("clear");
    expect(pendingFrom(selections, (id) => bench.desk.book.get(id))).toMatchObject([
      { approval: true, until: bench.time.wallMs() + 120_000 },
    ]);
  });
});

describe("who has control", () => {
  it("is nobody, or somebody since a time on the wall", async () => {
    const { bench } = await selected();
    expect(controlFrom(undefined, bench.time)).toEqual({ holder: undefined, since: undefined });
    const holding = {
      party: { caller: testCaller({ name: "E. Greco" }), phone: false },
      sinceMs: bench.time.monotonicMs(),
      ...{ aliveMs: 0, activeMs: 0, prompt: undefined, visible: true },
    };
    const since = bench.time.wallMs();
    await bench.time.advance(5_000);
    expect(controlFrom(holding, bench.time)).toEqual({ holder: "E. Greco", since });
  });
});
